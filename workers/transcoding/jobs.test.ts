// The worker's job from an upload to a published post, on real servers and with real ffmpeg.
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LiveEvent } from '#platform/live.ts'
import { handlePlaylist, playlistPath } from '#platform/playlist.ts'
import type { JobRun } from '#platform/queue.ts'
import { startWorker } from '#platform/worker.ts'
import { type Asker, type RunningContent, startContent } from '#subgraphs/content/fixtures.ts'
import type { MediaRow } from '#subgraphs/content/model.ts'
import { CANARY, ffmpeg, phoneJpeg, quartersGraph } from './domain/fixtures.ts'
import { createEnds, createJobs } from './jobs.ts'
import { transcoding } from './main.ts'

const patience = { timeout: 30_000 }
let content: RunningContent
let alice: Asker

beforeAll(async () => {
  content = await startContent()
  alice = await content.account()
  await startWorker(content.platform, transcoding, content.stack)
})
afterAll(() => content.stack.disposeAsync())

const ended = async (mediaId: string): Promise<MediaRow> => {
  const row = () => content.row(mediaId)
  await expect.poll(async () => (await row())?.status, patience).toMatch(/READY|FAILED/)
  return (await row()) as MediaRow
}
const objectsOf = async (mediaId: string) => {
  const { storage } = content.platform
  const keys = await Promise.all(
    [`public/media/${mediaId}/`, `private/media/${mediaId}/`, `uploads/${mediaId}`].map(storage.list),
  )
  return keys.flat()
}
const bytesOf = async (key: string) => {
  const response = await fetch(await content.platform.storage.urlOf(key))
  expect(response.status).toBe(200)
  return Buffer.from(await response.arrayBuffer())
}
const drawVideo = async (seconds: number): Promise<Buffer> => {
  const dir = await mkdtemp(join(tmpdir(), 'heliograph-media-'))
  const path = join(dir, 'video.mp4')
  const sound = ['-f', 'lavfi', '-i', 'sine=frequency=440']
  await ffmpeg('-f', 'lavfi', '-i', quartersGraph(320, 240), ...sound, '-t', String(seconds), path)
  const bytes = await readFile(path)
  await rm(dir, { recursive: true })
  return bytes
}

test('a photograph becomes renditions without metadata, its upload is gone, and the post that waited appears (M2)', async () => {
  const heard: LiveEvent[] = []
  const mediaId = await content.uploads(alice, await phoneJpeg(6, 800, 600), 'image/jpeg', false)
  const topic = `events.content.media.changed.${mediaId}`
  const listening = await content.platform.live.attach([topic], (event) => heard.push(event))
  await alice.does('completeMediaUpload', { mediaId })
  const { post } = await alice.does('createPost', { mediaIds: [mediaId] }, 'post { id }')

  const row = await ended(mediaId)
  expect(row).toMatchObject({
    ...{ status: 'READY', progress: 100, failure: null, exposure: 'public', durationMs: null },
    ...{ width: 800, height: 600, hlsKey: null, posterKey: null },
  })
  const sizes = row.renditions.map(({ width, contentType }) => `${width} ${contentType}`)
  expect(sizes).toEqual(
    [150, 320, 640, 800].flatMap((width) => [`${width} image/webp`, `${width} image/jpeg`]),
  )

  await expect.poll(() => content.platform.storage.head(`uploads/${mediaId}`), patience).toBeNull()
  const keys = await objectsOf(mediaId)
  expect(keys).toContain(row.originalKey)
  for (const key of keys) {
    expect(key.startsWith(row.prefix ?? 'none')).toBe(true)
    const bytes = await bytesOf(key)
    expect(bytes.includes(CANARY)).toBe(false)
    expect((await sharp(bytes).metadata()).exif).toBeUndefined()
  }

  const query = 'query ($id: ID!) { post(id: $id) { status media { status renditions { url width } } } }'
  await expect
    .poll(async () => (await content.nobody.asks(query, { id: post.id })).data.post?.status, patience)
    .toBe('PUBLISHED')
  await expect.poll(() => heard.at(-1)?.event.payload, patience).toMatchObject({ status: 'READY' })
  listening.detach()
})

test.each([
  ['a text', Buffer.from('no picture at all, whatever its name says'), 'UNSUPPORTED_TYPE'],
  ['half a picture', null, 'CORRUPT'],
])('%s named .jpg ends FAILED with a code, and may be tried again (M5)', async (_, text, code) => {
  const whole = await phoneJpeg(1)
  const mediaId = await content.uploads(alice, text ?? whole.subarray(0, whole.length / 2), 'image/jpeg')
  const failed = await ended(mediaId)
  expect(failed).toMatchObject({ status: 'FAILED', failure: { code }, renditions: [], prefix: null })
  expect(failed.failure?.message).toMatch(/^[A-Z].*\.$/)

  const body = { contentType: 'image/jpeg', byteSize: whole.length }
  await content.platform.storage.write(`uploads/${mediaId}`, whole, body)
  await alice.does('completeMediaUpload', { mediaId })
  await expect.poll(async () => (await content.row(mediaId))?.status, patience).toBe('READY')
})

test('an empty object ends FAILED, the worker alive', async () => {
  const mediaId = await content.uploads(alice, Buffer.from('x'), 'image/png', false)
  const body = { contentType: 'image/png', byteSize: 0 }
  await content.platform.storage.write(`uploads/${mediaId}`, Buffer.alloc(0), body)
  await alice.does('completeMediaUpload', { mediaId })
  expect((await ended(mediaId)).failure?.code).toBe('EMPTY')
})

test('a private account’s video plays by signed addresses only (V16)', async () => {
  const dora = await content.account({ isPrivate: true })
  const mediaId = await content.uploads(dora, await drawVideo(3), 'video/mp4')
  const row = await ended(mediaId)
  expect(row).toMatchObject({ status: 'READY', exposure: 'private', kind: 'VIDEO' })
  expect(Math.abs((row.durationMs ?? 0) - 3_000)).toBeLessThan(500)

  const { post } = await dora.does(
    'createPost',
    { mediaIds: [mediaId], kind: 'REEL' },
    'post { id status media { hlsUrl posterUrl renditions { url } } }',
  )
  expect(post.status).toBe('PUBLISHED')
  const [media] = post.media
  for (const url of [media.posterUrl, media.renditions[0].url]) {
    expect((await fetch(url)).status).toBe(200)
    expect((await fetch(url.split('?')[0])).status).toBe(403)
  }

  const open = (token: string) => handlePlaylist(content.platform, token)
  const master = await open(media.hlsUrl.slice(media.hlsUrl.indexOf(playlistPath) + playlistPath.length))
  expect(master).toMatchObject({ status: 200, contentType: 'application/vnd.apple.mpegurl' })
  const rungs = master.body.split('\n').filter((line) => line && !line.startsWith('#'))
  expect(rungs.length).toBeGreaterThan(0)
  for (const rung of rungs) {
    const { body } = await open(rung)
    const segments = [...body.matchAll(/^http.*$|(?<=URI=")[^"]+/gm)].map(([url]) => url)
    expect(segments.length).toBeGreaterThan(1)
    for (const url of segments) expect((await fetch(url)).status).toBe(200)
  }
  expect((await open('made.up.m3u8')).status).toBe(404)
})

test('a run that was overtaken cannot finish the item, and the last one does it once', async () => {
  const mediaId = await content.uploads(alice, await phoneJpeg(3), 'image/jpeg', false)
  const { platform, store } = content
  const transact = platform.transact('content')
  // Without its event no worker hears of it: the runs are made here.
  await transact(({ session }) => store.startProcessing(mediaId, new Date(), session))
  const killed = (await store.claimProcessing(mediaId, 'job')) as MediaRow
  const job = createJobs(platform)['transcoding.processMedia']
  const run: JobRun<'transcoding.processMedia'> = {
    ...{ id: 'job', payload: { mediaId }, attempt: 2, lastAttempt: false },
    signal: new AbortController().signal,
  }
  await job(run)
  const finished = (await content.row(mediaId)) as MediaRow
  expect(finished.status).toBe('READY')
  const { _id, fence } = killed
  for (const late of [
    transact(({ session }) => store.finishProcessing({ _id, fence }, finished, new Date(), session)),
    transact(({ session }) => store.setProgress({ _id, fence }, 99, new Date(), session)),
    transact(({ session }) =>
      store.failProcessing({ _id, fence }, { code: 'INTERNAL', message: '' }, new Date(), session),
    ),
  ])
    expect(await late).toBe(false)
  await job(run)
  expect(await content.row(mediaId)).toEqual(finished)
})

test('a run that is told to stop leaves the item to the next one, and nothing on the disk', async () => {
  const mediaId = await content.uploads(alice, await phoneJpeg(1), 'image/jpeg', false)
  const { platform, store } = content
  await platform.transact('content')(({ session }) => store.startProcessing(mediaId, new Date(), session))
  const stop = new AbortController()
  const running = createJobs(platform)['transcoding.processMedia']({
    ...{ id: 'job', payload: { mediaId }, attempt: 5, lastAttempt: true, signal: stop.signal },
  })
  stop.abort(new Error('the worker stops'))
  await expect(running).rejects.toThrow('the worker stops')
  expect((await content.row(mediaId))?.status).toBe('PROCESSING')
  const left = (await readdir(tmpdir())).filter((name) => name.startsWith(`heliograph-work-${process.pid}-`))
  expect(left).toEqual([])
})

test('whoever uploaded what kills its worker each time is told so, once; his next try is not ended by it (X6)', async () => {
  const mediaId = await content.uploads(alice, await phoneJpeg(1), 'image/jpeg', false)
  const { platform, store } = content
  await platform.transact('content')(({ session }) => store.startProcessing(mediaId, new Date(), session))
  await store.claimProcessing(mediaId, 'job')
  const end = createEnds(platform)['transcoding.processMedia']
  const job = { id: 'job', payload: { mediaId } }
  await end?.(job)
  const failed = await content.row(mediaId)
  expect(failed).toMatchObject({ status: 'FAILED', failure: { code: 'INTERNAL' } })
  const events = platform.db('content').collection('outbox')
  const told = { name: 'media.changed', 'payload.mediaId': mediaId, 'payload.status': 'FAILED' }
  expect(await events.countDocuments(told)).toBe(1)
  await end?.(job)
  expect(await content.row(mediaId)).toEqual(failed)
  await platform.transact('content')(({ session }) => store.startProcessing(mediaId, new Date(), session))
  await end?.(job)
  expect(await content.row(mediaId)).toMatchObject({ status: 'PROCESSING', failure: null })
  await store.claimProcessing(mediaId, 'next job')
  await end?.(job)
  expect(await content.row(mediaId)).toMatchObject({ status: 'PROCESSING', failure: null })
  // What was begun before jobs were noted does not wait for ever.
  await platform
    .db('content')
    .collection<MediaRow>('media')
    .updateOne({ _id: mediaId }, { $unset: { jobId: '' } })
  await end?.(job)
  expect(await content.row(mediaId)).toMatchObject({ status: 'FAILED', failure: { code: 'INTERNAL' } })
})
