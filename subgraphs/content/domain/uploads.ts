// How bytes become a media item: it is reserved, the client sends the bytes to the object store, and says that they are there.
// The bytes never come here: what is handed out are permissions, and the store says what it has.
import { isDuplicate, type Transact } from '#platform/mongo.ts'
import type { Storage } from '#platform/storage.ts'
import { boundedList } from '#platform/validate.ts'
import { AppError } from '#schema/errors.ts'
import { newId } from '#schema/ids.ts'
import { type MediaKind, type MediaRow, uploadKey } from '../model.ts'
import type { Store } from '../store.ts'

const MiB = 1024 * 1024

/** What may be uploaded. */
export const uploadRules: Record<MediaKind, { contentTypes: readonly string[]; maxBytes: number }> = {
  IMAGE: {
    contentTypes: [
      ...['image/jpeg', 'image/png', 'image/webp', 'image/avif', 'image/gif'],
      ...['image/heic', 'image/heif'],
    ],
    maxBytes: 30 * MiB,
  },
  VIDEO: { contentTypes: ['video/mp4', 'video/quicktime', 'video/webm'], maxBytes: 1024 * MiB },
  AUDIO: {
    contentTypes: ['audio/mp4', 'audio/mpeg', 'audio/ogg', 'audio/wav', 'audio/webm'],
    maxBytes: 50 * MiB,
  },
  CIPHERTEXT: { contentTypes: ['application/octet-stream'], maxBytes: 100 * MiB },
}

/** How long a permission to upload lasts. */
const uploadSeconds = 3_600
/** Uploads of one account that may wait for their bytes at once. */
const maxOpenUploads = 500
/** What one account may reserve in a day, in bytes. */
export const dailyBytes: number = 20 * 1024 * MiB
/** Videos above it go in parts, which can be sent again one by one. */
const wholeBytes = 64 * MiB
const partBytes = 16 * MiB
const maxParts = 1_000

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

/** Reserves a media item and answers its id. Throws INVALID, and TOO_MANY when too much is open or was reserved today. */
export async function reserveMedia(
  deps: Pick<Store, 'insertMedia' | 'countOpenUploads' | 'addToQuota'> & {
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
  try {
    return await deps.transact(async ({ session }) => {
      if (deps.limited) await deps.addToQuota(ownerId, request.byteSize, dailyBytes, at, session)
      await deps.insertMedia(media, session)
      return media._id
    })
  } catch (error) {
    if (!isDuplicate(error, '_id_')) throw error
    throw new AppError('TOO_MANY', `At most ${dailyBytes / MiB / 1024} GB a day.`, {
      field: ['input', 'byteSize'],
    })
  }
}

/** The row of a file that is to be sent. */
export function reservedMedia(_id: string, ownerId: string, request: UploadRequest, at: Date): MediaRow {
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

/** A part of a file. */
export interface Part {
  /** 1, 2, … */
  partNumber: number
  offset: number
  byteSize: number
}

/** How a file is cut, in order. */
export function partsOf(byteSize: number): Part[] {
  return Array.from({ length: Math.ceil(byteSize / partBytes) }, (_, i) => ({
    partNumber: i + 1,
    offset: i * partBytes,
    byteSize: Math.min(partBytes, byteSize - i * partBytes),
  }))
}

const goesInParts = (media: MediaRow) => media.kind === 'VIDEO' && media.byteSize > wholeBytes

type PartStorage = Pick<Storage, 'startParts' | 'listParts' | 'presignPart' | 'abortParts' | 'head'>

/** The upload in parts that is open at the store, and what the store has of it; begun when there is none. */
async function openParts(
  deps: Pick<Store, 'setUploadId'> & { storage: PartStorage },
  media: MediaRow,
): Promise<{ uploadId: string; there: ReadonlyMap<number, { byteSize: number; etag: string }> }> {
  const key = uploadKey(media._id)
  if (media.uploadId) {
    const there = await deps.storage.listParts(key, media.uploadId)
    if (there) return { uploadId: media.uploadId, there }
  }
  const begun = await deps.storage.startParts(key, media.contentType)
  // Two that ask at once must send to one upload: the row decides.
  const uploadId = await deps.setUploadId(media._id, media.uploadId ?? null, begun)
  if (uploadId === begun) return { uploadId, there: new Map() }
  return { uploadId, there: (await deps.storage.listParts(key, uploadId)) ?? new Map() }
}

/**
 * How a client sends the bytes that are missing; the store takes no other size or type. Null unless the item is PENDING. Asked
 * again after a break, it names the parts that are still to be sent.
 */
export async function uploadOf(
  deps: Pick<Store, 'setUploadId'> & {
    storage: PartStorage & Pick<Storage, 'presignUpload'>
    now: () => Date
  },
  media: MediaRow,
) {
  if (media.status !== 'PENDING') return null
  const { contentType, byteSize } = media
  const key = uploadKey(media._id)
  if (!goesInParts(media)) {
    const form = await deps.storage.presignUpload(key, { contentType, byteSize, seconds: uploadSeconds })
    return { method: 'POST' as const, headers: [], parts: [], ...form }
  }
  const complete = await deps.storage.head(key)
  const { uploadId, there } = complete ? { uploadId: '', there: new Map() } : await openParts(deps, media)
  const missing = complete
    ? []
    : partsOf(byteSize).filter((part) => there.get(part.partNumber)?.byteSize !== part.byteSize)
  const parts = await Promise.all(
    missing.map(async (part) => ({
      ...part,
      url: await deps.storage.presignPart(key, { uploadId, ...part, seconds: uploadSeconds }),
    })),
  )
  return {
    method: 'PUT' as const,
    url:
      parts[0]?.url ??
      (await deps.storage.presignPart(key, { uploadId, partNumber: 1, byteSize: 0, seconds: 1 })),
    parts,
    fields: [],
    headers: [],
    expiresAt: new Date(deps.now().getTime() + uploadSeconds * 1000),
  }
}

/** What a client says of the parts that it sent. */
export type UploadedParts = readonly { partNumber: number; etag: string }[] | null | undefined

const bare = (etag: string) => etag.replaceAll('"', '')
const notThere = (field: string) =>
  new AppError('CONFLICT', 'The bytes are not there yet: send them first.', { field: ['input', field] })

/** Puts the parts together, once all are there. Throws CONFLICT while one is missing or is not what the client says. */
async function joinParts(
  storage: Pick<Storage, 'listParts' | 'completeParts'>,
  media: MediaRow,
  said: UploadedParts,
): Promise<void> {
  const key = uploadKey(media._id)
  const there = media.uploadId ? await storage.listParts(key, media.uploadId) : null
  if (!media.uploadId || !there) throw notThere('mediaId')
  const parts = partsOf(media.byteSize).map(({ partNumber, byteSize }) => {
    const found = there.get(partNumber)
    if (found?.byteSize !== byteSize) throw notThere('mediaId')
    const named = said?.find((one) => one.partNumber === partNumber)
    if (named && bare(named.etag) !== bare(found.etag)) throw notThere('parts')
    return { partNumber, etag: found.etag }
  })
  await storage.completeParts(key, media.uploadId, parts)
}

/**
 * Begins the processing of an item of the viewer's, also of one that had failed; one that is being processed or READY stays
 * as it is. Throws NOT_FOUND, FORBIDDEN or TOO_MANY, and CONFLICT while the bytes are not there.
 */
export async function completeUpload(
  deps: Pick<Store, 'startProcessing'> & {
    ownMedia: (mediaId: string) => Promise<MediaRow>
    storage: Pick<Storage, 'head' | 'listParts' | 'completeParts'>
    transact: Transact<'content'>
    now: () => Date
  },
  mediaId: string,
  said?: UploadedParts,
): Promise<string> {
  boundedList(said ?? [], { field: 'parts', max: maxParts })
  const media = await deps.ownMedia(mediaId)
  const { status, ownerId } = media
  const waits = status === 'PENDING' || status === 'FAILED'
  if (waits && !(await deps.storage.head(uploadKey(mediaId)))) {
    if (!goesInParts(media)) throw notThere('mediaId')
    await joinParts(deps.storage, media, said)
  }
  return deps.transact(async (tx) => {
    if (waits && (await deps.startProcessing(mediaId, deps.now(), tx.session))) {
      tx.emit('media.uploaded', { mediaId, ownerId })
      tx.emit('media.changed', { mediaId, ownerId, status: 'PROCESSING' })
    }
    return mediaId
  })
}
