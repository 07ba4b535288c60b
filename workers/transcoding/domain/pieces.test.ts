// Long videos in pieces: cut so that nobody sees where, made in the right order, and never twice.
import { cp, mkdir, readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import sharp from 'sharp'
import { expect, test, vi } from 'vitest'
import { binaries, CANARY, ffmpeg, ffprobe, scratch } from './fixtures.ts'
import { ladderFor } from './ladder.ts'
import type { MediaManifest } from './manifest.ts'
import { renderMedia } from './media.ts'
import { type PieceStore, planPieces } from './pieces.ts'
import { readInitAndSegments } from './playlist.ts'

vi.setConfig({ testTimeout: 120_000 })

const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p']
const SINE = ['-f', 'lavfi', '-i', 'sine=frequency=440']
/** Every second a little brighter, so that a picture tells its time. */
const stairs = (size: string, rate: string) => [
  ...[
    '-f',
    'lavfi',
    '-i',
    `color=black:s=32x18:r=${rate},geq=lum='16+floor(T)*10':cb=128:cr=128,scale=${size.replace('x', ':')}`,
  ],
]

/** Keeps pieces in a folder, and counts. */
function folderStore(dir: string): PieceStore & { saved: string[]; fetched: string[] } {
  const saved: string[] = []
  const fetched: string[] = []
  return {
    saved,
    fetched,
    list: async () => new Set(await readdir(dir).catch(() => [])),
    async fetch(name, to) {
      fetched.push(name)
      await cp(join(dir, name), to, { recursive: true })
    },
    async save(name, from) {
      await mkdir(dir, { recursive: true })
      await cp(from, join(dir, name), { recursive: true })
      saved.push(name)
    },
  }
}

/** Mean brightness of one picture a second of a rung. */
async function brightnessOf(dir: string, scratchDir: string): Promise<number[]> {
  const whole = join(scratchDir, 'whole.mp4')
  await writeFile(whole, await readInitAndSegments(dir))
  const frames = join(scratchDir, 'frames')
  await mkdir(frames, { recursive: true })
  await ffmpeg(
    '-i',
    whole,
    '-vf',
    "select='not(mod(n-15,30))'",
    '-vsync',
    'passthrough',
    join(frames, '%03d.png'),
  )
  const names = (await readdir(frames)).sort()
  return await Promise.all(
    names.map(async (name) => (await sharp(join(frames, name)).stats()).channels[0]?.mean ?? 0),
  )
}

const rungs = ladderFor({ width: 640, height: 360, frameRate: { frames: 30, seconds: 1 } })
test.each([
  [null, 30, 1, 0],
  [8, 30, 1, 0],
  [11.9, 30, 1, 0],
  [12.1, 30, 1, 2],
  [60, 30, 1, 8],
  [60, 30_000, 1_001, 7],
  [900, 60, 1, 113],
])('%s s at %i/%i are %i pieces a rung', (seconds, frames, per, count) => {
  const plan = planPieces(seconds, { frames, seconds: per }, rungs)
  expect(plan.length).toBe(count * 2)
  // The lowest rung of all comes before any other.
  expect(plan.slice(0, count).every((piece) => piece.rungs.length === 1 && piece.rungs[0] === rungs[0])).toBe(
    true,
  )
  expect(plan.filter((piece) => piece.frames === null).length).toBe(count === 0 ? 0 : 2)
  expect(new Set(plan.map((piece) => piece.name)).size).toBe(plan.length)
})

test.each(['30', '30000/1001'])(
  'at %s pictures a second the pieces are one video without a seam (M4)',
  async (rate) => {
    await using dir = await scratch()
    const inputPath = join(dir.path, 'upload')
    await ffmpeg(
      ...stairs('426x240', rate),
      ...SINE,
      '-t',
      '20',
      ...X264,
      '-c:a',
      'aac',
      '-f',
      'mp4',
      inputPath,
    )
    const outDir = join(dir.path, 'out')
    const store = folderStore(join(dir.path, 'kept'))
    const percents: number[] = []
    const manifest = await renderMedia(inputPath, outDir, {
      ...{ contentType: 'video/mp4', binaries, pieces: store },
      onProgress: (percent) => percents.push(percent),
    })
    expect(store.saved.length).toBeGreaterThan(2)
    expect(percents.every((percent, at) => percent >= (percents[at - 1] ?? 0))).toBe(true)
    expect(new Set(percents).size).toBeGreaterThan(5)
    expect(Math.abs((manifest.durationMs ?? 0) - 20_000)).toBeLessThan(500)
    expect(manifest.files.some((file) => file.path.startsWith('.'))).toBe(false)

    const rung = join(outDir, '240p')
    const { packets = [] } = await ffprobe(join(rung, 'index.m3u8'), 'packets')
    const times = packets.map((packet) => Number(packet.pts_time)).sort((a, b) => a - b)
    const [frames = 0, per = 1] = rate.split('/').map(Number)
    expect(Math.abs(times.length - (20 * frames) / per)).toBeLessThanOrEqual(1)
    const steps = times.slice(1).map((time, at) => time - (times[at] ?? 0))
    for (const step of steps) expect(Math.abs(step - per / frames)).toBeLessThan(0.001)
    // Every second shows its own brightness: nothing is doubled or left out where pieces meet.
    const seen = await brightnessOf(rung, dir.path)
    expect(seen.length).toBeGreaterThanOrEqual(19)
    for (const [second, value] of seen.entries()) {
      expect(Math.abs(value - Math.min(255, (second * 10 * 255) / 219)), `second ${second}`).toBeLessThan(6)
    }
  },
)

test('what is done is not done again, the lowest rung is announced first, and what is made is the same', async () => {
  await using dir = await scratch()
  const inputPath = join(dir.path, 'upload')
  await ffmpeg(
    ...['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=30'],
    ...SINE,
    '-t',
    '18',
    ...X264,
    '-c:a',
    'aac',
    '-f',
    'mp4',
    inputPath,
  )
  const kept = join(dir.path, 'kept')
  const render = async (
    name: string,
    pieces: PieceStore,
    onFirst?: (manifest: MediaManifest) => Promise<void>,
  ) =>
    renderMedia(inputPath, join(dir.path, name), {
      ...{ contentType: 'video/mp4', binaries, pieces },
      ...(onFirst ? { onFirst } : {}),
    })

  const killed = folderStore(kept)
  const firsts: MediaManifest[] = []
  await expect(
    render('a', killed, async (manifest) => {
      firsts.push(manifest)
      expect(manifest.hls?.master).toBe('first.m3u8')
      const master = await readFile(join(dir.path, 'a', 'first.m3u8'), 'utf8')
      expect(master.match(/RESOLUTION/g)).toHaveLength(1)
      expect(manifest.files.some((file) => file.path.startsWith('360p'))).toBe(false)
      throw new Error('killed')
    }),
  ).rejects.toMatchObject({ code: 'INTERNAL' })
  expect(firsts.length).toBe(1)
  expect(killed.saved.sort()).toEqual(['240p-0000', '240p-0001', 'sound'])

  const again = folderStore(kept)
  const manifest = await render('b', again)
  expect(again.fetched.sort()).toEqual(killed.saved)
  expect(again.saved.sort()).toEqual(['360p-0000', '360p-0001'])
  const { streams = [] } = await ffprobe(join(dir.path, 'b', 'master.m3u8'), 'streams')
  expect(streams.filter((stream) => stream.codec_type === 'video').map((stream) => stream.height)).toEqual([
    240, 360,
  ])
  for (const { path } of firsts[0]?.files ?? []) {
    if (!path.startsWith('240p/') && !path.startsWith('audio/')) continue
    expect(
      (await readFile(join(dir.path, 'b', path))).equals(await readFile(join(dir.path, 'a', path))),
      path,
    ).toBe(true)
  }
  expect(manifest.hls?.master).toBe('master.m3u8')
})

test('two pieces are at work at once and never three', async () => {
  await using dir = await scratch()
  const inputPath = join(dir.path, 'upload')
  const source = ['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=12', ...SINE, '-t', '33']
  await ffmpeg(...source, ...X264, '-c:a', 'aac', '-f', 'mp4', inputPath)

  const signal = AbortSignal.timeout(60_000)
  const late = new Promise<never>((_, reject) =>
    signal.addEventListener('abort', () => reject(new Error('no second piece was made meanwhile'))),
  )
  late.catch(() => {})
  // The first of each stage is kept only when a second is there to be kept too: made one after the other, none would ever be.
  const waits = new Map<string, { names: string[]; met: PromiseWithResolvers<void> }>()
  const done = new Set<string>()
  const inHand: number[] = []
  const pieces: PieceStore = {
    list: async () => new Set(),
    fetch: async () => {},
    async save(name, from) {
      // Each that is begun has its folder beside this one.
      const begun = await readdir(dirname(from))
      inHand.push(begun.filter((one) => !done.has(one)).length)
      const stage = name.startsWith('360p') ? 'rest' : 'first'
      const wait = waits.get(stage) ?? { names: [], met: Promise.withResolvers<void>() }
      waits.set(stage, wait)
      wait.names.push(name)
      if (wait.names.length === 2) wait.met.resolve()
      await Promise.race([wait.met.promise, late])
      done.add(name)
    },
  }
  await renderMedia(inputPath, join(dir.path, 'out'), {
    ...{ contentType: 'video/mp4', binaries, pieces, signal },
  })
  expect(waits.get('first')?.names).toHaveLength(5)
  expect(waits.get('rest')?.names).toHaveLength(4)
  expect(Math.max(...inHand)).toBe(2)
})

test('a film that was prepared for the network is cut as it is, without what its encoder noted', async () => {
  await using dir = await scratch()
  const inputPath = join(dir.path, 'upload')
  const source = ['-f', 'lavfi', '-i', 'testsrc2=size=640x360:rate=30', ...SINE, '-t', '10']
  const coded = [
    ...X264,
    '-g',
    '60',
    '-b:v',
    '700k',
    '-c:a',
    'aac',
    '-ac',
    '2',
    '-metadata',
    `title=${CANARY}`,
  ]
  await ffmpeg(
    ...source,
    ...coded,
    '-metadata:s:v',
    `handler_name=${CANARY}`,
    '-movflags',
    '+faststart',
    '-f',
    'mp4',
    inputPath,
  )
  expect((await readFile(inputPath)).includes('x264 - core')).toBe(true)
  const outDir = join(dir.path, 'out')
  const manifest = await renderMedia(inputPath, outDir, { contentType: 'video/mp4', binaries })
  expect(Math.abs((manifest.durationMs ?? 0) - 10_000)).toBeLessThan(500)
  const folders = new Set(manifest.files.map((file) => file.path.split('/')[0]))
  expect([...folders].filter((name) => name?.endsWith('p'))).toEqual(['360p'])
  for (const { path } of manifest.files) {
    const bytes = await readFile(join(outDir, path))
    expect(bytes.includes(CANARY), path).toBe(false)
    if (path.startsWith('360p')) expect(bytes.includes('x264 - core'), path).toBe(false)
  }
  // The same pictures, to the bit.
  const whole = join(dir.path, 'whole.mp4')
  await writeFile(whole, await readInitAndSegments(join(outDir, '360p')))
  const hashes = await Promise.all(
    [inputPath, whole].map(async (path) => {
      const list = join(dir.path, `${path === whole}.md5`)
      await ffmpeg('-i', path, '-map', '0:v', '-f', 'framemd5', list)
      const lines = (await readFile(list, 'utf8')).split('\n').filter((line) => line && !line.startsWith('#'))
      return lines.map((line) => line.split(',').at(-1)?.trim())
    }),
  )
  expect(hashes[0]?.length).toBe(300)
  expect(hashes[1]).toEqual(hashes[0])
  const { packets = [] } = await ffprobe(join(outDir, '360p', 'index.m3u8'), 'packets')
  expect(Math.min(...packets.map((packet) => Number(packet.pts_time)))).toBeLessThan(0.1)
})

test('the preview is silent and short, the small pictures are where their track says', async () => {
  await using dir = await scratch()
  const inputPath = join(dir.path, 'upload')
  await ffmpeg(...stairs('854x480', '24'), ...SINE, '-t', '9', ...X264, '-c:a', 'aac', '-f', 'mp4', inputPath)
  const outDir = join(dir.path, 'out')
  const manifest = await renderMedia(inputPath, outDir, { contentType: 'video/mp4', binaries })
  const { streams = [], format } = (await ffprobe(
    join(outDir, manifest.preview?.path ?? ''),
    'streams',
    'format',
  )) as never as {
    streams?: { codec_type: string; height: number; width: number }[]
    format?: { duration: string }
  }
  expect(streams.map(({ codec_type, height }) => [codec_type, height])).toEqual([['video', 360]])
  expect(Math.abs(Number(format?.duration) - 3)).toBeLessThan(0.2)

  const track = await readFile(join(outDir, manifest.thumbnails?.path ?? ''), 'utf8')
  const cues = [...track.matchAll(/^(\S+) --> (\S+)\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$/gm)]
  expect(cues.map((cue) => cue[1])).toEqual([0, 2, 4, 6, 8].map((second) => `00:00:0${second}.000`))
  expect(cues.at(-1)?.[2]).toBe('00:00:09.000')
  for (const [at, cue] of cues.entries()) {
    const [left = 0, top = 0, width = 0, height = 0] = cue.slice(4).map(Number)
    const part = await sharp(join(outDir, cue[3] ?? ''))
      .extract({ left, top, width, height })
      .toBuffer()
    const mean = (await sharp(part).stats()).channels[0]?.mean ?? 0
    expect(Math.abs(mean - (at * 2 * 10 * 255) / 219), `picture ${at}`).toBeLessThan(8)
  }
})
