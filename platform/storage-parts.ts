// Uploads in parts (S3's multipart uploads): each part is sent to an address of its own and can be sent again.
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListMultipartUploadsCommand,
  ListPartsCommand,
  type S3Client,
  S3ServiceException,
  UploadPartCommand,
} from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'

export interface PartStorage {
  /** Begins an upload in parts and answers its id at the store. */
  startParts(key: string, contentType: string): Promise<string>
  /** Where one part is sent; the store takes exactly `byteSize` bytes. */
  presignPart(
    key: string,
    part: { uploadId: string; partNumber: number; byteSize: number; seconds: number },
  ): Promise<string>
  /** What the store has of an upload, by part number; null when it knows no such upload. */
  listParts(key: string, uploadId: string): Promise<Map<number, { byteSize: number; etag: string }> | null>
  /** Makes one object of the parts. */
  completeParts(
    key: string,
    uploadId: string,
    parts: readonly { partNumber: number; etag: string }[],
  ): Promise<void>
  /** Gives up every unfinished upload of a key, its parts included. */
  abortParts(key: string): Promise<void>
}

const isGone = (error: unknown) =>
  error instanceof S3ServiceException &&
  (error.name === 'NoSuchUpload' || error.$metadata.httpStatusCode === 404)

/** Uploads in parts through `s3`; addresses are signed by `signing`, whose endpoint is the one that browsers reach. */
export function createPartStorage(s3: S3Client, signing: S3Client, bucket: string): PartStorage {
  return {
    async startParts(key, contentType) {
      const { UploadId } = await s3.send(
        new CreateMultipartUploadCommand({ Bucket: bucket, Key: key, ContentType: contentType }),
      )
      if (!UploadId) throw new Error('the object store began an upload without an id')
      return UploadId
    },
    presignPart(key, { uploadId, partNumber, byteSize, seconds }) {
      const command = new UploadPartCommand({
        ...{ Bucket: bucket, Key: key, UploadId: uploadId, PartNumber: partNumber },
        ContentLength: byteSize,
      })
      return getSignedUrl(signing, command, { expiresIn: seconds })
    },
    async listParts(key, uploadId) {
      const found = new Map<number, { byteSize: number; etag: string }>()
      let marker: string | undefined
      try {
        do {
          const page = await s3.send(
            new ListPartsCommand({ Bucket: bucket, Key: key, UploadId: uploadId, PartNumberMarker: marker }),
          )
          for (const { PartNumber, Size, ETag } of page.Parts ?? []) {
            if (PartNumber && ETag) found.set(PartNumber, { byteSize: Size ?? 0, etag: ETag })
          }
          marker = page.IsTruncated ? page.NextPartNumberMarker : undefined
        } while (marker)
        return found
      } catch (error) {
        if (isGone(error)) return null
        throw error
      }
    },
    async completeParts(key, uploadId, parts) {
      const Parts = parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag }))
      await s3.send(
        new CompleteMultipartUploadCommand({
          ...{ Bucket: bucket, Key: key, UploadId: uploadId, MultipartUpload: { Parts } },
        }),
      )
    },
    async abortParts(key) {
      const { Uploads } = await s3.send(new ListMultipartUploadsCommand({ Bucket: bucket, Prefix: key }))
      for (const { Key, UploadId } of Uploads ?? []) {
        if (Key !== key) continue
        await s3
          .send(new AbortMultipartUploadCommand({ Bucket: bucket, Key, UploadId }))
          .catch((error: unknown) => {
            if (!isGone(error)) throw error
          })
      }
    },
  }
}
