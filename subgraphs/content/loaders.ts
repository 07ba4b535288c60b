// What one request loads, in batches: one file for each noun.
import { createLoader } from '#platform/loader.ts'
import type { MessageMedia } from '#platform/message-media.ts'
import type { Visibility } from '#platform/visibility.ts'
import { strikesOf } from './domain/review-lists.ts'
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
  now: () => Date,
) {
  return {
    ...createMediaLoaders(store, visibility, messageMedia, now),
    ...createPostLoaders(store),
    ...createTopicLoaders(store, visibility),
    ...createStoryLoaders(store, visibility),
    strikes: createLoader((ownerIds: readonly string[]) => strikesOf({ ...store, now }, ownerIds)),
  }
}
