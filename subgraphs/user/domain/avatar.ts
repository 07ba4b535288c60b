// Profile pictures: which renditions of a media item become one, and which of them fits a wanted size.
import type { MediaFacts, MediaRendition } from '#platform/media.ts'
import type { Storage } from '#platform/storage.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId, newId } from '#schema/ids.ts'
import type { Avatar, AvatarRendition } from '../model.ts'

/** Nobody shows a profile picture larger than this, in pixels. */
const maxWidth = 640

/** The renditions that a profile picture is made of, ascending by width: WebP up to 640 wide, the square one among them. */
export function avatarRenditions(renditions: readonly MediaRendition[]): MediaRendition[] {
  return renditions
    .filter(({ contentType, width }) => contentType === 'image/webp' && width <= maxWidth)
    .toSorted((a, b) => a.width - b.width || a.height - b.height)
}

/** The rendition for a wanted width: the smallest that is not smaller, or else the largest. */
export function fittingRendition(
  renditions: readonly AvatarRendition[],
  wanted: number,
): AvatarRendition | null {
  return renditions.find(({ width }) => width >= wanted) ?? renditions.at(-1) ?? null
}

/**
 * Copies a media item's renditions to where anyone may fetch them. Only the owner of a ready picture may use it; someone else's
 * is as good as absent. What is not for everyone is no profile picture: everyone is served those. Throws NOT_FOUND, INVALID,
 * BLOCKED_BY_POLICY.
 */
export async function copyAvatar(
  deps: { media: MediaFacts; storage: Pick<Storage, 'copy'> },
  userId: string,
  mediaId: string,
): Promise<Avatar> {
  const field = ['input', 'avatarMediaId']
  const media = isId(mediaId, 'media') ? await deps.media.find(mediaId) : null
  if (media?.ownerId !== userId) throw notFound(field)
  if (media.kind !== 'IMAGE' || media.status !== 'READY') {
    throw new AppError('INVALID', 'A profile picture must be a picture that is READY.', { field })
  }
  if (media.labels?.some((label) => label !== 'CLAIMED')) {
    throw new AppError('BLOCKED_BY_POLICY', 'This picture is not for everyone.', { field })
  }
  const folder = `public/avatars/${userId}/${mediaId}/${newId('media')}/`
  const copies = avatarRenditions(media.renditions).map(({ key, width, height }) => ({
    from: key,
    rendition: { key: `${folder}${width}x${height}.webp`, width, height },
  }))
  if (copies.length === 0) throw new AppError('INVALID', 'This picture has no size that fits.', { field })
  await Promise.all(copies.map(({ from, rendition }) => deps.storage.copy(from, rendition.key)))
  return { mediaId, folder, renditions: copies.map(({ rendition }) => rendition) }
}
