// The object store, through the S3 API alone. Clients send and fetch bytes themselves; the product only signs.

import { posix } from 'node:path'
import type { Readable } from 'node:stream'
import {
  CopyObjectCommand,
  CreateBucketCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutBucketCorsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutObjectCommand,
  S3Client,
  S3ServiceException,
  type StorageClass,
} from '@aws-sdk/client-s3'
import { createPresignedPost } from '@aws-sdk/s3-presigned-post'
import type { Config } from './config.ts'
import { mediaContentTypes } from './media-types.ts'
import { createPresigner } from './presign.ts'
import { createPurge } from './purge.ts'
import { createPartStorage, type PartStorage } from './storage-parts.ts'

/** Objects under `public/` are readable by anyone who knows the key; everything else needs a signature. */
export type Exposure = 'public' | 'private'

/** How long a signature on a private object's URL lasts, at most. */
export const signedUrlSeconds = 300

export interface Storage extends PartStorage {
  /** Makes the bucket with its CORS rules and its public prefix, when it is not there. */
  prepare(): Promise<void>
  /** A form that lets a browser send exactly these bytes' size and type under `key`. */
  presignUpload(
    key: string,
    upload: { contentType: string; byteSize: number; seconds: number },
  ): Promise<{ url: string; fields: { name: string; value: string }[]; expiresAt: Date }>
  /** Where a client fetches an object: plain under `public/`, signed elsewhere. */
  urlOf(key: string): string
  /** Size, type and storage class; null when there is no such object. */
  head(key: string): Promise<{ byteSize: number; contentType: string; storageClass: string } | null>
  read(key: string): Promise<Readable>
  readText(key: string): Promise<string>
  write(
    key: string,
    body: Buffer | Readable,
    object: { contentType: string; byteSize: number },
  ): Promise<void>
  /**
   * Copies an object inside the store; how long it may be cached follows from where it goes. Onto itself it changes its storage
   * class alone.
   */
  copy(from: string, to: string, storageClass?: string): Promise<void>
  /** Removes everything under a prefix, from the store and from the CDN. */
  removePrefix(prefix: string): Promise<void>
  /** Keys under a prefix, at most 1,000. */
  list(prefix: string): Promise<string[]>
  /** Keys under a prefix, however many. */
  listAll(prefix: string): Promise<string[]>
  close(): void
}

/** How long an object may be cached: for ever where anyone may fetch it, since other bytes have another key. */
const cacheControlOf = (key: string) =>
  key.startsWith('public/') ? 'public, max-age=31536000, immutable' : 'private, max-age=300'

/** MIME types of what workers and clients write, by the ending of the key. */
const contentTypes: Readonly<Record<string, string>> = {
  ...mediaContentTypes,
  '.bin': 'application/octet-stream',
}

/** Days after which the store clears away what was uploaded and never processed, and pieces of what was never finished. */
const abandonedDays = 8

/** The product's one bucket, `<namespace>-media`. */
export function createStorage(config: Config): Storage {
  const bucket = `${config.namespace}-media`
  const clientAt = (endpoint: string) =>
    new S3Client({
      endpoint,
      region: config.s3.region,
      credentials: { accessKeyId: config.s3.accessKeyId, secretAccessKey: config.s3.secretAccessKey },
      forcePathStyle: true,
      requestChecksumCalculation: 'WHEN_REQUIRED',
      responseChecksumValidation: 'WHEN_REQUIRED',
    })
  const s3 = clientAt(config.s3.endpoint)
  // Signatures cover the host, so URLs for browsers are signed for the address that browsers use.
  const signing = config.s3.publicEndpoint === config.s3.endpoint ? s3 : clientAt(config.s3.publicEndpoint)
  const presign = createPresigner({
    endpoint: config.s3.publicEndpoint,
    region: config.s3.region,
    bucket,
    accessKeyId: config.s3.accessKeyId,
    secretAccessKey: config.s3.secretAccessKey,
  })
  const publicRoot = config.cdn
    ? `${config.cdn.url.replace(/\/$/, '')}/`
    : `${config.s3.publicEndpoint.replace(/\/$/, '')}/${bucket}/`
  const purge = createPurge(config.cdn)

  const listPage = (prefix: string, token?: string) =>
    s3.send(new ListObjectsV2Command({ Bucket: bucket, Prefix: prefix, ContinuationToken: token }))

  return {
    ...createPartStorage(s3, signing, bucket),
    async prepare() {
      const exists = await s3.send(new HeadBucketCommand({ Bucket: bucket })).then(
        () => true,
        () => false,
      )
      if (!exists) {
        await s3.send(new CreateBucketCommand({ Bucket: bucket })).catch((error: unknown) => {
          // Another process of the same system was faster.
          if (!(error instanceof S3ServiceException && error.name.startsWith('BucketAlready'))) throw error
        })
      }
      await s3.send(
        new PutBucketCorsCommand({
          Bucket: bucket,
          CORSConfiguration: {
            CORSRules: [
              {
                AllowedMethods: ['GET', 'HEAD', 'POST', 'PUT'],
                AllowedOrigins: ['*'],
                AllowedHeaders: ['*'],
                ExposeHeaders: ['ETag'],
                MaxAgeSeconds: 86_400,
              },
            ],
          },
        }),
      )
      // What was begun and never completed goes by itself, also when nobody sweeps.
      await s3.send(
        new PutBucketLifecycleConfigurationCommand({
          Bucket: bucket,
          LifecycleConfiguration: {
            Rules: [
              {
                ID: 'abandoned-uploads',
                Status: 'Enabled',
                Filter: { Prefix: 'uploads/' },
                Expiration: { Days: abandonedDays },
                AbortIncompleteMultipartUpload: { DaysAfterInitiation: abandonedDays },
              },
              {
                ID: 'abandoned-work',
                Status: 'Enabled',
                Filter: { Prefix: 'work/' },
                Expiration: { Days: abandonedDays },
              },
            ],
          },
        }),
      )
      await s3.send(
        new PutBucketPolicyCommand({
          Bucket: bucket,
          Policy: JSON.stringify({
            Version: '2012-10-17',
            Statement: [
              {
                Effect: 'Allow',
                Principal: '*',
                Action: ['s3:GetObject'],
                Resource: [`arn:aws:s3:::${bucket}/public/*`],
              },
            ],
          }),
        }),
      )
    },
    async presignUpload(key, { contentType, byteSize, seconds }) {
      const post = await createPresignedPost(signing, {
        Bucket: bucket,
        Key: key,
        Expires: seconds,
        Fields: { 'Content-Type': contentType },
        Conditions: [
          ['content-length-range', byteSize, byteSize],
          ['eq', '$Content-Type', contentType],
        ],
      })
      return {
        url: post.url,
        fields: Object.entries(post.fields).map(([name, value]) => ({ name, value })),
        expiresAt: new Date(Date.now() + seconds * 1000),
      }
    },
    urlOf: (key) => (key.startsWith('public/') ? publicRoot + key : presign(key, signedUrlSeconds)),
    async head(key) {
      try {
        const found = await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: key }))
        return {
          byteSize: found.ContentLength ?? 0,
          contentType: found.ContentType ?? 'application/octet-stream',
          // Stores say nothing of the usual one.
          storageClass: found.StorageClass ?? 'STANDARD',
        }
      } catch (error) {
        if (error instanceof S3ServiceException && error.$metadata.httpStatusCode === 404) return null
        throw error
      }
    },
    async read(key) {
      const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      return object.Body as Readable
    },
    async readText(key) {
      const object = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }))
      return (await object.Body?.transformToString()) ?? ''
    },
    async write(key, body, { contentType, byteSize }) {
      await s3.send(
        new PutObjectCommand({
          Bucket: bucket,
          Key: key,
          Body: body,
          ContentType: contentType,
          ContentLength: byteSize,
          CacheControl: cacheControlOf(key),
        }),
      )
    },
    async copy(from, to, storageClass) {
      // Headers are copied or given, all of them.
      const contentType =
        contentTypes[posix.extname(from)] ??
        (await s3.send(new HeadObjectCommand({ Bucket: bucket, Key: from }))).ContentType
      await s3.send(
        new CopyObjectCommand({
          Bucket: bucket,
          CopySource: `${bucket}/${from}`,
          Key: to,
          MetadataDirective: 'REPLACE',
          ContentType: contentType,
          CacheControl: cacheControlOf(to),
          // Stores have classes of their own beside those that the client knows.
          StorageClass: storageClass as StorageClass | undefined,
        }),
      )
    },
    async removePrefix(prefix) {
      for (;;) {
        const page = await listPage(prefix)
        const keys = (page.Contents ?? []).flatMap((object) => (object.Key ? [{ Key: object.Key }] : []))
        if (keys.length === 0) return
        // Before, so that a purge that fails leaves the keys to be found again; after, for what was fetched in between.
        const names = keys.map(({ Key }) => Key)
        await purge(names)
        await s3.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: keys, Quiet: true } }))
        await purge(names)
      }
    },
    async list(prefix) {
      const page = await listPage(prefix)
      return (page.Contents ?? []).flatMap((object) => (object.Key ? [object.Key] : []))
    },
    async listAll(prefix) {
      const keys: string[] = []
      let token: string | undefined
      do {
        const page = await listPage(prefix, token)
        keys.push(...(page.Contents ?? []).flatMap((object) => (object.Key ? [object.Key] : [])))
        token = page.IsTruncated ? page.NextContinuationToken : undefined
      } while (token)
      return keys
    },
    close() {
      s3.destroy()
      if (signing !== s3) signing.destroy()
    },
  }
}
