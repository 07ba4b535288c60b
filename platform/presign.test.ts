import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3'
import { getSignedUrl } from '@aws-sdk/s3-request-presigner'
import { expect, test } from 'vitest'
import { createPresigner } from './presign.ts'

const options = {
  endpoint: 'http://127.0.0.1:8333',
  region: 'us-east-1',
  bucket: 'heliograph-media',
  accessKeyId: 'key',
  secretAccessKey: 'secret',
}

test.each([
  'private/media/media_01j0/ab12/320x400.webp',
  'uploads/media_01j0',
  'private/a name (1)/it’s+*~!=.m3u8',
])('signs %s as the SDK does, on two days', async (Key) => {
  const { endpoint, region, bucket: Bucket, accessKeyId, secretAccessKey } = options
  const client = new S3Client({
    endpoint,
    region,
    credentials: { accessKeyId, secretAccessKey },
    forcePathStyle: true,
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
  })
  const presign = createPresigner(options)
  for (const signingDate of [new Date('2026-02-03T04:05:06.789Z'), new Date('2026-02-04T00:00:00Z')]) {
    const expected = await getSignedUrl(client, new GetObjectCommand({ Bucket, Key }), {
      expiresIn: 300,
      signingDate,
    })
    expect(presign(Key, 300, signingDate)).toBe(expected)
  }
  client.destroy()
})
