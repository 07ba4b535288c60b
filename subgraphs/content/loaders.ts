// What one request loads, in batches: one file for each noun.
import type { Accounts } from '#platform/accounts.ts'
import { createLoader } from '#platform/loader.ts'
import type { MessageMedia } from '#platform/message-media.ts'
import type { Reportables } from '#platform/reportables.ts'
import type { Topics } from '#platform/topics.ts'
import type { Visibility } from '#platform/visibility.ts'
import { trustIn } from './domain/account-trust.ts'
import { mediaShown } from './domain/review-lists.ts'
import { strikesOf } from './domain/strikes.ts'
import { createMediaLoaders } from './loaders/media.ts'
import { createPostLoaders } from './loaders/posts.ts'
import { createStoryLoaders } from './loaders/stories.ts'
import { createTopicLoaders } from './loaders/topics.ts'
import type { Store } from './store.ts'

export type Loaders = ReturnType<typeof createLoaders>

/** The loaders of one request. */
export function createLoaders(
  store: Store,
  visibility: Visibility,
  messageMedia: MessageMedia,
  reportables: Reportables,
  accounts: Pick<Accounts, 'get'>,
  topics: Pick<Topics, 'newestPosts'>,
  now: () => Date,
  recent: boolean,
) {
  const { viewerId } = visibility
  // What labels keep from minors, and from who is signed out, they keep from the moment on that they are there.
  const isRecentEnough = async () => {
    if (!recent || viewerId === null) return false
    const viewer = await visibility.account(viewerId)
    return viewer !== null && viewer.adultAt <= now().getTime()
  }
  return {
    ...createMediaLoaders(store, visibility, messageMedia, now, isRecentEnough),
    ...createPostLoaders(store, viewerId, isRecentEnough),
    ...createTopicLoaders(store, visibility, topics),
    ...createStoryLoaders(store, visibility),
    /** What reports of a message prove. */
    evidence: createLoader((messageIds: readonly string[]) => reportables.evidence(messageIds)),
    /** Ids of the media that things show; whoever asks is a moderator. */
    shownMedia: createLoader((subjectIds: readonly string[]) => mediaShown(store, subjectIds)),
    /** How far owners are trusted; whoever asks is a moderator. */
    trust: createLoader((ownerIds: readonly string[]) => trustIn({ ...store, accounts, now }, ownerIds)),
    strikes: createLoader((ownerIds: readonly string[]) => strikesOf({ ...store, now }, ownerIds)),
  }
}
