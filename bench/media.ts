// Pictures and videos from their bytes to what is served, against the bare library and the bare encoder.
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import type { JobRun } from '#platform/queue.ts'
import type { Platform } from '#platform/service.ts'
import { newId } from '#schema/ids.ts'
import { reservedMedia } from '#subgraphs/content/domain/uploads.ts'
import type { MediaRow } from '#subgraphs/content/model.ts'
import { testPlatform } from '../tests/platform.ts'
import { type EncodeOptions, encodeAtOnce } from '../workers/transcoding/domain/encode.ts'
import { binaries, ffmpeg } from '../workers/transcoding/domain/fixtures.ts'
import { renditionSizes, WIDTHS } from '../workers/transcoding/domain/image-sizes.ts'
import { ladderFor, outputRate } from '../workers/transcoding/domain/ladder.ts'
import { renderMedia } from '../workers/transcoding/domain/media.ts'
import { noPieceStore } from '../workers/transcoding/domain/pieces.ts'
import { judgeProbe, probe } from '../workers/transcoding/domain/probe.ts'
import { createJobs } from '../workers/transcoding/jobs.ts'
import type { Figure, Measurement } from './figure.ts'
import { scaled } from './size.ts'

const pictures = scaled(12, 4)
const atOnce = 2
const size = { width: 2_000, height: 1_500 }
const filmSeconds = scaled(60, 12)

/** A picture with something in it: waves and grain. */
async function photograph(): Promise<Buffer> {
  const { width, height } = size
  const pixels = Buffer.alloc(width * height * 3)
  for (let at = 0; at < pixels.length; at++) {
    const x = ((at / 3) | 0) % width
    pixels[at] = 128 + 90 * Math.sin(x / (40 + (at % 3))) * Math.cos(at / width / 200) + ((at * 7_919) % 31)
  }
  return await sharp(pixels, { raw: { ...size, channels: 3 } })
    .jpeg({ quality: 88 })
    .toBuffer()
}

/** Some tasks, a few at a time; how many of them a second. */
async function rateOf(count: number, task: (at: number) => Promise<void>): Promise<Measurement> {
  const began = performance.now()
  let next = 0
  const lane = async () => {
    while (next < count) await task(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, lane))
  return { rate: (count * 1000) / (performance.now() - began) }
}

/** The same sizes, formats and objects with sharp alone: one decode each, nothing fenced, nothing checked. */
async function drawByHand({ storage }: Platform, bytes: Buffer): Promise<void> {
  const prefix = `private/media/${newId('media')}/hand/`
  const { data, info } = await sharp(bytes).autoOrient().raw().toBuffer({ resolveWithObject: true })
  const raw = { width: info.width, height: info.height, channels: info.channels }
  const put = async (name: string, contentType: string, body: Buffer) =>
    storage.write(prefix + name, body, { contentType, byteSize: body.length })
  const sizes = [{ width: 150, height: 150 }, ...renditionSizes(info, WIDTHS.IMAGE)]
  for (const { width, height } of sizes) {
    const resized = sharp(data, { raw }).resize(width, height, { fit: 'cover' })
    await Promise.all([
      put(`${width}.webp`, 'image/webp', await resized.clone().webp({ quality: 80, effort: 2 }).toBuffer()),
      put(
        `${width}.jpg`,
        'image/jpeg',
        await resized.clone().jpeg({ quality: 82, progressive: true }).toBuffer(),
      ),
    ])
  }
  const whole = await sharp(data, { raw }).jpeg({ quality: 90, progressive: true }).toBuffer()
  await put('original.jpg', 'image/jpeg', whole)
}

/** The row of a picture that was sent and waits for the worker. */
export function mediaRow(_id: string, byteSize: number): MediaRow {
  const request = { kind: 'IMAGE', contentType: 'image/jpeg', byteSize } as const
  return { ...reservedMedia(_id, newId('user'), request, new Date()), status: 'PROCESSING' }
}

/** A worker, and what it does of a picture. */
async function openWorker(stack: AsyncDisposableStack) {
  const { platform, stack: platformStack } = await testPlatform()
  stack.defer(() => platformStack.disposeAsync())
  const bytes = await photograph()
  const process = createJobs(platform)['transcoding.processMedia']
  const rows = platform.db('content').collection<MediaRow>('media')
  const work = async (): Promise<MediaRow> => {
    const mediaId = newId('media')
    await platform.storage.write(`uploads/${mediaId}`, bytes, {
      contentType: 'image/jpeg',
      byteSize: bytes.length,
    })
    await rows.insertOne(mediaRow(mediaId, bytes.length))
    const run = {
      id: mediaId,
      payload: { mediaId },
      attempt: 1,
      lastAttempt: true,
      signal: new AbortController().signal,
    }
    await process(run satisfies JobRun<'transcoding.processMedia'>)
    const row = await rows.findOne({ _id: mediaId })
    if (row?.status !== 'READY') throw new Error(`a picture ended ${row?.status}`)
    return row
  }
  return { platform, bytes, work }
}

/** Pictures a second. */
export async function mediaImages(stack: AsyncDisposableStack): Promise<Figure> {
  const { platform, bytes, work } = await openWorker(stack)
  const draw = async () => void (await work())
  // Neither begins with a process that has to be started, or a page of code that has to be read.
  await draw()
  await drawByHand(platform, bytes)
  return {
    rounds: 9,
    name: 'media-images',
    what: `${pictures} photographs of ${size.width}×${size.height}, ${atOnce} at a time, to the same renditions and objects: by the worker’s job, with its row, its fences and its checks, and by sharp alone.`,
    units: { rate: 'pictures/s' },
    better: 'more',
    aim: 0.75,
    product: { name: 'worker', measure: () => rateOf(pictures, draw) },
    baseline: { name: 'sharp', measure: () => rateOf(pictures, () => drawByHand(platform, bytes)) },
  }
}

/** Posts of a page of the feed, each with one picture, and how wide the phone is that shows it, in its own pixels. */
const page = { posts: 20, width: 780 }

/** Bytes that a feed page sends, and that an upload keeps. */
export async function mediaBytes(stack: AsyncDisposableStack): Promise<Figure> {
  const { platform, bytes, work } = await openWorker(stack)
  const kilobytes = (sum: number) => sum / 1_000
  const sizeOf = async (key: string) => (await platform.storage.head(key))?.byteSize ?? 0
  const measure = async (): Promise<Measurement> => {
    const row = await work()
    const sizes = await Promise.all((await platform.storage.listAll(row.prefix ?? '')).map(sizeOf))
    const shown = row.renditions.find(
      ({ contentType, width, height }) =>
        contentType === 'image/webp' && width >= page.width && width !== height,
    )
    if (!shown) throw new Error('no rendition is wide enough')
    const stored = sizes.reduce((sum, size) => sum + size, 0)
    return { page: kilobytes(page.posts * (await sizeOf(shown.key))), stored: kilobytes(stored) }
  }
  return {
    rounds: 1,
    name: 'media-bytes',
    what: `A photograph of ${size.width}×${size.height}: bytes that a feed page of ${page.posts} sends to a phone ${page.width} pixels wide, and bytes that all objects of one upload take; the uploads as they came.`,
    units: { page: 'kB a page', stored: 'kB an upload' },
    better: 'less',
    aim: null,
    product: { name: 'renditions', measure },
    baseline: {
      name: 'uploads',
      measure: async () => ({ page: kilobytes(page.posts * bytes.length), stored: kilobytes(bytes.length) }),
    },
  }
}

export type Film = { dir: string; path: string }

/** A film of a minute. */
export async function drawFilm(stack: AsyncDisposableStack, ...coding: string[]): Promise<Film> {
  const dir = await mkdtemp(join(tmpdir(), 'heliograph-bench-'))
  stack.defer(() => rm(dir, { recursive: true, force: true }))
  const path = join(dir, 'film.mp4')
  const source = [
    '-f',
    'lavfi',
    '-i',
    'testsrc2=size=1280x720:rate=30',
    '-f',
    'lavfi',
    '-i',
    'sine=frequency=440',
  ]
  const x264 = ['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-ac', '2']
  await ffmpeg(...source, '-t', String(filmSeconds), ...x264, ...coding, path)
  return { dir, path }
}

/** Seconds of a run in a folder of its own. */
async function timed(
  { dir }: Film,
  run: (outDir: string) => Promise<number | undefined>,
): Promise<Measurement> {
  const outDir = await mkdtemp(join(dir, 'out-'))
  const began = performance.now()
  const ended = await run(outDir)
  const seconds = ((ended ?? performance.now()) - began) / 1000
  await rm(outDir, { recursive: true, force: true })
  return { seconds }
}

/** The whole ladder by one run of the encoder, as it is: no poster, no checks. */
const plainLadder =
  ({ path }: Film) =>
  async (outDir: string): Promise<undefined> => {
    const source = await probe(path, 'MP4', binaries, judgeProbe)
    const frameRate = outputRate(source.frameRate)
    const rungs = ladderFor({ ...source, frameRate })
    const options: EncodeOptions = { ffmpeg: binaries.ffmpeg, pieces: noPieceStore, onPercent: () => {} }
    await encodeAtOnce({ inputPath: path, format: 'MP4', source, frameRate, rungs, outDir }, options)
  }

const ladderFigure = (
  film: Film,
  name: string,
  what: string,
  aim: number,
  product: Figure['product'],
): Figure => ({
  ...{ name, what, aim, product, units: { seconds: 's' }, better: 'less' },
  baseline: { name: 'ffmpeg', measure: () => timed(film, plainLadder(film)) },
})

/** Seconds until something can be played. */
export async function mediaFirst(stack: AsyncDisposableStack): Promise<Figure> {
  const film = await drawFilm(stack)
  const what = `A film of ${filmSeconds} s of 720p: until its lowest rung can be played, and until ffmpeg alone has made the whole ladder in one run.`
  return ladderFigure(film, 'media-first', what, 1 / 0.3, {
    name: 'worker',
    measure: () =>
      timed(film, async (outDir) => {
        const enough = new AbortController()
        let first: number | undefined
        const onFirst = async () => {
          first = performance.now()
          enough.abort()
        }
        const options = { contentType: 'video/mp4', binaries, onFirst, signal: enough.signal }
        await renderMedia(film.path, outDir, options).catch(() => {})
        return first
      }),
  })
}

/** Seconds until the whole ladder is there. */
export async function mediaLadder(stack: AsyncDisposableStack): Promise<Figure> {
  const film = await drawFilm(stack)
  const what = `The same film until all is there, poster, preview and small pictures included, and ffmpeg’s ladder alone.`
  return ladderFigure(film, 'media-ladder', what, 1 / 1.3, {
    name: 'worker',
    measure: () =>
      timed(film, async (outDir) => {
        await renderMedia(film.path, outDir, { contentType: 'video/mp4', binaries })
        return undefined
      }),
  })
}

/** Seconds for a film that needs no encoding. */
export async function mediaPassthrough(stack: AsyncDisposableStack): Promise<Figure> {
  const film = await drawFilm(
    stack,
    '-g',
    '60',
    '-maxrate',
    '3M',
    '-bufsize',
    '6M',
    '-movflags',
    '+faststart',
  )
  if ((await readFile(film.path)).length === 0) throw new Error('no film')
  const what = `A film of ${filmSeconds} s of 720p that was prepared for the network, cut as it is, with poster, preview and small pictures; ffmpeg’s ladder alone.`
  return ladderFigure(film, 'media-passthrough', what, 10, {
    name: 'worker',
    measure: () =>
      timed(film, async (outDir) => {
        await renderMedia(film.path, outDir, { contentType: 'video/mp4', binaries })
        return undefined
      }),
  })
}
