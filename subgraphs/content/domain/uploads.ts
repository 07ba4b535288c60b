// How bytes become a media item: it is reserved, the client sends the bytes to the object store, and says that they are there.
import type { Transact } from '#platform/mongo.ts'
import type { Storage } from '#platform/storage.ts'
import { AppError } from '#schema/errors.ts'
import { newId } from '#schema/ids.ts'
import { type MediaKind, type MediaRow, uploadKey } from '../model.ts'
import type { Store } from '../store.ts'

const MiB = 1024 * 1024

/** What may be uploaded. */
export const uploadRules: Record<MediaKind, { contentTypes: readonly string[]; maxBytes: number }> = {
  IMAGE: {
    contentTypes: ['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'image/gif'],
    maxBytes: 30 * MiB,
  },
  VIDEO: { contentTypes: ['video/mp4', 'video/quicktime', 'video/webm'], maxBytes: 1024 * MiB },
}

/** How long a permission to upload lasts. */
const uploadSeconds = 3_600
/** Uploads of one account that may wait for their bytes at once. */
const maxOpenUploads = 500

export interface UploadRequest {
  kind: MediaKind
  contentType: string
  byteSize: number
}

/** Checks what a client wants to upload. Throws INVALID. */
export function checkUpload({ kind, contentType, byteSize }: UploadRequest): void {
  const { contentTypes, maxBytes } = uploadRules[kind]
  if (!contentTypes.includes(contentType)) {
    throw new AppError('INVALID', `One of ${contentTypes.join(', ')}.`, { field: ['input', 'contentType'] })
  }
  if (byteSize < 0 || byteSize > maxBytes) {
    throw new AppError('INVALID', `From 0 bytes to ${maxBytes / MiB} MB.`, { field: ['input', 'byteSize'] })
  }
}

/** Reserves a media item and answers its id. Throws INVALID, and TOO_MANY when too many uploads are open. */
export async function reserveMedia(
  deps: Pick<Store, 'insertMedia' | 'countOpenUploads'> & {
    transact: Transact<'content'>
    limited: boolean
    now: () => Date
  },
  ownerId: string,
  request: UploadRequest,
): Promise<string> {
  checkUpload(request)
  const at = deps.now()
  // A permission that has ended cannot be used any more, so only those of the last hour count.
  const since = new Date(at.getTime() - uploadSeconds * 1000)
  if (deps.limited && (await deps.countOpenUploads(ownerId, since)) >= maxOpenUploads) {
    throw new AppError('TOO_MANY', `At most ${maxOpenUploads} uploads at once: finish some first.`)
  }
  const media = reservedMedia(newId('media'), ownerId, request, at)
  return deps.transact(async ({ session }) => {
    await deps.insertMedia(media, session)
    return media._id
  })
}

function reservedMedia(_id: string, ownerId: string, request: UploadRequest, at: Date): MediaRow {
  return {
    _id,
    ownerId,
    kind: request.kind,
    contentType: request.contentType,
    byteSize: request.byteSize,
    status: 'PENDING',
    failure: null,
    progress: 0,
    width: null,
    height: null,
    durationMs: null,
    placeholder: null,
    dominantColor: null,
    altText: null,
    exposure: null,
    prefix: null,
    renditions: [],
    originalKey: null,
    hlsKey: null,
    posterKey: null,
    uses: 0,
    fence: 0,
    createdAt: at,
    updatedAt: at,
  }
}

/** The form by which a client sends the item's bytes; the store takes no other size or type. */
export async function uploadForm(storage: Pick<Storage, 'presignUpload'>, media: MediaRow) {
  const { contentType, byteSize } = media
  const form = await storage.presignUpload(uploadKey(media._id), {
    contentType,
    byteSize,
    seconds: uploadSeconds,
  })
  return { method: 'POST' as const, headers: [], ...form }
}

/**
 * Begins the processing of an item of the viewer's, also of one that had failed; one that is being processed or READY stays
 * as it is. Throws NOT_FOUND or FORBIDDEN, and CONFLICT while the bytes are not there.
 */
export async function completeUpload(
  deps: Pick<Store, 'startProcessing'> & {
    ownMedia: (mediaId: string) => Promise<MediaRow>
    storage: Pick<Storage, 'head'>
    transact: Transact<'content'>
    now: () => Date
  },
  mediaId: string,
): Promise<string> {
  const { status, ownerId } = await deps.ownMedia(mediaId)
  const waits = status === 'PENDING' || status === 'FAILED'
  if (waits && !(await deps.storage.head(uploadKey(mediaId)))) {
    throw new AppError('CONFLICT', 'The bytes are not there yet: send them first.', {
      field: ['input', 'mediaId'],
    })
  }
  return deps.transact(async (tx) => {
    if (waits && (await deps.startProcessing(mediaId, deps.now(), tx.session))) {
      tx.emit('media.uploaded', { mediaId, ownerId })
      tx.emit('media.changed', { mediaId, ownerId, status: 'PROCESSING' })
    }
    return mediaId
  })
}
