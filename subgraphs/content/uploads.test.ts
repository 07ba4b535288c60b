// Uploads as clients make them: in one form, in parts, after a break, and never through this process.
import { randomBytes } from 'node:crypto'
import { request } from 'node:http'
import { Socket } from 'node:net'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { sweepUploads } from './domain/media-deletion.ts'
import { dailyBytes, partsOf, reserveMedia } from './domain/uploads.ts'
import { type Asker, type RunningContent, refusal, startContent } from './fixtures.ts'

const MiB = 1024 * 1024
let content: RunningContent
let alice: Asker
let bob: Asker

beforeAll(async () => {
  content = await startContent()
  alice = await content.account()
  bob = await content.account()
})
afterAll(() => content.stack.disposeAsync())

const uploadFields =
  'method url fields { name value } headers { name value } parts { partNumber url offset byteSize } expiresAt'
const begin = (asker: Asker, input: object) =>
  asker.does(
    'createMediaUpload',
    input as Record<string, unknown>,
    `media { id status } upload { ${uploadFields} }`,
  )
const resumed = async (asker: Asker, id: string) => {
  const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Media { id status upload { ${uploadFields} } } } }`
  return (await asker.asks(query, { r: [{ __typename: 'Media', id }] })).data._entities[0]
}
type Part = { partNumber: number; url: string; offset: number; byteSize: number }
const big = randomBytes(70 * MiB)
const put = (part: Part, bytes = big.subarray(part.offset, part.offset + part.byteSize)) =>
  fetch(part.url, { method: 'PUT', body: new Uint8Array(bytes) })
const video = { kind: 'VIDEO', contentType: 'video/mp4', byteSize: big.length }

test('a large video goes in parts, is taken up after a break, and is put together only when all are there', async () => {
  const { media, upload } = await begin(alice, video)
  expect(upload).toMatchObject({ method: 'PUT', fields: [], headers: [] })
  expect(upload.parts.map(({ offset, byteSize }: Part) => [offset, byteSize])).toEqual(
    partsOf(big.length).map(({ offset, byteSize }) => [offset, byteSize]),
  )
  const [first, second, third, ...rest] = upload.parts as [Part, Part, Part, ...Part[]]
  const etags = new Map<number, string>()
  for (const part of [second, first]) {
    const answer = await put(part)
    expect(answer.status).toBe(200)
    etags.set(part.partNumber, answer.headers.get('etag') ?? '')
  }
  // The store takes neither another size nor another part at the same address.
  expect((await put(third, big.subarray(0, third.byteSize + 1))).status).toBe(403)
  expect((await put({ ...third, url: third.url.replace('partNumber=3', 'partNumber=9') })).status).toBe(403)
  const complete = (parts?: object[]) =>
    alice.does('completeMediaUpload', { mediaId: media.id, parts }, 'media { status }')
  expect(await complete()).toMatchObject(refusal('CONFLICT', 'mediaId'))

  // The page is loaded anew: what is missing is told, to the owner alone.
  expect(await resumed(bob, media.id)).toBeNull()
  const { upload: missing } = await resumed(alice, media.id)
  expect(missing.parts.map((part: Part) => part.partNumber)).toEqual(
    [third, ...rest].map((part) => part.partNumber),
  )
  for (const part of missing.parts) {
    const answer = await put(part)
    expect(answer.status).toBe(200)
    etags.set(part.partNumber, answer.headers.get('etag') ?? '')
  }
  const parts = [...etags].map(([partNumber, etag]) => ({ partNumber, etag }))
  expect(await complete(parts.map((part) => ({ ...part, etag: '"another"' })))).toMatchObject(
    refusal('CONFLICT', 'parts'),
  )
  expect((await complete(parts)).media).toEqual({ status: 'PROCESSING' })
  expect(await content.platform.storage.head(`uploads/${media.id}`)).toEqual({
    byteSize: big.length,
    contentType: 'video/mp4',
    storageClass: 'STANDARD',
  })
  expect((await resumed(alice, media.id)).upload).toBeNull()
})

test('the same key after a break is the same item with what is still missing', async () => {
  const input = { ...video, idempotencyKey: 'a long film' }
  const { media, upload } = await begin(alice, input)
  await put(upload.parts[0])
  const again = await begin(alice, input)
  expect(again.media.id).toBe(media.id)
  expect(again.upload.parts.map((part: Part) => part.partNumber)).toEqual([2, 3, 4, 5])
})

test('an item that never got its bytes is cleared away, its parts too', async () => {
  const { storage } = content.platform
  const { media, upload } = await begin(bob, video)
  await put(upload.parts[0])
  const small = await begin(bob, { kind: 'IMAGE', contentType: 'image/png', byteSize: 10 })
  const uploadId = (await content.row(media.id))?.uploadId ?? ''
  expect((await storage.listParts(`uploads/${media.id}`, uploadId))?.size).toBe(1)
  const sweep = (now: () => Date) => sweepUploads({ ...content.store, storage, now }, 100)
  await sweep(() => new Date())
  expect(await content.row(media.id)).not.toBeNull()
  await sweep(() => new Date(Date.now() + 49 * 3_600_000))
  for (const id of [media.id, small.media.id]) expect(await content.row(id)).toBeNull()
  expect((await storage.listParts(`uploads/${media.id}`, uploadId))?.size ?? 0).toBe(0)
  expect((await put(upload.parts[1])).ok).toBe(false)
})

test('an account reserves so much a day and no more, however many ask at once', async () => {
  const carol = await content.account()
  const deps = {
    ...content.store,
    transact: content.platform.transact('content'),
    limited: true,
    now: () => new Date(),
  }
  const film = { kind: 'VIDEO', contentType: 'video/mp4', byteSize: 1024 * MiB } as const
  const asked = dailyBytes / film.byteSize + 5
  const outcomes = await Promise.allSettled(
    Array.from({ length: asked }, () => reserveMedia(deps, carol.id, film)),
  )
  const refused = outcomes.filter((outcome) => outcome.status === 'rejected')
  expect(refused.map(({ reason }) => reason.code)).toEqual(Array(5).fill('TOO_MANY'))
  // Tomorrow is another day, and another account is not concerned.
  const tomorrow = new Date(Date.now() + 86_400_000)
  await reserveMedia({ ...deps, now: () => tomorrow }, carol.id, film)
  await reserveMedia(deps, bob.id, film)
})

test('its owner deletes an item that nothing shows; a post’s stays', async () => {
  const bytes = Buffer.from('a picture, perhaps')
  const mediaId = await content.uploads(alice, bytes, 'image/jpeg')
  await content.finishes(mediaId)
  const remove = (asker: Asker) => asker.does('deleteMedia', { mediaId }, 'media { id }')
  expect(await remove(bob)).toMatchObject(refusal('NOT_FOUND', 'mediaId'))
  const { post } = await alice.does('createPost', { mediaIds: [mediaId] }, 'post { id }')
  expect(await remove(alice)).toMatchObject(refusal('CONFLICT', 'mediaId'))
  expect(await remove(bob)).toMatchObject(refusal('FORBIDDEN', 'mediaId'))

  const other = await content.uploads(alice, bytes, 'image/jpeg')
  const answer = await alice.does('deleteMedia', { mediaId: other }, 'media { id }')
  expect(answer.media).toEqual({ id: other })
  expect(await content.row(other)).toBeNull()
  expect(await resumed(alice, other)).toBeNull()
  expect(await content.row(mediaId)).not.toBeNull()
  expect(post.id).toBeTruthy()
})

/** Sends a body as a browser would, from outside of what is counted: `own` gets the socket. Answers the status and the ETag. */
const sends = (own: Set<Socket>, method: string, url: string, body: Buffer, contentType?: string) =>
  new Promise<{ status: number; etag: string }>((resolve, reject) => {
    const headers = {
      'content-length': body.length,
      ...(contentType === undefined ? {} : { 'content-type': contentType }),
    }
    const sent = request(url, { method, headers }, (answer) => {
      answer.resume()
      resolve({ status: answer.statusCode ?? 0, etag: answer.headers.etag ?? '' })
    })
    sent.on('socket', (socket) => own.add(socket))
    sent.on('error', reject)
    sent.end(body)
  })

test('uploaded bytes never pass through this process, in one form or in parts', async () => {
  // Whatever this process receives and sends, by any socket, is counted, but for the bytes that the browser sends.
  const own = new Set<Socket>()
  let counted = 0
  const { write, push } = Socket.prototype
  Socket.prototype.write = function (this: Socket, chunk: never, ...rest: never[]) {
    if (!own.has(this)) counted += Buffer.byteLength(chunk as string | Buffer)
    return (write as (...args: unknown[]) => boolean).call(this, chunk, ...rest)
  } as never
  Socket.prototype.push = function (this: Socket, chunk: never, ...rest: never[]) {
    if (chunk && !own.has(this)) counted += Buffer.byteLength(chunk as string | Buffer)
    return (push as (...args: unknown[]) => boolean).call(this, chunk, ...rest)
  } as never
  const bytes = randomBytes(8 * MiB)
  try {
    const { media, upload } = await begin(alice, {
      kind: 'IMAGE',
      contentType: 'image/jpeg',
      byteSize: bytes.length,
    })
    const form = new FormData()
    for (const { name, value } of upload.fields) form.append(name, value)
    form.append('file', new Blob([bytes]))
    const encoded = new Response(form)
    const body = Buffer.from(await encoded.arrayBuffer())
    const contentType = encoded.headers.get('content-type') ?? ''
    expect((await sends(own, 'POST', upload.url, body, contentType)).status).toBeLessThan(300)
    const done = await alice.does('completeMediaUpload', { mediaId: media.id }, 'media { status }')
    expect(done.media.status).toBe('PROCESSING')

    const film = await begin(alice, video)
    expect(film.upload.parts.length).toBeGreaterThan(1)
    for (const { url, offset, byteSize } of film.upload.parts as Part[]) {
      const part = await sends(own, 'PUT', url, big.subarray(offset, offset + byteSize))
      expect(part.status).toBe(200)
    }
    const whole = await alice.does('completeMediaUpload', { mediaId: film.media.id }, 'media { status }')
    expect(whole.media.status).toBe('PROCESSING')
  } finally {
    Socket.prototype.write = write
    Socket.prototype.push = push
  }
  expect(counted).toBeGreaterThan(0)
  expect(counted).toBeLessThan(bytes.length / 10)
})
