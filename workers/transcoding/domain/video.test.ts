import { readFile, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import { failureOfFfmpeg, progressOf } from './encode.ts'
import * as made from './fixtures.ts'
import type { MediaManifest } from './manifest.ts'
import { renderMedia } from './media.ts'
import { judgeProbe, probe } from './probe.ts'

vi.setConfig({ testTimeout: 60_000 })

const { binaries, ffmpeg, ffprobe } = made
const lavfi = (graph: string) => ['-f', 'lavfi', '-i', graph]
const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p']
const SINE = lavfi('sine=frequency=440:sample_rate=44100')

type Check = (manifest: MediaManifest, outDir: string) => unknown

/** Makes a source with `make`, renders it, and checks what holds for every video. */
async function render(make: (path: string) => Promise<void>, check: Check, extension = 'mp4'): Promise<void> {
  await using dir = await made.scratch()
  const inputPath = join(dir.path, `upload.${extension}`)
  const outDir = join(dir.path, 'out')
  await make(inputPath)
  const seen: number[] = []
  const onProgress = (percent: number) => seen.push(percent)
  const manifest = await renderMedia(inputPath, outDir, { contentType: 'video/mp4', binaries, onProgress })
  expect(seen).toEqual([...seen].sort((a, b) => a - b))
  expect(seen.at(-1)).toBe(100)
  await checkOutputs(manifest, outDir)
  await check(manifest, outDir)
}

async function checkOutputs(manifest: MediaManifest, outDir: string): Promise<void> {
  for (const file of manifest.files) {
    const bytes = await readFile(join(outDir, file.path))
    expect(bytes.length).toBe(file.byteSize)
    for (const trace of [made.CANARY, '+51.5', 'Exif']) expect(bytes.includes(trace)).toBe(false)
  }
  expect(manifest.files.map((file) => file.path)).toContain(manifest.hls?.master)
  expect(manifest.poster?.contentType).toBe('image/jpeg')
  for (const { path } of manifest.renditions) expect(manifest.files.map((file) => file.path)).toContain(path)
}

/** Folder, size and length of each rung, as a player reads them. */
async function rungsOf(
  outDir: string,
): Promise<{ name: string; width: number; height: number; seconds: number }[]> {
  const master = await readFile(join(outDir, 'master.m3u8'), 'utf8')
  const names = [...master.matchAll(/^(\w+)\/index\.m3u8$/gm)].map(([, name]) => name ?? '')
  return await Promise.all(
    names.map(async (name) => {
      const { streams = [], format } = await ffprobe(join(outDir, name, 'index.m3u8'), 'streams', 'format')
      expect(streams).toHaveLength(1)
      expect(streams[0]).toMatchObject({ codec_name: 'h264', pix_fmt: 'yuv420p' })
      const seconds = Number((format as unknown as { duration: string }).duration)
      return { name, width: Number(streams[0]?.width), height: Number(streams[0]?.height), seconds }
    }),
  )
}

async function frameOf(outDir: string, name: string): Promise<made.Corner[]> {
  const path = join(outDir, '..', `${name}.png`)
  await ffmpeg('-i', join(outDir, name, 'index.m3u8'), '-frames:v', '1', '-update', '1', path)
  return await made.cornersOf(path)
}

test('a landscape video with sound: rungs, segments, keyframes, sound, poster (M4)', async () => {
  const make = (path: string) =>
    ffmpeg(
      ...[...lavfi('testsrc=size=640x360:rate=30'), ...SINE, '-t', '9', ...X264, '-c:a', 'aac'],
      ...[
        '-metadata',
        `title=${made.CANARY}`,
        '-metadata',
        'location=+51.5000-000.1200/',
        '-metadata:s:v',
        `handler_name=${made.CANARY}`,
      ],
      path,
    )
  await render(make, async (manifest, outDir) => {
    expect(manifest).toMatchObject({ kind: 'VIDEO', width: 640, height: 360 })
    expect(Math.abs((manifest.durationMs ?? 0) - 9000)).toBeLessThan(500)
    const rungs = await rungsOf(outDir)
    expect(rungs.map((rung) => `${rung.width}x${rung.height}`)).toEqual(['426x240', '640x360'])
    for (const { seconds } of rungs) expect(Math.abs(seconds - 9)).toBeLessThan(0.5)

    const { packets = [] } = await ffprobe(join(outDir, '240p', 'index.m3u8'), 'packets')
    const keyframes = packets.filter((packet) => String(packet.flags).startsWith('K'))
    expect(keyframes.map((packet) => Number(packet.pts_time))).toEqual([0, 2, 4, 6, 8])
    expect((await readFile(join(outDir, '240p', 'index.m3u8'), 'utf8')).match(/#EXTINF:[\d.]+/g)).toEqual([
      ...['#EXTINF:4.000000', '#EXTINF:4.000000', '#EXTINF:1.000000'],
    ])

    const { streams = [] } = await ffprobe(join(outDir, 'master.m3u8'), 'streams')
    expect(streams.filter((stream) => stream.codec_type === 'audio').length).toBeGreaterThan(0)
    const types = new Map(manifest.files.map((file) => [file.path, file.contentType]))
    expect(types.get('master.m3u8')).toBe('application/vnd.apple.mpegurl')
    expect(types.get('240p/00000.m4s')).toBe('video/iso.segment')
    expect(types.get('audio/00000.m4s')).toBe('video/iso.segment')
    expect(manifest.renditions.map((one) => one.width)).toEqual([150, 150, 320, 320, 640, 640])
  })
})

test('a silent portrait video of a phone: upright by its display matrix', async () => {
  const make = async (path: string) => {
    await ffmpeg(...lavfi(made.quartersGraph(640, 480)), '-t', '2', ...X264, path)
    await made.turnClockwise(path)
  }
  await render(make, async (manifest, outDir) => {
    expect(manifest).toMatchObject({ width: 480, height: 640 })
    const rungs = await rungsOf(outDir)
    expect(rungs.map((rung) => `${rung.width}x${rung.height}`)).toEqual(['240x320', '360x480', '480x640'])
    const turned: made.Corner[] = ['blue', 'red', 'white', 'lime']
    expect(await frameOf(outDir, '480p')).toEqual(turned)
    expect(await made.cornersOf(join(outDir, manifest.poster?.path ?? ''))).toEqual(turned)
    expect(await readFile(join(outDir, 'master.m3u8'), 'utf8')).not.toContain('AUDIO')
  })
})

test('odd sizes, a low rate and squeezed pixels', async () => {
  const make = (path: string) =>
    ffmpeg(...lavfi('testsrc=size=161x121:rate=12,setsar=2/1'), '-t', '2', '-c:v', 'mpeg4', path)
  await render(make, async (manifest, outDir) => {
    expect(manifest).toMatchObject({ width: 322, height: 121 })
    expect((await rungsOf(outDir)).map((rung) => `${rung.width}x${rung.height}`)).toEqual(['322x120'])
  })
})

test('a browser recording: WebM that does not state its length', async () => {
  const make = (path: string) =>
    ffmpeg(
      ...[
        ...lavfi('testsrc=size=320x240:rate=30'),
        ...SINE,
        '-t',
        '3',
        '-c:v',
        'libvpx',
        '-deadline',
        'realtime',
      ],
      ...['-c:a', 'libopus', '-live', '1', path],
    )
  const check: Check = async (manifest, outDir) => {
    expect(Math.abs((manifest.durationMs ?? 0) - 3000)).toBeLessThan(500)
    expect((await rungsOf(outDir)).map((rung) => rung.name)).toEqual(['240p'])
  }
  await render(make, check, 'webm')
})

test('ten bits of HLG become eight of BT.709', async () => {
  const hlg = ['-color_primaries', 'bt2020', '-color_trc', 'arib-std-b67', '-colorspace', 'bt2020nc']
  const make = (path: string) =>
    ffmpeg(
      ...lavfi('testsrc=size=320x240:rate=30'),
      ...['-t', '1', '-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p10le', ...hlg, path],
    )
  await render(make, async (_, outDir) => {
    const { streams = [] } = await ffprobe(join(outDir, '240p', 'index.m3u8'), 'streams')
    expect(streams[0]).toMatchObject({ pix_fmt: 'yuv420p', color_transfer: 'bt709' })
  })
})

test('the poster passes over a black beginning', async () => {
  const graph = 'color=black:s=320x240:r=30:d=3[a];color=red:s=320x240:r=30:d=3[b];[a][b]concat'
  await render(
    (path) => ffmpeg(...lavfi(graph), ...X264, path),
    async (manifest, outDir) => {
      const corners = await made.cornersOf(join(outDir, manifest.poster?.path ?? ''))
      expect(corners).toEqual(['red', 'red', 'red', 'red'])
    },
  )
})

const bunny = made.realMedia('bigbuckbunny.mp4')
test.runIf(bunny)('a real film with six channels', async () => {
  const make = async (path: string) => writeFile(path, await readFile(bunny ?? ''))
  await render(make, async (manifest, outDir) => {
    expect(Math.abs((manifest.durationMs ?? 0) - 5300)).toBeLessThan(500)
    expect((await rungsOf(outDir)).map((rung) => rung.name)).toEqual(['240p', '360p', '480p', '720p'])
    const { streams = [] } = await ffprobe(join(outDir, 'audio', 'index.m3u8'), 'streams')
    expect(streams[0]).toMatchObject({ codec_name: 'aac', channels: 2 })
    /** The colours of the moment three seconds in, in a grid that no rung is too small for. */
    const gridOf = async (film: string) => {
      const path = join(outDir, '..', 'grid.rgb')
      const graph = 'trim=start=3,scale=64:36:flags=area,format=rgb24'
      await ffmpeg('-i', film, '-vf', graph, '-frames:v', '1', '-f', 'rawvideo', path)
      return await readFile(path)
    }
    const straight = await gridOf(bunny ?? '')
    expect(straight).toHaveLength(64 * 36 * 3)
    expect(new Set(straight).size).toBeGreaterThan(50)
    for (const { name } of await rungsOf(outDir)) {
      const ours = await gridOf(join(outDir, name, 'index.m3u8'))
      expect(made.differenceOf(straight, ours), name).toBeLessThan(8)
    }
  })
})

test('a film that breaks off in the middle is CORRUPT, not READY', async () => {
  await using dir = await made.scratch()
  const path = join(dir.path, 'upload.mp4')
  await ffmpeg(...lavfi('testsrc2=size=320x240:rate=30'), '-t', '6', ...X264, '-movflags', '+faststart', path)
  const { size } = await stat(path)
  await writeFile(path, (await readFile(path)).subarray(0, Math.floor(size * 0.5)))
  const broken = renderMedia(path, join(dir.path, 'out'), { contentType: 'video/mp4', binaries })
  await expect(broken).rejects.toMatchObject({ code: 'CORRUPT' })
})

test('abort stops ffmpeg and is not a media failure', async () => {
  await using dir = await made.scratch()
  const inputPath = join(dir.path, 'upload.mp4')
  await ffmpeg(...lavfi('testsrc2=size=640x480:rate=30'), '-t', '20', ...X264, inputPath)
  const abort = new AbortController()
  const reason = new Error('shutting down')
  const onProgress = () => abort.abort(reason)
  const options = { contentType: 'video/mp4', binaries, onProgress, signal: abort.signal }
  await expect(renderMedia(inputPath, join(dir.path, 'out'), options)).rejects.toBe(reason)
})

test('a playlist is never followed, even where its magic bytes are not asked (M1)', async () => {
  let connections = 0
  const server = createServer((_, response) => response.end()).on('connection', () => connections++)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  try {
    await using dir = await made.scratch()
    const path = join(dir.path, 'upload.mp4')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/a.ts`
    await writeFile(path, `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${url}\n#EXT-X-ENDLIST\n`)
    const refused = renderMedia(path, join(dir.path, 'out'), { contentType: 'video/mp4', binaries })
    await expect(refused).rejects.toMatchObject({ code: 'UNSUPPORTED_TYPE' })
    for (const format of ['MP4', 'MATROSKA'] as const) {
      await expect(probe(path, format, binaries, judgeProbe)).rejects.toMatchObject({ code: 'CORRUPT' })
    }
    expect(connections).toBe(0)
  } finally {
    server.close()
  }
})

const stream = { index: 0, codec_type: 'video', codec_name: 'h264', width: 640, height: 360, duration: '10' }
const sound = { index: 1, codec_type: 'audio', codec_name: 'aac' }
const judge = (...streams: object[]) => judgeProbe(JSON.stringify({ streams, format: {} }))

test.each([
  ['no picture', [sound], 'UNSUPPORTED_TYPE'],
  ['cover art only', [{ ...stream, disposition: { attached_pic: 1 } }, sound], 'UNSUPPORTED_TYPE'],
  ['a codec not on the list', [{ ...stream, codec_name: 'mjpeg' }], 'UNSUPPORTED_TYPE'],
  ['sound not on the list', [stream, { ...sound, codec_name: 'ac3' }], 'UNSUPPORTED_TYPE'],
  ['too long', [{ ...stream, duration: '901' }], 'TOO_LONG'],
  ['too many pixels', [{ ...stream, width: 7680, height: 4320 }], 'TOO_MANY_PIXELS'],
  ['pixels stretched beyond measure', [{ ...stream, sample_aspect_ratio: '10000:1' }], 'TOO_MANY_PIXELS'],
  ['no size', [{ ...stream, width: 0 }], 'CORRUPT'],
])('judges %s', (_, streams, code) => {
  expect(() => judge(...streams)).toThrow(expect.objectContaining({ code }))
})

test('a second, unreadable track of sound is passed over', () => {
  expect(judge(stream, { ...sound, index: 2, codec_name: 'apac' }, { ...sound, index: 1 }).audioStream).toBe(
    1,
  )
})

test('progress lines and ffmpeg’s ends', () => {
  expect(progressOf('out_time_us=2500000', 10)).toBe(25)
  expect(progressOf('out_time_us=25000000', 10)).toBe(100)
  expect(progressOf('out_time_us=N/A', 10)).toBeNull()
  expect(progressOf('out_time_us=1', null)).toBeNull()
  expect(failureOfFfmpeg(1, null, 'Invalid data found').code).toBe('CORRUPT')
  expect(failureOfFfmpeg(1, null, 'av_interleaved_write_frame(): No space left on device').code).toBe(
    'INTERNAL',
  )
  expect(failureOfFfmpeg(null, 'SIGSEGV', '').code).toBe('INTERNAL')
})
