// New reels of people whom one made favourites.
import type { Transact } from '#platform/mongo.ts'
import { createVisibility, type Facts } from '#platform/visibility.ts'
import type { Store } from '../store.ts'
import type { NotificationWish } from './notifications.ts'
import { tell } from './notify.ts'

export interface ReelNoticeDeps {
  store: Store
  transact: Transact<'engagement'>
  facts: Facts
  now(): Date
}

/** People who are told in one step. */
const chunk = 200

/**
 * Tells up to 200 of those whose favourite the author is, after one of them, of a reel that they may see. Answers after whom it goes
 * on; null at the end. Safe to repeat.
 */
export async function tellReel(
  deps: ReelNoticeDeps,
  { postId, authorId, afterId }: { postId: string; authorId: string; afterId: string | null },
): Promise<string | null> {
  const { facts } = deps
  const post = (await facts.posts.get([postId])).get(postId)
  if (post?.status !== 'PUBLISHED') return null
  const ids = await facts.relations.favoriteOfIds(authorId, afterId, chunk)
  const seen = await Promise.all(ids.map((id) => createVisibility(facts, id).post(postId)))
  const at = new Date(post.publishedAt ?? deps.now())
  const wishes = ids
    .filter((_, i) => seen[i])
    .map((recipientId): NotificationWish => {
      const about = { subjectId: postId, postId, threadId: null }
      return { kind: 'REEL', recipientId, ...about, actorId: authorId, wanted: true, at }
    })
  await deps.transact((tx) => tell(deps, tx, wishes))
  return ids.length === chunk ? (ids.at(-1) ?? null) : null
}
