// What the object store itself holds clients to: the type and the end of a permission, and the end of what was abandoned.
import { GetBucketLifecycleConfigurationCommand, S3Client } from '@aws-sdk/client-s3'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { type Asker, type RunningContent, startContent } from './fixtures.ts'
import { mediaPrefixes, uploadKey, workPrefix } from './model.ts'

const second = 1_000
const day = 86_400 * second
let content: RunningContent
let alice: Asker
const bytes = Buffer.from('these could be a picture')

beforeAll(async () => {
  content = await startContent()
  alice = await content.account()
})
afterEach(() => vi.useRealTimers())
afterAll(() => content.stack.disposeAsync())

type Field = { name: string; value: string }
const send = (form: { url: string; fields: Field[] }, change: Record<string, string> = {}) => {
  const body = new FormData()
  for (const { name, value } of form.fields) body.append(name, change[name] ?? value)
  body.append('file', new Blob([Uint8Array.from(bytes)]))
  return fetch(form.url, { method: 'POST', body })
}
const begin = (kind: string, contentType: string, byteSize: number) =>
  alice.does(
    'createMediaUpload',
    { kind, contentType, byteSize },
    'media { id } upload { url fields { name value } parts { url } expiresAt }',
  )
/** What `sign` answers when the clock stood so much earlier; nothing is sent meanwhile. */
const signedEarlier = async <T>(ms: number, sign: () => Promise<T>): Promise<T> => {
  vi.useFakeTimers({ toFake: ['Date'], now: Date.now() - ms })
  try {
    return await sign()
  } finally {
    vi.useRealTimers()
  }
}

test('a form takes the type that was declared and no other', async () => {
  const { media, upload } = await begin('IMAGE', 'image/png', bytes.length)
  expect(upload.fields).toContainEqual({ name: 'Content-Type', value: 'image/png' })
  expect((await send(upload, { 'Content-Type': 'text/html' })).status).toBe(403)
  expect(await content.platform.storage.head(uploadKey(media.id))).toBeNull()
  expect((await send(upload)).ok).toBe(true)
  expect(await content.platform.storage.head(uploadKey(media.id))).toMatchObject({ contentType: 'image/png' })
})

test('a form ends when the client was told that it does, and the store takes nothing by it afterwards', async () => {
  const { storage } = content.platform
  const { media, upload } = await begin('IMAGE', 'image/jpeg', bytes.length)
  const policy = upload.fields.find((field: Field) => field.name === 'Policy')?.value ?? ''
  const { expiration } = JSON.parse(Buffer.from(policy, 'base64').toString()) as { expiration: string }
  expect(Math.abs(Date.parse(upload.expiresAt) - Date.parse(expiration))).toBeLessThan(2 * second)

  const key = uploadKey(media.id)
  const object = { contentType: 'image/jpeg', byteSize: bytes.length, seconds: 3_600 }
  const late = await signedEarlier(3_660 * second, () => storage.presignUpload(key, object))
  expect((await send(late)).status).toBe(403)
  expect(await storage.head(key)).toBeNull()
  const inTime = await signedEarlier(3_000 * second, () => storage.presignUpload(key, object))
  expect((await send(inTime)).ok).toBe(true)
})

test('a part’s address ends when the client was told that it does, and the store takes nothing at it afterwards', async () => {
  const { storage } = content.platform
  const { media, upload } = await begin('VIDEO', 'video/mp4', 70 * 1024 * 1024)
  const query = new URL(upload.parts[0].url).searchParams
  const [, date = '', time = ''] = /^(\d{8})T(\d{6})Z$/.exec(query.get('X-Amz-Date') ?? '') ?? []
  const signedAt = Date.parse(
    `${date.replace(/(....)(..)/, '$1-$2-')}T${time.replace(/(..)(..)/, '$1:$2:')}Z`,
  )
  const endsAt = signedAt + Number(query.get('X-Amz-Expires')) * second
  expect(Math.abs(Date.parse(upload.expiresAt) - endsAt)).toBeLessThan(2 * second)

  const key = uploadKey(media.id)
  const uploadId = (await content.row(media.id))?.uploadId ?? ''
  const part = { uploadId, partNumber: 1, byteSize: bytes.length, seconds: 3_600 }
  const put = async (ms: number) => {
    const url = await signedEarlier(ms, () => storage.presignPart(key, part))
    return await fetch(url, { method: 'PUT', body: new Uint8Array(bytes) })
  }
  expect((await put(3_660 * second)).status).toBe(403)
  expect((await storage.listParts(key, uploadId))?.size).toBe(0)
  expect((await put(3_000 * second)).status).toBe(200)
  expect((await storage.listParts(key, uploadId))?.size).toBe(1)
})

test('the store is told to clear away uploads and pieces that were abandoned, and nothing that is shown', async () => {
  const { namespace, s3 } = content.platform.config
  const { endpoint, region, accessKeyId, secretAccessKey } = s3
  const credentials = { accessKeyId, secretAccessKey }
  const client = new S3Client({ endpoint, region, credentials, forcePathStyle: true })
  const { Rules = [] } = await client.send(
    new GetBucketLifecycleConfigurationCommand({ Bucket: `${namespace}-media` }),
  )
  client.destroy()
  const rulesFor = (key: string) =>
    Rules.filter(
      (rule) => rule.Status === 'Enabled' && key.startsWith(rule.Filter?.Prefix ?? rule.Prefix ?? ''),
    )
  for (const key of [uploadKey('media_1'), `${workPrefix('media_1')}0.mp4`]) {
    const [rule, ...others] = rulesFor(key)
    expect(others).toEqual([])
    const kept = (rule?.Expiration?.Days ?? 0) * day
    // The sweep, which looks at the item too, comes first: after two days.
    expect(kept).toBeGreaterThan(2 * day)
    expect(kept).toBeLessThan(31 * day)
  }
  const shown = mediaPrefixes('media_1').filter((prefix) => /^(public|private)\//.test(prefix))
  expect(shown).toHaveLength(2)
  for (const prefix of shown) expect(rulesFor(prefix)).toEqual([])
})
