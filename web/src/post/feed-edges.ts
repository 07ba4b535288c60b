// What is said around the posts of a feed: why one is there, and where one is all caught up.
import type { FeedReason, SuggestedPostReason } from '../operations.gen.ts'

const words: Readonly<Record<FeedReason | SuggestedPostReason, string | null>> = {
  // What is plain is not said.
  OWN: null,
  FOLLOWING: null,
  FRIEND: 'You follow each other',
  FAVORITE: 'One of your favourites',
  CO_ENGAGED: 'Liked by people who like what you like',
  SIMILAR: 'About what you like',
  TOPIC: 'Of a topic that you like',
  TRENDING: 'Much liked lately',
  NEW: 'New',
}

/** What to say over a post; null where there is nothing to say. `topic` is a hashtag. */
export function reasonWords(
  reason: FeedReason | SuggestedPostReason,
  topic: string | null = null,
): string | null {
  return topic ? `Because you like #${topic}` : words[reason]
}

/**
 * Before which edge of the feed one is told that he is all caught up: the first from which on nothing is new, less his own, which may
 * stand on top. −1 when there is none.
 */
export function caughtUpPlace(
  edges: readonly { readonly reason: FeedReason; readonly isNew: boolean | null }[],
): number {
  return edges.findIndex(({ reason, isNew }) => isNew === false && reason !== 'OWN')
}
