// Videos of every kind that people send: each becomes upright H.264 of 8 bits with square pixels and even sides, never above its
// source and as long as it, judged by ffprobe and by decoding pixels (M3, M4).
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test, vi } from 'vitest'
import * as made from './fixtures.ts'
import { binaries, ffmpeg, ffprobe, quartersGraph, scratch, UPRIGHT } from './fixtures.ts'
import { renderMedia } from './media.ts'
import { readInitAndSegments } from './playlist.ts'

vi.setConfig({ testTimeout: 120_000 })

const X264 = ['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p']
const SINE = ['-f', 'lavfi', '-i', 'sine=frequency=440']
const SECOND = ['-t', '1']
const quartersOf = (width: number, height: number, then = '') => [
  '-f',
  'lavfi',
  '-i',
  quartersGraph(width, height) + then,
]

type Source = {
  name: string
  type?: string
  make: (path: string) => Promise<void>
  /** Upright size. */
  size: [width: number, height: number]
  corners?: made.Corner[]
  sound?: boolean
  seconds?: number
}
const silent =
  (...args: string[]) =>
  (path: string) =>
    ffmpeg(...args, path)

/** Ways to hold a phone, by the quarter turns that the film is shown with. */
const turned: [name: string, quarterTurns: 1 | 2 | 3, Source['size'], made.Corner[]][] = [
  ['a phone held upright', 1, [240, 320], ['blue', 'red', 'white', 'lime']],
  ['a phone held upside down', 2, [320, 240], ['white', 'blue', 'lime', 'red']],
  ['a phone held upright the other way', 3, [240, 320], ['lime', 'white', 'red', 'blue']],
]

const sources: Source[] = [
  {
    name: 'landscape',
    make: silent(...quartersOf(320, 240), ...SECOND, ...X264, '-f', 'mp4'),
    size: [320, 240],
  },
  {
    name: 'portrait',
    make: silent(...quartersOf(240, 428), ...SECOND, ...X264, '-f', 'mp4'),
    size: [240, 428],
  },
  {
    name: 'square',
    make: silent(...quartersOf(300, 300), ...SECOND, ...X264, '-f', 'mp4'),
    size: [300, 300],
  },
  {
    name: 'odd sizes',
    make: silent(
      ...quartersOf(322, 242, ',format=yuv444p,crop=321:241'),
      ...SECOND,
      ...X264,
      '-pix_fmt',
      'yuv444p',
      '-f',
      'mp4',
    ),
    size: [321, 241],
  },
  { name: 'a strip', make: silent(...quartersOf(640, 64), ...SECOND, ...X264, '-f', 'mp4'), size: [640, 64] },
  {
    name: 'with sound',
    make: silent(...quartersOf(320, 240), ...SINE, ...SECOND, ...X264, '-c:a', 'aac', '-f', 'mp4'),
    size: [320, 240],
    sound: true,
  },
  {
    name: 'sound that outlasts the picture a little',
    make: silent(
      ...quartersOf(320, 240, ',trim=duration=2'),
      '-f',
      'lavfi',
      '-i',
      'sine=d=2.2',
      ...X264,
      '-c:a',
      'aac',
      '-f',
      'mp4',
    ),
    ...{ size: [320, 240] as [number, number], sound: true, seconds: 2 },
  },
  ...turned.map(
    ([name, quarterTurns, size, corners]): Source => ({
      name,
      make: async (path) => {
        await ffmpeg(...quartersOf(320, 240), ...SECOND, ...X264, '-f', 'mp4', path)
        await made.turnClockwise(path, quarterTurns)
      },
      size,
      corners,
    }),
  ),
  {
    name: 'H.264 of 10 bits',
    make: silent(
      ...quartersOf(320, 240),
      ...SECOND,
      '-c:v',
      'libx264',
      '-pix_fmt',
      'yuv420p10le',
      '-f',
      'mp4',
    ),
    size: [320, 240],
  },
  {
    name: 'HEVC',
    make: silent(
      ...quartersOf(320, 240),
      ...SECOND,
      '-c:v',
      'libx265',
      '-x265-params',
      'log-level=none',
      '-tag:v',
      'hvc1',
      '-f',
      'mp4',
    ),
    size: [320, 240],
  },
  {
    name: 'MPEG-4 part 2',
    make: silent(...quartersOf(320, 240), ...SECOND, '-c:v', 'mpeg4', '-q:v', '2', '-f', 'mp4'),
    size: [320, 240],
  },
  {
    name: 'QuickTime',
    type: 'video/quicktime',
    make: silent(...quartersOf(320, 240), ...SECOND, ...X264, '-f', 'mov'),
    size: [320, 240],
  },
  {
    name: 'WebM of VP8 and Vorbis',
    type: 'video/webm',
    make: silent(
      ...quartersOf(320, 240),
      ...SINE,
      ...SECOND,
      '-c:v',
      'libvpx',
      '-b:v',
      '1M',
      '-c:a',
      'libvorbis',
      '-f',
      'webm',
    ),
    size: [320, 240],
    sound: true,
  },
  {
    name: 'WebM of VP9 and Opus',
    type: 'video/webm',
    make: silent(
      ...quartersOf(320, 240),
      ...SINE,
      ...SECOND,
      '-c:v',
      'libvpx-vp9',
      '-deadline',
      'realtime',
      '-cpu-used',
      '8',
      '-c:a',
      'libopus',
      '-f',
      'webm',
    ),
    size: [320, 240],
    sound: true,
  },
  {
    name: '60 pictures a second',
    make: silent(...quartersOf(320, 240, ',fps=60'), ...SECOND, ...X264, '-f', 'mp4'),
    size: [320, 240],
  },
  {
    name: '12 pictures a second',
    make: silent(...quartersOf(320, 240, ',fps=12'), ...SECOND, ...X264, '-f', 'mp4'),
    size: [320, 240],
  },
  {
    name: 'a variable rate',
    make: silent(
      ...quartersOf(320, 240, ",select='lt(n,15)+not(mod(n,5))'"),
      '-t',
      '2',
      '-vsync',
      'vfr',
      ...X264,
      '-f',
      'mp4',
    ),
    ...{ size: [320, 240] as [number, number], seconds: 2 },
  },
  {
    name: 'squeezed pixels',
    make: silent(...quartersOf(320, 240, ',setsar=3/2'), ...SECOND, ...X264, '-f', 'mp4'),
    size: [480, 240],
  },
  {
    name: 'an index at the front',
    make: silent(
      ...quartersOf(320, 240),
      ...SINE,
      ...SECOND,
      ...X264,
      '-g',
      '30',
      '-c:a',
      'aac',
      '-movflags',
      '+faststart',
      '-f',
      'mp4',
    ),
    size: [320, 240],
    sound: true,
  },
  {
    name: 'in fragments',
    make: silent(
      ...quartersOf(320, 240),
      ...SECOND,
      ...X264,
      '-movflags',
      'frag_keyframe+empty_moov',
      '-f',
      'mp4',
    ),
    size: [320, 240],
  },
]

test.each(sources)(
  '$name',
  async ({
    make,
    type = 'video/mp4',
    size: [width, height],
    corners = UPRIGHT,
    sound = false,
    seconds = 1,
  }) => {
    await using dir = await scratch()
    const inputPath = join(dir.path, 'upload')
    const outDir = join(dir.path, 'out')
    await make(inputPath)
    const manifest = await renderMedia(inputPath, outDir, { contentType: type, binaries })
    expect(manifest).toMatchObject({ kind: 'VIDEO', width, height })
    expect(Math.abs((manifest.durationMs ?? 0) - seconds * 1000)).toBeLessThan(500)

    const master = await readFile(join(outDir, 'master.m3u8'), 'utf8')
    expect(master.includes('TYPE=AUDIO')).toBe(sound)
    const rungs = [...master.matchAll(/^([^#\s]+)\/index\.m3u8$/gm)].map(([, name]) => name ?? '')
    expect(rungs.length).toBeGreaterThan(0)
    const whole = join(dir.path, 'whole.mp4')
    for (const rung of rungs) {
      await writeFile(whole, await readInitAndSegments(join(outDir, rung)))
      const { streams: [stream] = [] } = await ffprobe(whole, 'streams')
      expect(stream, rung).toMatchObject({ codec_name: 'h264', pix_fmt: 'yuv420p' })
      const [across, down] = [Number(stream?.width), Number(stream?.height)]
      expect([across % 2, down % 2]).toEqual([0, 0])
      expect(across <= width && down <= height).toBe(true)
      expect(String(stream?.sample_aspect_ratio ?? '1:1')).toMatch(/^1:1$|^N\/A$|^0:1$/)
      expect(Math.abs(across / down - width / height) / (width / height)).toBeLessThan(0.05)
    }
    const frame = join(dir.path, 'frame.png')
    await ffmpeg('-i', whole, '-frames:v', '1', frame)
    expect(await made.cornersOf(frame)).toEqual(corners)
    expect(await made.cornersOf(join(outDir, manifest.poster?.path ?? ''))).toEqual(corners)
  },
)
