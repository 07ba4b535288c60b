import type { Client } from 'urql'
import { CompleteMediaUploadDocument, CreateMediaUploadDocument, type MediaKind } from '../operations.gen.ts'

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

/**
 * Sends a file to the object store and has it processed.
 *
 * @param onProgress share of the bytes sent, 0–1
 * @param kind what the API calls it, where its type does not say
 * @returns id of the media item, now being processed
 * @throws Error with a sentence for people
 */
export async function uploadFile(
  client: Client,
  file: File,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
  kind: MediaKind | null = mediaKind(file.type),
): Promise<string> {
  if (!kind) throw new Error(`${file.name} is neither a picture nor a video that can be shown.`)

  const created = await client
    .mutation(CreateMediaUploadDocument, { input: { kind, contentType: file.type, byteSize: file.size } })
    .toPromise()
  const reserved = created.data?.createMediaUpload
  if (!reserved?.media || !reserved.upload)
    throw new Error(reserved?.userErrors[0]?.message ?? created.error?.message ?? 'The upload was refused.')

  if (reserved.upload.method === 'PUT') await sendParts(reserved.upload.parts, file, onProgress, signal)
  else await sendForm(reserved.upload, file, onProgress, signal)

  const completed = await client
    .mutation(CompleteMediaUploadDocument, { input: { mediaId: reserved.media.id } })
    .toPromise()
  const media = completed.data?.completeMediaUpload.media
  if (!media)
    throw new Error(
      completed.data?.completeMediaUpload.userErrors[0]?.message ??
        completed.error?.message ??
        'The upload failed.',
    )
  return media.id
}

/** One part after the other; the store checks the size of each. */
async function sendParts(
  parts: readonly { url: string; offset: number; byteSize: number }[],
  file: File,
  onProgress: (sent: number) => void,
  signal: AbortSignal,
): Promise<void> {
  for (const { url, offset, byteSize } of parts) {
    const body = file.slice(offset, offset + byteSize)
    const answer = await fetch(url, { method: 'PUT', body, signal })
    if (!answer.ok) throw new Error(`The store refused ${file.name} (${answer.status}).`)
    onProgress((offset + byteSize) / file.size)
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
