import type { Client } from 'urql'
import {
  CompleteMediaUploadDocument,
  CreateMediaUploadDocument,
  type MediaKind,
  ResumeUploadDocument,
  type UploadFieldsFragment,
  ViewerDocument,
} from '../operations.gen.ts'
import { begunUploads } from './begun-uploads.ts'

interface Field {
  readonly name: string
  readonly value: string
}

/** The multipart form of a presigned POST. The store reads the fields before the file, so the file comes last. */
export function uploadForm(fields: readonly Field[], file: Blob): FormData {
  const form = new FormData()
  for (const { name, value } of fields) form.append(name, value)
  form.append('file', file)
  return form
}

/** What the API calls a file of this MIME type; null when it takes none of that kind. */
export function mediaKind(contentType: string): MediaKind | null {
  if (/^image\/(jpeg|png|webp|avif|gif)$/.test(contentType)) return 'IMAGE'
  if (/^video\/(mp4|quicktime|webm)$/.test(contentType)) return 'VIDEO'
  return null
}

/** What the file picker offers. */
export const acceptedTypes =
  'image/jpeg,image/png,image/webp,image/avif,image/gif,video/mp4,video/quicktime,video/webm'

/** An item that was reserved, and how its bytes are to be sent; null when all of them are there and it is being processed. */
interface Reserved {
  readonly mediaId: string
  readonly upload: UploadFieldsFragment | null
}

/** Reserves an item for a file. Throws an Error with a sentence for people. */
async function reserve(client: Client, file: File, kind: MediaKind): Promise<Reserved> {
  const created = await client
    .mutation(CreateMediaUploadDocument, { input: { kind, contentType: file.type, byteSize: file.size } })
    .toPromise()
  const reserved = created.data?.createMediaUpload
  if (!reserved?.media || !reserved.upload)
    throw new Error(reserved?.userErrors[0]?.message ?? created.error?.message ?? 'The upload was refused.')
  return { mediaId: reserved.media.id, upload: reserved.upload }
}

type Begun = ReturnType<typeof begunUploads.of>

/** The item that the file was being sent as before the page was left, if it can be gone on with. */
async function resume(client: Client, begun: Begun, file: File): Promise<Reserved | null> {
  const mediaId = begun.find(file)
  if (mediaId === null) return null
  const found = await client
    .query(ResumeUploadDocument, { id: mediaId }, { requestPolicy: 'network-only' })
    .toPromise()
  if (found.error) throw new Error(found.error.message)
  const node = found.data?.node
  const media = node && 'status' in node ? node : null
  if (media && media.status !== 'FAILED') return { mediaId, upload: media.upload ?? null }
  begun.forget(file)
  return null
}

/**
 * Sends a file to the object store and has it processed. A large one that was begun before the page was left is gone on with.
 *
 * @param viewerId whose it is; asked for when it is not known yet
 * @param onProgress share of the bytes sent, 0–1
 * @param kind what the API calls it, where its type does not say
 * @returns id of the media item, now being processed
 * @throws Error with a sentence for people
 */
export async function uploadFile(
  client: Client,
  viewerId: string | undefined,
  file: File,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
  kind: MediaKind | null = mediaKind(file.type),
): Promise<string> {
  if (!kind) throw new Error(`${file.name} is neither a picture nor a video that can be shown.`)

  // A file can be chosen before the page has heard who is signed in.
  const ownerId = viewerId ?? (await client.query(ViewerDocument, {}).toPromise()).data?.viewer?.id
  const begun = begunUploads.of(ownerId)
  const { mediaId, upload } = (await resume(client, begun, file)) ?? (await reserve(client, file, kind))
  // Whoever took it back meanwhile does not want it to be gone on with.
  signal.throwIfAborted()
  if (upload?.method === 'PUT') {
    begun.keep(file, mediaId)
    await sendParts(upload.parts, file, onProgress, signal)
  } else if (upload) await sendForm(upload, file, onProgress, signal)

  const completed = await client.mutation(CompleteMediaUploadDocument, { input: { mediaId } }).toPromise()
  const media = completed.data?.completeMediaUpload.media
  if (!media)
    throw new Error(
      completed.data?.completeMediaUpload.userErrors[0]?.message ??
        completed.error?.message ??
        'The upload failed.',
    )
  begun.forget(file)
  return media.id
}

/** One part after the other, as many as are missing; the store checks the size of each. */
async function sendParts(
  parts: readonly { url: string; offset: number; byteSize: number }[],
  file: File,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
): Promise<void> {
  let sent = file.size - parts.reduce((sum, { byteSize }) => sum + byteSize, 0)
  onProgress(sent / file.size)
  for (const { url, offset, byteSize } of parts) {
    const body = file.slice(offset, offset + byteSize)
    const answer = await fetch(url, { method: 'PUT', body, signal })
    if (!answer.ok) throw new Error(`The store refused ${file.name} (${answer.status}).`)
    sent += byteSize
    onProgress(sent / file.size)
  }
}

/** `fetch` does not tell how much was sent, XMLHttpRequest does. */
function sendForm(
  upload: { url: string; fields: readonly Field[]; headers: readonly Field[] },
  file: File,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', upload.url)
    for (const { name, value } of upload.headers) request.setRequestHeader(name, value)
    request.upload.onprogress = (event) => {
      if (event.lengthComputable) onProgress(event.loaded / event.total)
    }
    request.onload = () => {
      if (request.status >= 200 && request.status < 300) resolve()
      else reject(new Error(`The store refused ${file.name} (${request.status}).`))
    }
    request.onerror = () => reject(new Error(`${file.name} could not be sent: the connection broke.`))
    request.onabort = () => reject(new Error('Cancelled.'))
    signal.addEventListener('abort', () => request.abort(), { once: true })
    request.send(uploadForm(upload.fields, file))
  })
}
