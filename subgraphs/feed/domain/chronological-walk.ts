// The chronological order. Its keys are positions, so a walk needs nothing that is kept.
import type { SortKey } from '#platform/page.ts'
import type { PostPosition } from '#platform/posts.ts'
import { AppError } from '#schema/errors.ts'
import type { FeedItem } from '../model.ts'
import type { ReadPosts } from './candidates.ts'

/** Reads a feed's items after a key, seen or not; fewer than `limit` only at the end. */
export type Walk = (after: SortKey | null, limit: number) => Promise<FeedItem[]>

/** A walk through posts, newest first. */
export function chronologicalWalk(read: ReadPosts): Walk {
  return async (after, limit) =>
    (await read(positionIn(after), limit)).map(({ id, publishedAt }) => ({
      id,
      authorId: null,
      key: [publishedAt, id],
    }))
}

function positionIn(key: SortKey | null): PostPosition | null {
  if (key === null) return null
  const [publishedAt, id] = key
  if (typeof publishedAt !== 'number' || typeof id !== 'string') {
    throw new AppError('BAD_CURSOR', 'This cursor does not belong here: start again without it.')
  }
  return { publishedAt, id }
}
