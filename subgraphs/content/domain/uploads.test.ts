// What may be uploaded.
import { expect, test } from 'vitest'
import { checkUpload, type UploadRequest } from './uploads.ts'

const MiB = 1024 * 1024

test.each<[UploadRequest['kind'], string, number, string | null]>([
  ['IMAGE', 'image/jpeg', 1, null],
  ['IMAGE', 'image/avif', 30 * MiB, null],
  ['VIDEO', 'video/quicktime', 1024 * MiB, null],
  ['IMAGE', 'image/jpeg', 0, null],
  ['IMAGE', 'image/jpeg', -1, 'byteSize'],
  ['IMAGE', 'image/jpeg', 30 * MiB + 1, 'byteSize'],
  ['VIDEO', 'video/mp4', 1024 * MiB + 1, 'byteSize'],
  ['IMAGE', 'image/svg+xml', 10, 'contentType'],
  ['IMAGE', 'video/mp4', 10, 'contentType'],
  ['VIDEO', 'image/gif', 10, 'contentType'],
  ['VIDEO', 'application/vnd.apple.mpegurl', 10, 'contentType'],
  ['IMAGE', 'IMAGE/JPEG', 10, 'contentType'],
])('%s of %s and %i bytes: at fault is %s', (kind, contentType, byteSize, field) => {
  const check = () => checkUpload({ kind, contentType, byteSize })
  if (field === null) expect(check).not.toThrow()
  else expect(check).toThrow(expect.objectContaining({ code: 'INVALID', field: ['input', field] }))
})
