// Where the objects of media lie, and that they move when who may see them changes, on real servers (V14, V16, M6).
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import { createPresigner } from '#platform/presign.ts'
import type { Storage } from '#platform/storage.ts'
import { startWorker } from '#platform/worker.ts'
import { type ExposureDeps, settleExposure } from '#subgraphs/content/domain/media-exposure.ts'
import { type Asker, type RunningContent, startContent } from '#subgraphs/content/fixtures.ts'
import type { MediaRow } from '#subgraphs/content/model.ts'
import { createConsumers } from './consumers.ts'
import { phoneJpeg } from './domain/fixtures.ts'
import { transcoding } from './main.ts'

const patience = { timeout: 30_000 }
let content: RunningContent
let picture: Buffer

beforeAll(async () => {
  content = await startContent()
  await startWorker(content.platform, transcoding, content.stack)
  picture = await phoneJpeg(1)
})
afterAll(() => content.stack.disposeAsync())

const row = async (id: string) => (await content.row(id)) as MediaRow
const becomes = (id: string, exposure: string) =>
  expect.poll(async () => (await content.row(id))?.exposure, patience).toBe(exposure)
const keysUnder = (prefix: string) => content.platform.storage.listAll(prefix)
const statusOf = async (url: string, headers: Record<string, string> = {}) =>
  (await fetch(url, { headers })).status
const plainUrl = (key: string) => content.platform.storage.urlOf(key).split('?')[0] as string
const setPrivate = async (owner: Asker, isPrivate: boolean) => {
  const { platform } = content
  const users = platform.db('user').collection<AccountRow>('users')
  await users.updateOne({ _id: owner.id }, { $set: { isPrivate }, $inc: { version: 1 } })
  await platform.facts.accounts.refresh([owner.id])
}
const tell = async (owner: Asker, eventId: string) => {
  const handlers = createConsumers(content.platform)['transcoding.exposure']
  const name = 'account.changed' as const
  await handlers[name]([{ id: eventId, name, at: new Date(), payload: { userId: owner.id } }])
}
const posted = async (owner: Asker, audience = 'PUBLIC') => {
  const mediaId = await content.uploads(owner, picture, 'image/jpeg')
  const { post } = await owner.does('createPost', { mediaIds: [mediaId], audience }, 'post { id }')
  await expect.poll(async () => (await content.row(mediaId))?.status, patience).toBe('READY')
  return { mediaId, postId: post.id as string }
}
/** A post whose worker has nothing to do for it any more, and which is then everyone's without its being told. */
const postedQuietly = async (owner: Asker) => {
  const posted_ = await posted(owner, 'ONLY_ME')
  const db = content.platform.db('content')
  const done = { name: 'transcoding.settleExposure', 'payload.mediaIds': posted_.mediaId, state: 'DONE' }
  // One because the item is READY, one because the post is published.
  await expect.poll(() => db.collection('jobs').countDocuments(done), patience).toBe(2)
  await db.collection('posts').updateOne({ mediaIds: posted_.mediaId }, { $set: { audience: 'PUBLIC' } })
  return posted_
}
const deps = (storage: Partial<Storage> = {}, now = () => new Date()): ExposureDeps => ({
  ...content.store,
  accounts: content.platform.facts.accounts,
  storage: { ...content.platform.storage, ...storage },
  now,
})
const { signal } = new AbortController()

test('going private and back moves every object, and old addresses stay dead (V14, M6)', async () => {
  const alice = await content.account()
  const { mediaId } = await posted(alice)
  await becomes(mediaId, 'public')
  const before = await row(mediaId)
  const oldUrls = (await keysUnder(before.prefix ?? '')).map(plainUrl)
  expect(oldUrls.length).toBeGreaterThan(6)
  for (const url of oldUrls) expect(await statusOf(url)).toBe(200)

  await setPrivate(alice, true)
  await tell(alice, 'went-private')
  await becomes(mediaId, 'private')
  await expect.poll(() => keysUnder(`public/media/${mediaId}/`), patience).toEqual([])
  for (const url of oldUrls) expect(await statusOf(url)).toBe(404)
  const hidden = await row(mediaId)
  for (const { key, contentType } of hidden.renditions) {
    expect(await statusOf(plainUrl(key))).toBe(403)
    const response = await fetch(content.platform.storage.urlOf(key))
    expect([response.status, response.headers.get('content-type')]).toEqual([200, contentType])
    expect(response.headers.get('cache-control')).toBe('private, max-age=300')
  }

  await setPrivate(alice, false)
  await tell(alice, 'went-public')
  await becomes(mediaId, 'public')
  const after = await row(mediaId)
  for (const { key } of after.renditions) {
    const response = await fetch(plainUrl(key))
    expect(response.status).toBe(200)
    expect(response.headers.get('cache-control')).toMatch(/immutable/)
  }
  for (const url of oldUrls) expect(await statusOf(url)).toBe(404)
  // Whoever was just shown a signed address can still use it, for as long as the signature lasts and no longer.
  expect(await statusOf(content.platform.storage.urlOf(hidden.renditions[0]?.key ?? ''))).toBe(200)
  await settleExposure(
    deps({}, () => new Date(Date.now() + 601_000)),
    mediaId,
    signal,
  )
  expect(await keysUnder(`private/media/${mediaId}/`)).toEqual([])
  expect((await row(mediaId)).leaving).toEqual([])
})

test.each(['FOLLOWERS', 'ONLY_ME'])(
  'what only %s may see lies under the private prefix (V16)',
  async (audience) => {
    const alice = await content.account()
    const { mediaId } = await posted(alice, audience)
    expect((await row(mediaId)).exposure).toBe('private')
    expect(await keysUnder(`public/media/${mediaId}/`)).toEqual([])

    // The same item in a post for everyone is everyone's, until that post is deleted.
    const { post } = await alice.does('createPost', { mediaIds: [mediaId] }, 'post { id }')
    await becomes(mediaId, 'public')
    await alice.does('deletePost', { postId: post.id })
    await becomes(mediaId, 'private')
    await expect.poll(() => keysUnder(`public/media/${mediaId}/`), patience).toEqual([])
  },
)

test('a post that is no longer for everyone takes its objects along, and brings them back (V14)', async () => {
  const alice = await content.account()
  const { mediaId, postId } = await posted(alice)
  await becomes(mediaId, 'public')
  const url = plainUrl((await row(mediaId)).renditions[0]?.key ?? '')
  expect(await statusOf(url)).toBe(200)
  await alice.does('updatePost', { postId, audience: 'FOLLOWERS' })
  await becomes(mediaId, 'private')
  await expect.poll(() => keysUnder(`public/media/${mediaId}/`), patience).toEqual([])
  expect(await statusOf(url)).toBe(404)
  await alice.does('updatePost', { postId, audience: 'PUBLIC' })
  await becomes(mediaId, 'public')
  expect(await statusOf(url)).toBe(404)
  await alice.does('archivePost', { postId })
  await becomes(mediaId, 'private')
})

test('an item that no post shows is its owner’s alone', async () => {
  const alice = await content.account()
  const mediaId = await content.uploads(alice, picture, 'image/jpeg')
  await becomes(mediaId, 'private')
  expect(await keysUnder(`public/media/${mediaId}/`)).toEqual([])
})

test('unsigned, swapped, expired and altered signatures fail, and so does a stranger with the ETag (V16)', async () => {
  const alice = await content.account({ isPrivate: true })
  const { mediaId } = await posted(alice)
  const [first, second] = (await row(mediaId)).renditions.map(({ key }) => key) as [string, string]
  const { urlOf } = content.platform.storage
  const signed = urlOf(first)
  const answer = await fetch(signed)
  const etag = answer.headers.get('etag') ?? ''
  expect([answer.status, etag]).toEqual([200, expect.stringMatching(/^".+"$/)])
  expect(Number(new URL(signed).searchParams.get('X-Amz-Expires'))).toBeLessThanOrEqual(300)

  const { config } = content.platform
  const { publicEndpoint, ...s3 } = config.s3
  const presign = createPresigner({
    ...s3,
    endpoint: publicEndpoint,
    bucket: `${config.namespace}-media`,
  })
  const query = signed.slice(signed.indexOf('?'))
  const refused = [
    plainUrl(first),
    plainUrl(second) + query,
    presign(first, 300, new Date(Date.now() - 301_000)),
    signed.replace(/X-Amz-Expires=\d+/, 'X-Amz-Expires=86400'),
    signed.replace(/X-Amz-Signature=./, 'X-Amz-Signature=z'),
  ]
  for (const url of refused) {
    expect(await statusOf(url), url).toBe(403)
    expect(await statusOf(url, { 'if-none-match': etag }), url).toBe(403)
    expect(await statusOf(url, { range: 'bytes=0-0' }), url).toBe(403)
  }
})

test('a move that is killed is taken up where it stopped', async () => {
  const alice = await content.account()
  const { mediaId } = await postedQuietly(alice)
  const objects = await keysUnder((await row(mediaId)).prefix ?? '')

  let copies = 0
  const copying = (limit: number): Partial<Storage> => ({
    async copy(from, to) {
      if (copies >= limit) throw new Error('killed')
      copies++
      await content.platform.storage.copy(from, to)
    },
  })
  await expect(settleExposure(deps(copying(3)), mediaId, signal)).rejects.toThrow('killed')
  expect((await row(mediaId)).exposure).toBe('private')
  await settleExposure(deps(copying(1_000)), mediaId, signal)
  expect(copies).toBe(objects.length)
  const { exposure, prefix } = await row(mediaId)
  expect(exposure).toBe('public')
  expect((await keysUnder(prefix ?? '')).length).toBe(objects.length)
})

test('an account that goes private in the middle of a move to the public leaves nothing there (V14)', async () => {
  const alice = await content.account()
  const { mediaId } = await postedQuietly(alice)
  let once = true
  await settleExposure(
    deps({
      async copy(from, to) {
        if (once) {
          once = false
          await setPrivate(alice, true)
          // The other run sees the item where it belongs, and takes the move back.
          await settleExposure(deps(), mediaId, signal)
        }
        await content.platform.storage.copy(from, to)
      },
    }),
    mediaId,
    signal,
  )
  const { exposure, renditions } = await row(mediaId)
  expect(exposure).toBe('private')
  expect(await keysUnder(`public/media/${mediaId}/`)).toEqual([])
  for (const { key } of renditions) expect(await statusOf(content.platform.storage.urlOf(key))).toBe(200)
})

test('deleting a post removes its objects, unless another post shows them (M6)', async () => {
  const alice = await content.account()
  const { mediaId, postId } = await posted(alice)
  await becomes(mediaId, 'public')
  const { post } = await alice.does('createPost', { mediaIds: [mediaId] }, 'post { id }')
  await alice.does('deletePost', { postId })
  const { prefix } = await row(mediaId)
  expect((await keysUnder(prefix ?? '')).length).toBeGreaterThan(0)
  await alice.does('deletePost', { postId: post.id })
  await expect.poll(() => content.row(mediaId), patience).toBeNull()
  await expect
    .poll(
      async () => [
        ...(await keysUnder(`public/media/${mediaId}/`)),
        ...(await keysUnder(`private/media/${mediaId}/`)),
      ],
      patience,
    )
    .toEqual([])
})
