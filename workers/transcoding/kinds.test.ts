// What is not a plain picture or video, from its upload to its end, on real servers and with real ffmpeg.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMessageMedia } from '#platform/message-media.ts'
import { startWorker } from '#platform/worker.ts'
import { applyEdits } from '#subgraphs/content/domain/media-edits.ts'
import { type Asker, type RunningContent, startContent } from '#subgraphs/content/fixtures.ts'
import type { MediaFilter, MediaRow } from '#subgraphs/content/model.ts'
import { CANARY, ffmpeg, ffprobe, phoneJpeg, quarters, scratch } from './domain/fixtures.ts'
import { transcoding } from './main.ts'

const patience = { timeout: 30_000 }
let content: RunningContent
let alice: Asker
let bob: Asker

beforeAll(async () => {
  content = await startContent()
  alice = await content.account()
  bob = await content.account()
  await startWorker(content.platform, transcoding, content.stack)
})
afterAll(() => content.stack.disposeAsync())

const uploads = (contentType: string, bytes: Buffer) => content.uploads(alice, bytes, contentType)
const ended = async (id: string): Promise<MediaRow> => {
  await expect.poll(async () => (await content.row(id))?.status, patience).toMatch(/READY|FAILED/)
  return (await content.row(id)) as MediaRow
}
const fileOf = async (asker: Asker, id: string) => {
  const query =
    'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Media { kind fileUrl durationMs renditions { url } } } }'
  return (await asker.asks(query, { r: [{ __typename: 'Media', id }] })).data._entities[0]
}
const objectsOf = async (id: string) => {
  const { listAll } = content.platform.storage
  return (
    await Promise.all([`public/media/${id}/`, `private/media/${id}/`, `uploads/${id}`].map(listAll))
  ).flat()
}

test.each([
  ['audio/mp4', 'm4a', ['-c:a', 'aac']],
  ['audio/webm', 'webm', ['-c:a', 'libopus']],
  ['audio/ogg', 'ogg', ['-c:a', 'libopus']],
  ['audio/mpeg', 'mp3', []],
  ['audio/wav', 'wav', []],
] as const)(
  'a voice message in %s becomes AAC without metadata, for its owner alone',
  async (type, ending, codec) => {
    await using dir = await scratch()
    const path = join(dir.path, `voice.${ending}`)
    const sound = ['-f', 'lavfi', '-i', 'sine=frequency=300:sample_rate=48000', '-t', '3']
    await ffmpeg(...sound, ...codec, '-metadata', `title=${CANARY}`, '-metadata', `comment=${CANARY}`, path)
    const id = await uploads(type, await readFile(path))
    const row = await ended(id)
    expect(row).toMatchObject({
      status: 'READY',
      kind: 'AUDIO',
      exposure: 'private',
      width: null,
      renditions: [],
    })
    expect(Math.abs((row.durationMs ?? 0) - 3_000)).toBeLessThan(500)
    const { fileUrl, kind } = await fileOf(alice, id)
    expect(kind).toBe('AUDIO')
    const answer = await fetch(fileUrl)
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, 'audio/mp4'])
    const bytes = Buffer.from(await answer.arrayBuffer())
    expect(bytes.includes(CANARY)).toBe(false)
    const { streams = [] } = await ffprobe(fileUrl, 'streams')
    expect(streams.map((stream) => stream.codec_name)).toEqual(['aac'])
    expect((await fetch(fileUrl.split('?')[0])).status).toBe(403)
    expect(await fileOf(bob, id)).toBeNull()
  },
)

test('a picture is no voice message, and a voice message no post', async () => {
  expect((await ended(await uploads('audio/mp4', await phoneJpeg(1)))).failure?.code).toBe('UNSUPPORTED_TYPE')
})

test('an encrypted file is kept to the byte, whatever it is, and nothing is read of it', async () => {
  for (const bytes of [
    randomBytes(100_000),
    await phoneJpeg(1),
    Buffer.from('#EXTM3U\nhttp://127.0.0.1/\n'),
  ]) {
    const id = await uploads('application/octet-stream', bytes)
    expect(await ended(id)).toMatchObject({
      status: 'READY',
      exposure: 'private',
      width: null,
      placeholder: null,
    })
    const { fileUrl } = await fileOf(alice, id)
    const answer = await fetch(fileUrl)
    expect(answer.headers.get('content-type')).toBe('application/octet-stream')
    expect(Buffer.from(await answer.arrayBuffer()).equals(bytes)).toBe(true)
    expect(await fileOf(bob, id)).toBeNull()
    await expect.poll(() => objectsOf(id), patience).toHaveLength(1)
    await alice.does('deleteMedia', { mediaId: id })
    await expect.poll(() => objectsOf(id), patience).toEqual([])
  }
})

test('a picture that is edited is drawn anew from what was uploaded, again and again', async () => {
  const source = await quarters(800, 600).png().toBuffer()
  const id = await uploads('image/png', source)
  const first = await ended(id)
  const edit = (filter: MediaFilter, crop: { x: number; y: number; width: number; height: number } | null) =>
    content.platform.transact('content')(async (tx) => {
      const taken = await content.store.takeMedia(alice.id, [id], tx.session)
      const messageMedia = createMessageMedia(content.platform.mongo, content.platform.config.namespace)
      await applyEdits(
        { ...content.store, messageMedia },
        tx,
        [...taken.values()],
        [{ mediaId: id, filter, crop }],
        new Date(),
      )
      return null
    })
  const shown = async (row: MediaRow) => {
    const key = row.renditions.findLast((one) => one.contentType === 'image/webp')?.key ?? ''
    return sharp(Buffer.from(await (await fetch(content.platform.storage.urlOf(key))).arrayBuffer()))
  }
  await edit('INK', { x: 0.5, y: 0.5, width: 0.5, height: 0.5 })
  expect((await content.row(id))?.status).toBe('PROCESSING')
  const grey = await ended(id)
  expect(grey).toMatchObject({ status: 'READY', width: 400, height: 300, filter: 'INK' })
  expect((await (await shown(grey)).stats()).dominant).toMatchObject({ r: 248, g: 248, b: 248 })

  await edit('ORIGINAL', { x: 0, y: 0, width: 0.5, height: 0.5 })
  const red = await ended(id)
  expect(red).toMatchObject({ width: 400, height: 300, source: { width: 800, height: 600 } })
  expect((await (await shown(red)).stats()).dominant).toMatchObject({ r: 248, g: 8, b: 8 })

  await edit('ORIGINAL', null)
  const whole = await ended(id)
  expect(whole).toMatchObject({ width: 800, height: 600 })
  // What was drawn is at an address of its own: an earlier one may be kept by caches.
  expect(new Set([first, grey, red, whole].map((row) => row.prefix)).size).toBe(4)
  await expect(edit('INK', { x: 0, y: 0, width: 1, height: 0.1 })).rejects.toMatchObject({ code: 'INVALID' })
  await expect(edit('INK', { x: 0.5, y: 0, width: 0.6, height: 1 })).rejects.toMatchObject({
    code: 'INVALID',
  })
})
