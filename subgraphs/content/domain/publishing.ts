// What follows from events: posts appear when their media are READY, and media go when no post uses them any more.
import type { Transact } from '#platform/mongo.ts'
import type { Posts } from '#platform/posts.ts'
import type { Storage } from '#platform/storage.ts'
import { mediaPrefixes } from '../model.ts'
import type { Store } from '../store.ts'

/**
 * Publishes the posts that waited for these items and now wait for none. Two items that become READY at the same moment lose
 * nothing: each event comes after its item's commit, so whoever handles the last of them sees all.
 */
export async function publishWaiting(
  deps: Pick<Store, 'findWaitingPostIds' | 'getPost' | 'findMedia' | 'publishPost'> & {
    transact: Transact<'content'>
    posts: Pick<Posts, 'changing'>
    now: () => Date
  },
  mediaIds: readonly string[],
): Promise<void> {
  for (const postId of await deps.findWaitingPostIds(mediaIds)) {
    const work = () =>
      deps.transact(async (tx) => {
        const post = await deps.getPost(postId, tx.session)
        if (post?.status !== 'PROCESSING') return
        const media = await deps.findMedia(post.mediaIds, tx.session)
        const ready = media.filter((item) => item.status === 'READY').length
        if (ready < post.mediaIds.length) return
        if (await deps.publishPost(postId, deps.now(), tx.session)) {
          tx.emit('post.published', { postId, authorId: post.authorId })
        }
      })
    await deps.posts.changing([postId], work)
  }
}

/** Removes the media of a deleted post that no other post uses: the rows first, then the objects. May be repeated. */
export async function removeMediaOf(
  deps: Pick<Store, 'getDeletedMediaIds' | 'isUsed' | 'removeMedia'> & {
    transact: Transact<'content'>
    storage: Pick<Storage, 'removePrefix'>
  },
  postId: string,
): Promise<void> {
  for (const mediaId of (await deps.getDeletedMediaIds(postId)) ?? []) {
    const removed = await deps.transact(async ({ session }) => {
      // A post that takes the item meanwhile writes to its row, so one of the two transactions runs again.
      if (await deps.isUsed(mediaId, session)) return false
      await deps.removeMedia(mediaId, session)
      return true
    })
    if (removed) await Promise.all(mediaPrefixes(mediaId).map((prefix) => deps.storage.removePrefix(prefix)))
  }
}
