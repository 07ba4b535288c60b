// Uploads and media through the subgraph's own schema.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMessageMedia } from '#platform/message-media.ts'
import { createReportables } from '#platform/reportables.ts'
import { createRequest } from '#platform/subgraph.ts'
import { type Asker, type RunningContent, refusal, startContent } from './fixtures.ts'
import { createLoaders } from './loaders.ts'
import type { MediaRow } from './model.ts'

let content: RunningContent
let alice: Asker
let bob: Asker
const bytes = Buffer.from('these could be a picture')

beforeAll(async () => {
  content = await startContent()
  alice = await content.account()
  bob = await content.account()
})
afterAll(() => content.stack.disposeAsync())

const entity = async (asker: Asker, id: string) => {
  const query =
    'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Media { id altText status renditions { url } } } }'
  return (await asker.asks(query, { r: [{ __typename: 'Media', id }] })).data._entities[0]
}

test('an upload waits for its bytes, takes exactly the declared size, and is completed once', async () => {
  const input = { kind: 'IMAGE', contentType: 'image/jpeg', byteSize: bytes.length }
  const { media, upload } = await alice.does(
    'createMediaUpload',
    input,
    'media { id status progress createdAt } upload { method url fields { name value } headers { name } expiresAt }',
  )
  expect(media).toMatchObject({ status: 'PENDING', progress: 0 })
  expect(upload).toMatchObject({ method: 'POST', headers: [] })
  expect(await alice.does('completeMediaUpload', { mediaId: media.id })).toMatchObject(
    refusal('CONFLICT', 'mediaId'),
  )

  const send = (body: Buffer) => {
    const form = new FormData()
    for (const { name, value } of upload.fields) form.append(name, value)
    form.append('file', new Blob([Uint8Array.from(body)]))
    return fetch(upload.url, { method: 'POST', body: form })
  }
  expect((await send(Buffer.concat([bytes, bytes]))).ok).toBe(false)
  expect((await send(bytes)).ok).toBe(true)

  const complete = () => alice.does('completeMediaUpload', { mediaId: media.id }, 'media { id status }')
  const answers = await Promise.all([complete(), complete(), complete()])
  for (const answer of answers) expect(answer.media).toEqual({ id: media.id, status: 'PROCESSING' })
  const uploaded = { name: 'media.uploaded', 'payload.mediaId': media.id }
  expect(await content.platform.db('content').collection('outbox').countDocuments(uploaded)).toBe(1)
})

test('the same idempotency key is one item, with a form each time', async () => {
  const input = { kind: 'IMAGE', contentType: 'image/png', byteSize: 10, idempotencyKey: 'again' }
  const create = () => alice.does('createMediaUpload', input, 'media { id } upload { url }')
  const answers = await Promise.all([create(), create(), create()])
  expect(new Set(answers.map((answer) => answer.media.id)).size).toBe(1)
  expect(answers.every((answer) => answer.upload.url)).toBe(true)
})

test('media are their owner’s until a post shows them; for others absent and hidden are one', async () => {
  const id = await content.uploads(alice, bytes, 'image/jpeg')
  expect(await entity(alice, id)).toMatchObject({ id, status: 'PROCESSING', renditions: [] })
  expect(await entity(bob, id)).toBeNull()
  expect(await bob.does('completeMediaUpload', { mediaId: id })).toEqual(refusal('NOT_FOUND', 'mediaId'))
  expect(await bob.does('updateMedia', { mediaId: 'nothing', altText: 'x' })).toEqual(
    refusal('NOT_FOUND', 'mediaId'),
  )
  await content.finishes(id)

  const hidden = await content.uploads(alice, bytes, 'image/jpeg')
  await content.finishes(hidden)
  const post = async (mediaId: string, audience: string) =>
    (await alice.does('createPost', { mediaIds: [mediaId], audience }, 'post { id }')).post.id
  await post(hidden, 'ONLY_ME')
  expect(await entity(bob, hidden)).toBeNull()
  await post(id, 'PUBLIC')
  for (const asker of [bob, content.nobody]) {
    const seen = await entity(asker, id)
    expect(seen.status).toBe('READY')
    expect((await fetch(seen.renditions[0].url)).status).toBe(200)
  }
  expect(await bob.does('updateMedia', { mediaId: id, altText: 'x' })).toEqual(
    refusal('FORBIDDEN', 'mediaId'),
  )
})

test('a description is set, kept when left out, cleared by null, and bounded', async () => {
  const mediaId = await content.uploads(alice, bytes, 'image/jpeg')
  const update = (input: object) => alice.does('updateMedia', { mediaId, ...input }, 'media { altText }')
  expect((await update({ altText: ' A lighthouse. ' })).media.altText).toBe('A lighthouse.')
  expect((await update({})).media.altText).toBe('A lighthouse.')
  expect((await update({ altText: null })).media.altText).toBeNull()
  expect(await update({ altText: 'a'.repeat(1_001) })).toMatchObject(refusal('TOO_LONG', 'altText'))
})

test('what a feed shows of an item is its middle within 4:5 and 1.91:1, once its size is known', async () => {
  const query =
    'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Media { feedCrop { x y width height } } } }'
  const cropOf = async (id: string) =>
    (await alice.asks(query, { r: [{ __typename: 'Media', id }] })).data._entities[0].feedCrop
  const id = await content.uploads(alice, bytes, 'image/jpeg')
  expect(await cropOf(id)).toBeNull()
  await content.finishes(id)
  expect(await cropOf(id)).toEqual({ x: 0, y: 0, width: 1, height: 1 })

  const rows = content.platform.db('content').collection<MediaRow>('media')
  for (const [width, height, aspect] of [
    [900, 1_600, 4 / 5],
    [4_000, 1_000, 1.91],
  ] as const) {
    await rows.updateOne({ _id: id }, { $set: { width, height } })
    const crop = await cropOf(id)
    expect((crop.width * width) / (crop.height * height)).toBeCloseTo(aspect, 9)
    expect(Math.max(crop.width, crop.height)).toBe(1)
    expect([crop.x + crop.width / 2, crop.y + crop.height / 2]).toEqual([
      expect.closeTo(0.5, 9),
      expect.closeTo(0.5, 9),
    ])
  }
})

test('progress is heard by the owner alone, with the item as it now is', async () => {
  const mediaId = await content.uploads(alice, bytes, 'image/jpeg')
  const document =
    'subscription ($id: ID!) { mediaProgress(mediaId: $id) { cursor media { id status progress } } }'
  const quiet = { cursor: null, event: null }
  const payload = { mediaId, ownerId: alice.id, status: 'PROCESSING' } as const
  const event = { id: 'event_1', name: 'media.changed', at: new Date(), payload } as const
  expect(await alice.asks(document, { id: mediaId }, quiet)).toEqual({
    data: { mediaProgress: null },
    codes: [],
  })
  expect((await alice.asks(document, { id: mediaId }, { cursor: '7', event })).data.mediaProgress).toEqual({
    cursor: '7',
    media: { id: mediaId, status: 'PROCESSING', progress: 0 },
  })
  for (const asker of [bob, content.nobody])
    expect((await asker.asks(document, { id: mediaId }, quiet)).codes).toEqual(['FORBIDDEN'])
  expect((await alice.asks(document, { id: 'media_none' }, quiet)).codes).toEqual(['FORBIDDEN'])
})

test('signed out, nothing is uploaded', async () => {
  const input = { kind: 'IMAGE', contentType: 'image/png', byteSize: 10 }
  expect(await content.nobody.does('createMediaUpload', input)).toEqual(['UNAUTHENTICATED'])
})

test('a label that another process gives keeps an item from minors and strangers at once, however busy this one is', async () => {
  const id = await content.ready(alice)
  const minor = await content.account({ birthDate: `${new Date().getUTCFullYear() - 15}-01-01` })
  const { platform, store } = content
  const { mongo, config, facts, topics } = platform
  const labelsFor = async ({ viewer }: Asker) => {
    const { visibility } = createRequest(platform, viewer)
    const messageMedia = createMessageMedia(mongo, config.namespace)
    const reportables = createReportables(mongo, config.namespace)
    const now = () => new Date()
    const loaders = createLoaders(
      store,
      visibility,
      messageMedia,
      reportables,
      facts.accounts,
      topics,
      now,
      true,
    )
    return (await loaders.media.load(id))?.labels ?? []
  }
  for (const labels of await Promise.all(Array.from({ length: 100 }, () => labelsFor(bob)))) {
    expect(labels).toEqual([])
  }
  await platform
    .db('content')
    .collection<MediaRow>('media')
    .updateOne({ _id: id }, { $set: { labels: ['ADULT'] } })
  for (const asker of [minor, content.nobody]) expect(await labelsFor(asker)).toEqual(['ADULT'])
})
