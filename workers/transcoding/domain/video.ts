import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MediaFailure } from './failure.ts'
import { AUDIO_FOLDER, ffmpegArgs, type Transcode } from './ffmpeg-args.ts'
import { ladderFor, outputRate } from './ladder.ts'
import { listFiles, type MediaManifest } from './manifest.ts'
import { masterPlaylist, readAvcCodec, readTrack, type Variant } from './playlist.ts'
import { renderPoster } from './poster.ts'
import { type Binaries, probe, videoLimits } from './probe.ts'
import { run } from './run.ts'
import type { VideoFormat } from './sniff.ts'

const MASTER = 'master.m3u8'

export type VideoOptions = {
  format: VideoFormat
  binaries: Binaries
  signal?: AbortSignal
  timeoutMs?: number
}

/** Share of the progress, in percent, that the poster and the encoding reach. */
const AFTER_POSTER = 5
const AFTER_ENCODING = 99

/** Wall-clock limit: a fixed part, and forty seconds for a second of video (1080p60 on half a slow core). */
const timeoutFor = (seconds: number | null) => 120_000 + 40_000 * (seconds ?? videoLimits.seconds)

/** Percent of the encoding out of one line of ffmpeg's `-progress`, or null when the line says nothing of it. */
export function progressOf(line: string, seconds: number | null): number | null {
  const match = /^out_time_us=(\d+)$/.exec(line)
  if (!match || seconds === null) return null
  return Math.min(100, (Number(match[1]) / 1e6 / seconds) * 100)
}

/** Out of disk or memory is this machine's trouble; whatever else ends ffmpeg lies in the file. */
export function failureOfFfmpeg(code: number | null, killedBy: string | null, stderr: string): MediaFailure {
  const ours =
    killedBy !== null || /No space left|Cannot allocate memory|Permission denied|Unknown encoder/.test(stderr)
  return new MediaFailure(ours ? 'INTERNAL' : 'CORRUPT', `ffmpeg ended with ${killedBy ?? code}: ${stderr}`)
}

async function encode(
  transcode: Transcode,
  options: VideoOptions,
  onPercent: (percent: number) => void,
): Promise<void> {
  const { seconds } = transcode.source
  const { code, signal, stderr } = await run(options.binaries.ffmpeg, ffmpegArgs(transcode), {
    timeoutMs: options.timeoutMs ?? timeoutFor(seconds),
    memoryBytes: 6 * 1024 ** 3,
    signal: options.signal,
    onStdoutLine: (line) => {
      const percent = progressOf(line, seconds)
      if (percent !== null) onPercent(percent)
    },
  })
  if (code !== 0) throw failureOfFfmpeg(code, signal, stderr)
}

/** ffmpeg ends well when a file breaks off in the middle; the length of what it wrote tells. */
function checkLength(written: number, declared: number | null): void {
  if (written > videoLimits.seconds + 0.5) throw new MediaFailure('TOO_LONG', `${written} s`)
  if (declared !== null && written < declared - Math.max(0.5, declared * 0.02)) {
    throw new MediaFailure('CORRUPT', `${written} s of ${declared} s could be decoded`)
  }
}

/** Writes the master playlist over what the muxer left, and answers the video's length in seconds. */
async function writeMaster(transcode: Transcode): Promise<number> {
  const { outDir, rungs, source, frameRate } = transcode
  const files = await listFiles(outDir)
  const variants = await Promise.all(
    rungs.map(async (rung): Promise<Variant> => {
      const track = await readTrack(outDir, rung.name, files)
      return { rung, codec: readAvcCodec(await readFile(track.init)), ...track }
    }),
  )
  const sound = source.audioStream === null ? null : await readTrack(outDir, AUDIO_FOLDER, files)
  const audio = sound && { ...sound, folder: AUDIO_FOLDER }
  await writeFile(join(outDir, MASTER), masterPlaylist(variants, frameRate, audio))
  return variants[0]?.seconds ?? 0
}

/**
 * Turns one video into HLS (fMP4, H.264, AAC) and a poster in `outDir` (made when missing): `master.m3u8`, a folder a rung, `audio/`,
 * `poster/`. Upright, 8 bits, without metadata, never larger than the source.
 * @param onProgress percent done, rising from 0 to 100; stands still where the container does not state its length
 * @throws MediaFailure
 */
export async function renderVideo(
  inputPath: string,
  outDir: string,
  onProgress: (percent: number) => void,
  options: VideoOptions,
): Promise<MediaManifest> {
  const { format, binaries, signal } = options
  const source = await probe(inputPath, format, binaries, signal)
  const frameRate = outputRate(source.frameRate)
  const transcode: Transcode = {
    ...{ inputPath, format, source, frameRate, outDir },
    rungs: ladderFor({ ...source, frameRate }),
  }
  await mkdir(outDir, { recursive: true })

  // The poster decodes a frame at once, so that a broken file fails before the long part.
  const workDir = join(outDir, '.work')
  const poster = await renderPoster(transcode, binaries.ffmpeg, workDir, signal)
  await rm(workDir, { recursive: true, force: true })
  onProgress(AFTER_POSTER)
  await encode(transcode, options, (percent) => {
    onProgress(Math.floor(AFTER_POSTER + (percent / 100) * (AFTER_ENCODING - AFTER_POSTER)))
  })
  const seconds = await writeMaster(transcode)
  checkLength(seconds, source.seconds)
  onProgress(100)
  return {
    kind: 'VIDEO',
    width: source.width,
    height: source.height,
    durationMs: Math.round(seconds * 1000),
    ...poster,
    hls: { master: MASTER },
    files: await listFiles(outDir),
  }
}
