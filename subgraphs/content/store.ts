// The only way of this subgraph, and of its worker, to MongoDB.
import type { Db } from 'mongodb'
import { prepareAccountTasks } from '#platform/account-lifecycle.ts'
import { prepareAccountPart } from './store/account-part.ts'
import { createAuthorStore } from './store/authors.ts'
import { createHashtagStore, prepareHashtags } from './store/hashtags.ts'
import { createHighlightStore, prepareHighlights } from './store/highlights.ts'
import { createMediaStore, prepareMedia } from './store/media.ts'
import { createMediaExposureStore, prepareMediaExposure } from './store/media-exposure.ts'
import { createMediaLabelStore, prepareMediaLabels } from './store/media-labels.ts'
import { createModerationStore, prepareModeration } from './store/moderation.ts'
import { createPlaceStore, preparePlaces } from './store/places.ts'
import { createPostStore, preparePosts } from './store/posts.ts'
import { createRevisionStore, prepareRevisions } from './store/revisions.ts'
import { createSearchStore } from './store/search.ts'
import { createStoryStore, prepareStories } from './store/stories.ts'
import { createStoryResponseStore, prepareStoryResponses } from './store/story-responses.ts'
import { createTagStore, prepareTags } from './store/tags.ts'
import { createTopicStore, prepareTopics } from './store/topics.ts'

export type Store = ReturnType<typeof createStore>

/** Creates the indexes of every collection. */
export async function prepare(db: Db): Promise<void> {
  await Promise.all([
    prepareAccountPart(db),
    prepareAccountTasks(db),
    prepareMedia(db),
    prepareMediaExposure(db),
    prepareMediaLabels(db),
    preparePosts(db),
    prepareRevisions(db),
    prepareTopics(db),
    prepareTags(db),
    preparePlaces(db),
    prepareHashtags(db),
    prepareStories(db),
    prepareStoryResponses(db),
    prepareHighlights(db),
    prepareModeration(db),
  ])
}

/** Reads and writes of media, posts, hashtags, places and stories. */
export function createStore(db: Db) {
  const posts = Object.assign(createPostStore(db), createAuthorStore(db), createRevisionStore(db))
  const stories = Object.assign(createStoryStore(db), createStoryResponseStore(db), createHighlightStore(db))
  const tags = createTagStore(db)
  const topics = Object.assign(createTopicStore(db), createHashtagStore(db), createPlaceStore(db), tags)
  const search = createSearchStore(db)
  return Object.assign(
    createMediaStore(db),
    Object.assign(createMediaExposureStore(db), createMediaLabelStore(db)),
    Object.assign(posts, topics, search),
    Object.assign(stories, createModerationStore(db)),
  )
}
