// A long video from its first rung to its last, through a killed worker and a move, on real servers and with real ffmpeg.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import { handlePlaylist, playlistUrl } from '#platform/playlist.ts'
import type { JobRun } from '#platform/queue.ts'
import type { Platform } from '#platform/service.ts'
import { settleExposure } from '#subgraphs/content/domain/media-exposure.ts'
import { type Asker, type RunningContent, startContent } from '#subgraphs/content/fixtures.ts'
import type { MediaRow } from '#subgraphs/content/model.ts'
import { ffmpeg, scratch } from './domain/fixtures.ts'
import { noting, wholePieces } from './fixtures.ts'
import { createJobs } from './jobs.ts'

let content: RunningContent
let film: Buffer

const drawn = async (seconds: number): Promise<Buffer> => {
  await using dir = await scratch()
  const path = join(dir.path, 'film.mp4')
  const source = [
    '-f',
    'lavfi',
    '-i',
    'testsrc2=size=640x360:rate=12',
    '-f',
    'lavfi',
    '-i',
    'sine=frequency=440',
  ]
  await ffmpeg(
    ...source,
    '-t',
    String(seconds),
    '-c:v',
    'libx264',
    '-preset',
    'ultrafast',
    '-pix_fmt',
    'yuv420p',
    '-c:a',
    'aac',
    path,
  )
  return await readFile(path)
}

beforeAll(async () => {
  content = await startContent()
  film = await drawn(17)
})
afterAll(() => content.stack.disposeAsync())

const row = async (id: string) => (await content.row(id)) as MediaRow
const keysUnder = (prefix: string) => content.platform.storage.listAll(prefix)
const run = (mediaId: string, platform: Platform, signal = new AbortController().signal) =>
  createJobs(platform)['transcoding.processMedia']({
    ...{ id: 'job', payload: { mediaId }, attempt: 1, lastAttempt: false, signal },
  } satisfies JobRun<'transcoding.processMedia'>)
const begun = async (owner: Asker, bytes = film) => {
  const mediaId = await content.uploads(owner, bytes, 'video/mp4')
  const { post } = await owner.does('createPost', { mediaIds: [mediaId] }, 'post { id }')
  return { mediaId, postId: post.id as string }
}
const masterOf = async (media: MediaRow) => content.platform.storage.readText(media.hlsKey ?? '')

test('the lowest rung is shown at once; a killed worker’s pieces are not made again; the rest follows where the objects now are', async () => {
  const alice = await content.account()
  const { mediaId, postId } = await begun(alice)
  const before: string[] = []
  await expect(run(mediaId, noting(content.platform, before, /^work\/.*360p-0001/))).rejects.toThrow()

  const first = await row(mediaId)
  expect(first).toMatchObject({ status: 'READY', unfinished: true, exposure: 'public', progress: 100 })
  expect((await masterOf(first)).match(/RESOLUTION=\d+x\d+/g)).toEqual(['RESOLUTION=426x240'])
  await content.settles()
  const seen = await content.nobody.asks('query ($id: ID!) { post(id: $id) { media { hlsUrl } } }', {
    id: postId,
  })
  const master = await fetch(seen.data.post.media[0].hlsUrl)
  expect(master.status).toBe(200)
  expect(await content.platform.storage.head(`uploads/${mediaId}`)).not.toBeNull()

  // Between the two runs the account goes private, and the objects move.
  const users = content.platform.db('user').collection<AccountRow>('users')
  await users.updateOne({ _id: alice.id }, { $set: { isPrivate: true }, $inc: { version: 1 } })
  await content.platform.facts.accounts.refresh([alice.id])
  const { accounts } = content.platform.facts
  const deps = { ...content.store, accounts, storage: content.platform.storage, now: () => new Date() }
  await settleExposure(deps, mediaId, new AbortController().signal)
  expect(await keysUnder(`public/media/${mediaId}/`)).toEqual([])

  const after: string[] = []
  await run(mediaId, noting(content.platform, after))
  expect(wholePieces(before)).toEqual(['240p-0000', '240p-0001', '360p-0000', 'sound'])
  expect(wholePieces(after)).toEqual(['360p-0001'])

  const last = await row(mediaId)
  expect(last).toMatchObject({ status: 'READY', unfinished: false, exposure: 'private' })
  expect((await masterOf(last)).match(/RESOLUTION=\d+x\d+/g)).toEqual([
    'RESOLUTION=426x240',
    'RESOLUTION=640x360',
  ])
  const keys = await keysUnder(last.prefix ?? '')
  for (const key of [last.hlsKey, last.previewKey, last.thumbnailsKey, last.posterKey])
    expect(keys).toContain(key)
  expect(await keysUnder(`public/media/${mediaId}/`)).toEqual([])
  expect(await keysUnder(`work/${mediaId}/`)).toEqual([])
  // The track of a private video names pictures that its holder can fetch, and nobody else.
  const url = playlistUrl(content.platform.signer('playlist'), 'http://heliograph.test', {
    ...{ key: last.thumbnailsKey ?? '', expiresAt: Date.now() + 60_000 },
  })
  const track = await handlePlaylist(content.platform, url.slice(url.lastIndexOf('/') + 1))
  expect([track.status, track.contentType]).toEqual([200, 'text/vtt'])
  const [picture = ''] = /^http\S+(?=#xywh=0,0,)/m.exec(track.body) ?? []
  expect((await fetch(picture)).headers.get('content-type')).toBe('image/jpeg')
  expect((await fetch(picture.split('?')[0] ?? '')).status).toBe(403)
  expect(await content.platform.storage.head(`uploads/${mediaId}`)).toBeNull()
})

test('what is shown by its lowest rung stays shown when the rest fails for good (M5)', async () => {
  const alice = await content.account()
  const { mediaId, postId } = await begun(alice)
  await createJobs(noting(content.platform, [], /^work\/.*360p-0001/))['transcoding.processMedia']({
    ...{ id: 'job', payload: { mediaId }, attempt: 5, lastAttempt: true },
    signal: new AbortController().signal,
  } satisfies JobRun<'transcoding.processMedia'>)
  const kept = await row(mediaId)
  expect(kept).toMatchObject({ status: 'READY', unfinished: false, failure: null, progress: 100 })

  await content.settles()
  const seen = await content.nobody.asks(
    'query ($id: ID!) { post(id: $id) { status media { status hlsUrl failure { code } } } }',
    { id: postId },
  )
  const [item] = seen.data.post.media
  expect([seen.data.post.status, item.status, item.failure]).toEqual(['PUBLISHED', 'READY', null])
  /** A playlist's text and the addresses in it. */
  const follow = async (url: string) => {
    const answer = await fetch(url)
    expect(answer.status, url).toBe(200)
    const text = await answer.text()
    const lines = text.split('\n').filter((line) => line && !line.startsWith('#'))
    return { text, urls: lines.map((line) => new URL(line, url).href) }
  }
  const master = await follow(item.hlsUrl)
  expect(master.text.match(/RESOLUTION=\d+x\d+/g)).toEqual(['RESOLUTION=426x240'])
  const rung = await follow(master.urls[0] ?? '')
  expect(rung.urls.length).toBeGreaterThan(2)
  for (const url of rung.urls) expect((await fetch(url)).status, url).toBe(200)
  // Nothing is left that a later run could go on with, and none does.
  expect(await keysUnder(`work/${mediaId}/`)).toEqual([])
  expect(await content.platform.storage.head(`uploads/${mediaId}`)).toBeNull()
  await run(mediaId, content.platform)
  expect(await row(mediaId)).toEqual(kept)
})

test('the owner hears how far his video is, between nothing and all', async () => {
  const alice = await content.account()
  const mediaId = await content.uploads(alice, film, 'video/mp4')
  const document = 'subscription ($id: ID!) { mediaProgress(mediaId: $id) { media { status progress } } }'
  const heard: { status: string; progress: number }[] = []
  let asking: Promise<unknown> = Promise.resolve()
  const underway = Promise.withResolvers<void>()
  const { live, config, storage } = content.platform
  const listening = await live.attach([`events.content.media.changed.${mediaId}`], (event) => {
    asking = asking.then(async () => {
      const { data } = await alice.asks(document, { id: mediaId }, event)
      const { media } = data.mediaProgress
      heard.push(media)
      if (media.progress > 0 && media.progress < 100) underway.resolve()
    })
  })
  // The last piece is not put away before he has heard of the others.
  const waiting: Platform = {
    ...content.platform,
    config: { ...config, publishAt: 'HIGHEST' },
    storage: {
      ...storage,
      async write(key, body, object) {
        if (/^work\/.*360p-0001/.test(key)) await underway.promise
        await storage.write(key, body, object)
      },
    },
  }
  await run(mediaId, waiting)
  await expect.poll(() => heard.at(-1), { timeout: 20_000 }).toEqual({ status: 'READY', progress: 100 })
  listening.detach()
  const percents = heard.map((media) => media.progress)
  expect(percents).toEqual(percents.toSorted((a, b) => a - b))
  const between = heard.filter((media) => media.progress > 0 && media.progress < 100)
  expect(new Set(between.map((media) => media.status))).toEqual(new Set(['PROCESSING']))
})

test('PUBLISH_AT=HIGHEST shows nothing before all is there', async () => {
  const alice = await content.account()
  const { mediaId } = await begun(alice)
  const { config } = content.platform
  const highest = (platform: Platform): Platform => ({
    ...platform,
    config: { ...config, publishAt: 'HIGHEST' },
  })
  await expect(run(mediaId, highest(noting(content.platform, [], /^work\/.*360p-0001/)))).rejects.toThrow()
  expect(await row(mediaId)).toMatchObject({ status: 'PROCESSING', hlsKey: null })
  await run(mediaId, highest(content.platform))
  const media = await row(mediaId)
  expect(media).toMatchObject({ status: 'READY', exposure: 'public' })
  expect((await masterOf(media)).match(/RESOLUTION/g)).toHaveLength(2)
})

test('what failed by this machine’s fault ends FAILED with a code, and its owner can have it processed again (M5)', async () => {
  const alice = await content.account()
  const id = await content.uploads(alice, film, 'video/mp4')
  const { platform } = content
  const lost = { ...platform, config: { ...platform.config, ffmpegPath: '/nowhere/ffmpeg' } }
  const last = (on: Platform) =>
    createJobs(on)['transcoding.processMedia']({
      ...{ id: 'job', payload: { mediaId: id }, attempt: 5, lastAttempt: true },
      signal: new AbortController().signal,
    } satisfies JobRun<'transcoding.processMedia'>)
  await last(lost)
  expect(await row(id)).toMatchObject({ status: 'FAILED', failure: { code: 'INTERNAL' } })
  // The bytes are still there: nothing is to be sent again.
  const again = await alice.does('completeMediaUpload', { mediaId: id }, 'media { status failure { code } }')
  expect(again.media).toEqual({ status: 'PROCESSING', failure: null })
  await last(platform)
  expect(await row(id)).toMatchObject({ status: 'READY', failure: null, durationMs: expect.any(Number) })
})

test('captions are put on, replaced and taken away, go with the video, and must be WebVTT', async () => {
  const alice = await content.account()
  const bob = await content.account()
  const { mediaId } = await begun(alice, await drawn(2))
  const cues = (words: string) =>
    `\uFEFFWEBVTT\r\n\r\n1\r\n00:01.000 --> 00:02.500 line:90%\r\n${words}\r\n\r\n00:00:03.000 --> 00:00:04.000\r\nEnd\r\n`
  const put = (webVtt: string | null, language = 'EN-us', asker = alice) =>
    asker.does('setMediaCaptions', { mediaId, language, webVtt }, 'media { captions { language url } }')
  expect(await put(cues('early'))).toMatchObject({ userErrors: [{ code: 'CONFLICT' }] })
  await run(mediaId, content.platform)
  await content.settles()

  const bare = await masterOf(await row(mediaId))
  const [set] = (await put(cues('Hello'))).media.captions
  expect(set.language).toBe('en-US')
  const answer = await fetch(set.url)
  expect(answer.headers.get('content-type')).toMatch(/^text\/vtt/)
  expect(await answer.text()).toMatch(/^WEBVTT\n\n1\n00:01\.000 --> 00:02\.500 line:90%\nHello\n/)
  // A player finds them by itself, also of a private video.
  const { captionedHlsKey, prefix } = await row(mediaId)
  const signer = content.platform.signer('playlist')
  const payload = { key: captionedHlsKey ?? '', expiresAt: Date.now() + 60_000 }
  const played = async (url: string) =>
    (await handlePlaylist(content.platform, url.split('/').at(-1) ?? '')).body
  const master = await played(playlistUrl(signer, 'http://localhost', payload))
  expect(master.match(/SUBTITLES="captions"/g)).toHaveLength(bare.match(/EXT-X-STREAM-INF/g)?.length ?? 0)
  const playlist = await played(/TYPE=SUBTITLES,.*LANGUAGE="en-US".*URI="([^"]+)"/.exec(master)?.[1] ?? '')
  const file = playlist.split('\n').find((line) => line.startsWith('http')) ?? ''
  expect(await (await fetch(file)).text()).toContain('Hello')

  const [changed] = (await put(cues('Good day'))).media.captions
  // Who was shown it a moment ago can still play the video.
  expect(await content.platform.storage.head(captionedHlsKey ?? '')).not.toBeNull()
  expect(changed.url).not.toBe(set.url)
  expect((await fetch(set.url)).status).toBe(404)
  expect((await put(null)).media.captions).toEqual([])
  expect((await fetch(changed.url)).status).toBe(404)
  expect(await row(mediaId)).toMatchObject({ captionedHlsKey: null })
  const left = (await content.platform.storage.listAll(prefix ?? '')).filter((key) =>
    key.includes('captions/'),
  )
  expect(left).toEqual([])

  for (const bad of [
    'no captions at all',
    'WEBVTT\n\n',
    'WEBVTT\n\nSTYLE\n::cue { background: url(http://127.0.0.1/) }\n\n00:01.000 --> 00:02.000\nHi\n',
    'WEBVTT\n\n00:02.000 --> 00:01.000\nbackwards\n',
    'WEBVTT\n\n00:05.000 --> 00:06.000\na\n\n00:01.000 --> 00:02.000\nb\n',
    'WEBVTT\n\n1:2:3 --> 4\nx\n',
  ])
    expect(await put(bad), bad).toMatchObject({
      userErrors: [{ code: 'INVALID', field: ['input', 'webVtt'] }],
    })
  expect(await put(cues('x'), 'not a language!')).toMatchObject({
    userErrors: [{ code: 'INVALID', field: ['input', 'language'] }],
  })
  expect((await put(cues('x'), 'en', bob)).userErrors[0].code).toMatch(/FORBIDDEN|NOT_FOUND/)
})
