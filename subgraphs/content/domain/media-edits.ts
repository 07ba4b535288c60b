// Filters and crops. Renditions are drawn anew from the picture as it was uploaded, so an edit can be changed later.
import type { MessageMedia } from '#platform/message-media.ts'
import type { Transaction } from '#platform/mongo.ts'
import { AppError } from '#schema/errors.ts'
import type { MediaCrop, MediaFilter, MediaRow } from '../model.ts'
import type { Store } from '../store.ts'

/** Width by height of a cropped picture. */
export const aspectLimits = { min: 4 / 5, max: 1.91 } as const
/** Pixels are whole, so a crop that was meant to be exactly 4:5 may miss it by one. */
const aspectTolerance = 0.01

export interface MediaEdit {
  mediaId: string
  filter?: MediaFilter | null
  crop?: MediaCrop | null
}

/** What tells whether anything shows an item. */
type UseDeps = Pick<Store, 'isUsed' | 'isShownInStory'> & { messageMedia: Pick<MessageMedia, 'isSent'> }

const invalid = (message: string) => new AppError('INVALID', message, { field: ['input', 'edits'] })

/** Checks a crop; `size` is the picture's, when it is known yet. Throws INVALID. */
export function checkCrop(crop: MediaCrop, size: { width: number; height: number } | null): void {
  const { x, y, width, height } = crop
  const inside = [x, y, x + width, y + height].every((edge) => edge >= 0 && edge <= 1 + 1e-9)
  if (!inside || !(width > 0) || !(height > 0)) throw invalid('A crop lies inside the picture.')
  if (!size) return
  const aspect = (width * size.width) / (height * size.height)
  if (aspect < aspectLimits.min - aspectTolerance || aspect > aspectLimits.max + aspectTolerance) {
    throw invalid('A crop lies between 4:5 and 1.91:1.')
  }
}

/** Widest rendition that may be asked for, in pixels: no picture is drawn larger. */
const maxWanted = 4_096

/**
 * The WebP rendition for a wanted width: the narrowest that is not smaller, or else the widest. They are in ascending order. Throws
 * BAD_USER_INPUT outside 1–4,096.
 */
export function fittingRendition<R extends { width: number; contentType: string }>(
  renditions: readonly R[],
  wanted: number,
): R | null {
  if (wanted < 1 || wanted > maxWanted) {
    throw new AppError('BAD_USER_INPUT', `\`width\` must be a number from 1 to ${maxWanted}.`, {
      field: ['width'],
    })
  }
  const pictures = renditions.filter(({ contentType }) => contentType === 'image/webp')
  return pictures.find(({ width }) => width >= wanted) ?? pictures.at(-1) ?? null
}

/** The part of a picture that a feed shows: its middle, within the aspect limits. */
export function feedCropOf({ width, height }: { width: number; height: number }): MediaCrop {
  const aspect = width / height
  const across = Math.min(1, aspectLimits.max / aspect)
  const down = Math.min(1, aspect / aspectLimits.min)
  return { x: (1 - across) / 2, y: (1 - down) / 2, width: across, height: down }
}

/**
 * Has pictures drawn anew, inside the transaction of the post that will show them; they are PROCESSING again until that is done.
 * Answers the items in their order, as they now are. `media` are the author's own, just taken by the post.
 * Throws INVALID for an edit of something else, and CONFLICT for an item that waits for its bytes or that something else shows.
 */
export async function applyEdits(
  deps: UseDeps & Pick<Store, 'setEdit'>,
  tx: Transaction<'content'>,
  media: readonly MediaRow[],
  edits: readonly MediaEdit[],
  at: Date,
): Promise<MediaRow[]> {
  if (new Set(edits.map((edit) => edit.mediaId)).size < edits.length) throw invalid('One edit for each item.')
  const edited = new Map<string, MediaRow>()
  for (const { mediaId, crop = null, filter } of edits) {
    const item = media.find((one) => one._id === mediaId)
    if (!item) throw invalid('An edit names an item of the post.')
    if (item.kind !== 'IMAGE') throw invalid('Only pictures can be edited.')
    if (crop) checkCrop(crop, item.source ?? null)
    const wanted = { filter: filter ?? ('ORIGINAL' as const), crop }
    const same = wanted.filter === (item.filter ?? 'ORIGINAL') && sameCrop(crop, item.crop ?? null)
    if (same) continue
    if (item.status === 'PENDING' || item.status === 'FAILED' || (await isShown(deps, tx, mediaId, at))) {
      throw new AppError('CONFLICT', 'An item that something else shows cannot be edited.', {
        field: ['input', 'edits'],
      })
    }
    const row = await deps.setEdit(mediaId, wanted, at, tx.session)
    if (!row) continue
    edited.set(mediaId, row)
    tx.emit('media.uploaded', { mediaId, ownerId: row.ownerId })
    tx.emit('media.changed', { mediaId, ownerId: row.ownerId, status: 'PROCESSING' })
  }
  return media.map((item) => edited.get(item._id) ?? item)
}

const sameCrop = (a: MediaCrop | null, b: MediaCrop | null) =>
  a === b ||
  (a !== null && b !== null && a.x === b.x && a.y === b.y && a.width === b.width && a.height === b.height)

const isShown = async (
  deps: UseDeps,
  { session }: Transaction<'content'>,
  mediaId: string,
  now: Date,
): Promise<boolean> =>
  (await deps.isUsed(mediaId, session)) ||
  (await deps.isShownInStory(mediaId, session)) ||
  (await deps.messageMedia.isSent(mediaId, now))
