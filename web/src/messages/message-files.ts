// What can be sent in a message besides text.
import { acceptedTypes, mediaKind } from '../media/upload.ts'
import type { MediaKind } from '../operations.gen.ts'

/** What the file picker of a conversation offers. */
export const messageFileTypes = `${acceptedTypes},audio/mp4,audio/x-m4a,audio/mpeg,audio/ogg,audio/wav,audio/webm`

/** What the API calls a file of this MIME type in a message; null when it takes none of that kind. */
export const messageFileKind = (contentType: string): MediaKind | null =>
  /^audio\/(mp4|mpeg|ogg|wav|webm)$/.test(contentType) ? 'AUDIO' : mediaKind(contentType)

/** A type as the API knows it: without codecs, and M4A by its registered name. */
export const plainType = (contentType: string): string =>
  (contentType.split(';')[0] ?? '').replace(/^audio\/x-m4a$/, 'audio/mp4')

/** A chosen file with its type as the API knows it. */
export const withPlainType = (file: File): File =>
  new File([file], file.name, { type: plainType(file.type), lastModified: file.lastModified })
