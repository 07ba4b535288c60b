// What follows from events: posts appear when their media are READY, and media go when no post uses them any more.
import type { MessageMedia } from '#platform/message-media.ts'
import type { Transact } from '#platform/mongo.ts'
import type { Storage } from '#platform/storage.ts'
import { mediaPrefixes } from '../model.ts'
import type { Store } from '../store.ts'
import { publication, type WriteDeps, writeChange } from './post-changes.ts'

/**
 * Publishes the posts that waited for these items and now wait for none. Two items that become READY at the same moment lose
 * nothing: each event comes after its item's commit, so whoever handles the last of them sees all.
 */
export async function publishWaiting(
  deps: Pick<Store, 'findWaitingPostIds' | 'findMedia'> & WriteDeps,
  mediaIds: readonly string[],
): Promise<void> {
  for (const postId of await deps.findWaitingPostIds(mediaIds)) {
    const work = () =>
      deps.transact(async (tx) => {
        const post = await deps.getPost(postId, tx.session)
        if (post?.status !== 'PROCESSING') return
        const media = await deps.findMedia(post.mediaIds, tx.session)
        if (media.length < post.mediaIds.length) return
        const at = deps.now()
        const set = publication(post, media, at)
        if (set.status === 'PUBLISHED') {
          await writeChange(deps, tx, post, { set: { ...set, updatedAt: at }, event: 'post.published' })
        }
      })
    await deps.posts.changing([postId], work)
  }
}

interface RemovalDeps extends Pick<Store, 'isUsed' | 'isShownInStory' | 'removeMedia'> {
  transact: Transact<'content'>
  storage: Pick<Storage, 'removePrefix'>
  messageMedia: Pick<MessageMedia, 'isSent'>
  now: () => Date
}

/** Removes the media of a deleted post that nothing else uses: the rows first, then the objects. May be repeated. */
export async function removeMediaOf(
  deps: Pick<Store, 'getDeletedMediaIds'> & RemovalDeps,
  postId: string,
): Promise<void> {
  await removeUnused(deps, (await deps.getDeletedMediaIds(postId)) ?? [])
}

/** Removes what a deleted story leaves: all that people did with it, and its item when nothing else uses it. May be repeated. */
export async function removeRestOfStory(
  deps: Pick<Store, 'getDeletedStoryMediaId' | 'removeStoryResponses'> & RemovalDeps,
  storyId: string,
): Promise<void> {
  const mediaId = await deps.getDeletedStoryMediaId(storyId)
  if (mediaId === null) return
  await deps.removeStoryResponses(storyId)
  await removeUnused(deps, [mediaId])
}

async function removeUnused(deps: RemovalDeps, mediaIds: readonly string[]): Promise<void> {
  for (const mediaId of mediaIds) {
    const removed = await deps.transact(async ({ session }) => {
      // What takes the item meanwhile writes to its row, so one of the two transactions runs again.
      if (await deps.isUsed(mediaId, session)) return false
      if (await deps.isShownInStory(mediaId, session)) return false
      if (await deps.messageMedia.isSent(mediaId, deps.now())) return false
      await deps.removeMedia(mediaId, session)
      return true
    })
    if (removed) await Promise.all(mediaPrefixes(mediaId).map((prefix) => deps.storage.removePrefix(prefix)))
  }
}

/** Removes what only a post that is deleted by now needed: its earlier versions and whom it showed. May be repeated. */
export async function removeTraces(
  deps: Pick<Store, 'deleteRevisions' | 'deleteTagsOf'>,
  postId: string,
): Promise<void> {
  await Promise.all([deps.deleteRevisions(postId), deps.deleteTagsOf(postId)])
}
