// How media go: at their owner's word, or because nobody ever sent their bytes. The row goes first, which hides the item at
// once; its objects follow by an event, so that they go also when the process dies in between.
import type { MessageMedia } from '#platform/message-media.ts'
import type { Transact } from '#platform/mongo.ts'
import type { Storage } from '#platform/storage.ts'
import { AppError } from '#schema/errors.ts'
import { type MediaRow, mediaPrefixes, uploadKey } from '../model.ts'
import type { Store } from '../store.ts'

/** How long an item waits for its bytes before it is cleared away. */
const unfinishedMs = 48 * 3_600_000

/** Removes every object of an item that has no row any more, parts of an unfinished upload included. May be repeated. */
export async function removeObjects(
  storage: Pick<Storage, 'removePrefix' | 'abortParts'>,
  mediaId: string,
): Promise<void> {
  await storage.abortParts(uploadKey(mediaId))
  await Promise.all(mediaPrefixes(mediaId).map((prefix) => storage.removePrefix(prefix)))
}

/** Deletes an item of the viewer's and answers it as it was. Throws NOT_FOUND or FORBIDDEN, and CONFLICT while it is used. */
export async function deleteMedia(
  deps: Pick<Store, 'isUsed' | 'isShownInStory' | 'removeMedia'> & {
    ownMedia: (mediaId: string) => Promise<MediaRow>
    messageMedia: Pick<MessageMedia, 'isSent'>
    transact: Transact<'content'>
    now: () => Date
  },
  mediaId: string,
): Promise<MediaRow> {
  const media = await deps.ownMedia(mediaId)
  return deps.transact(async (tx) => {
    // What takes the item meanwhile writes to its row, so one of the two transactions runs again.
    if ((await deps.isUsed(mediaId, tx.session)) || (await deps.isShownInStory(mediaId, tx.session))) {
      throw new AppError('CONFLICT', 'A post or a story shows this item: delete that first.', {
        field: ['input', 'mediaId'],
      })
    }
    if (await deps.messageMedia.isSent(mediaId, deps.now())) {
      throw new AppError('CONFLICT', 'A message shows this item: unsend that first.', {
        field: ['input', 'mediaId'],
      })
    }
    await deps.removeMedia(mediaId, tx.session)
    tx.emit('media.deleted', { mediaId, ownerId: media.ownerId })
    return media
  })
}

/** Clears away up to `limit` items that have waited too long for their bytes; whether there may be more. */
export async function sweepUploads(
  deps: Pick<Store, 'listUnfinished' | 'removeUnfinished'> & {
    storage: Pick<Storage, 'removePrefix' | 'abortParts'>
    now: () => Date
  },
  limit: number,
): Promise<boolean> {
  const before = new Date(deps.now().getTime() - unfinishedMs)
  const mediaIds = await deps.listUnfinished(before, limit)
  for (const mediaId of mediaIds) {
    // The objects first: a row that is left is found again.
    await deps.storage.abortParts(uploadKey(mediaId))
    await deps.storage.removePrefix(uploadKey(mediaId))
    await deps.removeUnfinished(mediaId, before)
  }
  return mediaIds.length === limit
}
