// Stories in batches.
import { byId, createLoader } from '#platform/loader.ts'
import type { Visibility } from '#platform/visibility.ts'
import { countStoryViewers } from '../domain/story-responses.ts'
import type { Store } from '../store.ts'

/** Loaders of stories. None but `storyViewerCounts` asks the policy: their callers have. */
export function createStoryLoaders(store: Store, visibility: Visibility) {
  const viewerId = visibility.viewerId ?? ''
  const byStory = <R extends { storyId: string }>(rows: readonly R[]) =>
    new Map(rows.map((row) => [row.storyId, row]))
  return {
    /** Stories that are not deleted. */
    stories: createLoader(async (ids) => byId(await store.findStories(ids))),
    highlights: createLoader(async (ids) => byId(await store.findHighlights(ids))),
    /** The viewer's own view of a story, vote in its poll, answer to its question. */
    storyViews: createLoader(async (ids) => byStory(await store.findStoryViews(viewerId, ids))),
    storyVotes: createLoader(async (ids) => byStory(await store.findStoryVotes(viewerId, ids))),
    storyAnswers: createLoader(async (ids) => byStory(await store.findStoryAnswers(viewerId, ids))),
    /** Votes for each option of a story's poll. */
    storyVoteCounts: createLoader((ids) => store.countStoryVotes(ids)),
    storyViewerCounts: createLoader((ids) => countStoryViewers({ ...store, visibility }, ids)),
  }
}
