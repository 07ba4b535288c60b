import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MediaFailure } from './failure.ts'
import type { FrameRate, Rung } from './ladder.ts'
import type { MediaFile } from './manifest.ts'

/** A media playlist as the muxer wrote it: its segments in order. */
export type Segment = { path: string; seconds: number }

/** Reads `#EXTINF` lines (RFC 8216 §4.3.2.1) and the file that follows each. */
export function parseMediaPlaylist(text: string): Segment[] {
  return [...text.matchAll(/^#EXTINF:([\d.]+),[^\n]*\n(?:#[^\n]*\n)*([^#\s][^\n]*)$/gm)].map(
    ([, seconds, path]) => ({
      path: path ?? '',
      seconds: Number(seconds),
    }),
  )
}

/** A rung's initialisation segment and all its segments, behind each other: a file that can be played. */
export async function readInitAndSegments(dir: string): Promise<Buffer> {
  const playlist = await readFile(join(dir, 'index.m3u8'), 'utf8')
  const init = /^#EXT-X-MAP:URI="([^"]+)"/m.exec(playlist)?.[1] ?? ''
  const paths = [init, ...parseMediaPlaylist(playlist).map((segment) => segment.path)]
  return Buffer.concat(await Promise.all(paths.map((path) => readFile(join(dir, path)))))
}

/** `init` is the initialisation segment's path; seconds, and bits a second. */
export type Track = { init: string; seconds: number; peakBitRate: number; averageBitRate: number }

/** What the master playlist says of one rung. */
export type Variant = Track & {
  rung: Rung
  /** RFC 6381, as in `avc1.64001f`. */
  codec: string
}

/** Average and highest segment bit rate, measured on the files. */
export function measureBitRates(
  segments: readonly Segment[],
  sizes: readonly number[],
): { peak: number; average: number } {
  const bits = sizes.map((size) => size * 8)
  const seconds = segments.reduce((sum, segment) => sum + segment.seconds, 0)
  const rates = segments.map((segment, at) => (bits[at] ?? 0) / Math.max(segment.seconds, 0.1))
  return {
    peak: Math.ceil(Math.max(0, ...rates)),
    average: Math.ceil(bits.reduce((a, b) => a + b, 0) / Math.max(seconds, 0.1)),
  }
}

/** Profile, constraints and level out of the `avcC` box of an initialisation segment, in RFC 6381 form. */
export function readAvcCodec(init: Buffer): string {
  const at = init.indexOf('avcC', 0, 'latin1')
  if (at < 0 || at + 8 > init.length)
    throw new MediaFailure('INTERNAL', 'no avcC in the initialisation segment')
  return `avc1.${init.toString('hex', at + 5, at + 8)}`
}

/**
 * Writes the master playlist (RFC 8216 §4.3.4), ascending by bit rate.
 * @param audio the sound's folder and track, or null for a silent video
 */
export function masterPlaylist(
  variants: readonly Variant[],
  frameRate: FrameRate,
  audio: (Track & { folder: string }) | null,
): string {
  const lines = ['#EXTM3U', '#EXT-X-VERSION:7', '#EXT-X-INDEPENDENT-SEGMENTS']
  if (audio) {
    lines.push(
      `#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="sound",NAME="sound",DEFAULT=YES,AUTOSELECT=YES,CHANNELS="2",URI="${audio.folder}/index.m3u8"`,
    )
  }
  for (const { rung, codec, peakBitRate, averageBitRate } of variants) {
    const attributes = [
      `BANDWIDTH=${peakBitRate + (audio?.peakBitRate ?? 0)}`,
      `AVERAGE-BANDWIDTH=${averageBitRate + (audio?.averageBitRate ?? 0)}`,
      `CODECS="${audio ? `${codec},mp4a.40.2` : codec}"`,
      `RESOLUTION=${rung.width}x${rung.height}`,
      `FRAME-RATE=${(frameRate.frames / frameRate.seconds).toFixed(3)}`,
      ...(audio ? ['AUDIO="sound"'] : []),
    ]
    lines.push(`#EXT-X-STREAM-INF:${attributes.join(',')}`, `${rung.name}/index.m3u8`)
  }
  return `${lines.join('\n')}\n`
}

/**
 * Reads back one folder that the muxer wrote and checks that every segment of its playlist is there.
 * @throws MediaFailure CORRUPT when it holds nothing, INTERNAL when a file is missing
 */
export async function readTrack(outDir: string, folder: string, files: readonly MediaFile[]): Promise<Track> {
  const playlist = await readFile(join(outDir, folder, 'index.m3u8'), 'utf8')
  const init = /^#EXT-X-MAP:URI="([^"]+)"/m.exec(playlist)?.[1]
  const segments = parseMediaPlaylist(playlist)
  const seconds = segments.reduce((sum, segment) => sum + segment.seconds, 0)
  if (!init || !(seconds > 0)) throw new MediaFailure('CORRUPT', `${folder} has no segments`)
  const sizes = segments.map(({ path }) => {
    const file = files.find((one) => one.path === `${folder}/${path}`)
    if (!file) throw new MediaFailure('INTERNAL', `${folder}/${path} is missing`)
    return file.byteSize
  })
  const { peak, average } = measureBitRates(segments, sizes)
  return { init: join(outDir, folder, init), seconds, peakBitRate: peak, averageBitRate: average }
}
