import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type EncodeOptions, encodeAtOnce, encodeInPieces, piecesOf, remux } from './encode.ts'
import { renderPreview, renderThumbnails } from './extras.ts'
import { MediaFailure } from './failure.ts'
import { AUDIO_FOLDER, type Transcode } from './ffmpeg-args.ts'
import { ladderFor, outputRate } from './ladder.ts'
import { listFiles, type MediaManifest } from './manifest.ts'
import { canRemux, remuxableRung } from './passthrough.ts'
import { noPieceStore, type PieceStore } from './pieces.ts'
import { masterPlaylist, readAvcCodec, readTrack, type Variant } from './playlist.ts'
import { type Poster, renderPoster } from './poster.ts'
import { type Binaries, judgeProbe, probe, videoLimits } from './probe.ts'
import type { VideoFormat } from './sniff.ts'

const MASTER = 'master.m3u8'
/** The master playlist that names the lowest rung alone, while the others are being made. */
const FIRST_MASTER = 'first.m3u8'

export type VideoOptions = {
  format: VideoFormat
  binaries: Binaries
  signal?: AbortSignal
  timeoutMs?: number
  /** Where pieces that are done are kept; without it a run that is repeated begins anew. */
  pieces?: PieceStore
  /** Told when something can be played that is not all yet; the rest waits for it. */
  onFirst?: (manifest: MediaManifest) => Promise<void>
}

/** Share of the progress, in percent, that each step reaches. */
const AFTER_POSTER = 5
const AFTER_ENCODING = 97
const AFTER_PREVIEW = 98
const AFTER_THUMBNAILS = 99

/** ffmpeg ends well when a file breaks off in the middle; the length of what it wrote tells. */
function checkLength(written: number, declared: number | null): void {
  if (written > videoLimits.seconds + 0.5) throw new MediaFailure('TOO_LONG', `${written} s`)
  if (declared !== null && written < declared - Math.max(0.5, declared * 0.02)) {
    throw new MediaFailure('CORRUPT', `${written} s of ${declared} s could be decoded`)
  }
}

/** Writes a master playlist of the rungs that are there, over what the muxer left, and answers the video's length in seconds. */
async function writeMaster(transcode: Transcode, name: string): Promise<number> {
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
  await writeFile(join(outDir, name), masterPlaylist(variants, frameRate, audio))
  const seconds = variants[0]?.seconds ?? 0
  checkLength(seconds, source.seconds)
  return seconds
}

async function describe(
  transcode: Transcode,
  poster: Poster,
  seconds: number,
  master: string,
): Promise<MediaManifest> {
  const { source, outDir } = transcode
  return {
    kind: 'VIDEO',
    width: source.width,
    height: source.height,
    durationMs: Math.round(seconds * 1000),
    ...poster,
    hls: { master },
    files: await listFiles(outDir),
  }
}

/**
 * Turns one video into HLS (fMP4, H.264, AAC) and a poster in `outDir` (made when missing): `master.m3u8`, a folder a rung, `audio/`,
 * `poster/`, `preview.mp4`, `thumbnails.vtt`. Upright, 8 bits, without metadata, never larger than the source.
 * @param onProgress percent done, rising from 0 to 100; stands still where the container does not state its length
 * @throws MediaFailure
 */
export async function renderVideo(
  inputPath: string,
  outDir: string,
  onProgress: (percent: number) => void,
  options: VideoOptions,
): Promise<MediaManifest> {
  const { format, binaries, signal, onFirst, timeoutMs, pieces = noPieceStore } = options
  const source = await probe(inputPath, format, binaries, judgeProbe, signal)
  const frameRate = outputRate(source.frameRate)
  let transcode: Transcode = {
    ...{ inputPath, format, source, frameRate, outDir },
    rungs: ladderFor({ ...source, frameRate }),
  }
  await mkdir(outDir, { recursive: true })

  // The poster decodes a frame at once, so that a broken file fails before the long part.
  const workDir = join(outDir, '.work')
  const poster = await renderPoster(transcode, binaries.ffmpeg, workDir, signal)
  await rm(workDir, { recursive: true, force: true })
  onProgress(AFTER_POSTER)

  const encoding: EncodeOptions = {
    ...{ ffmpeg: binaries.ffmpeg, pieces, signal, timeoutMs },
    onPercent: (percent) =>
      onProgress(Math.floor(AFTER_POSTER + (percent / 100) * (AFTER_ENCODING - AFTER_POSTER))),
  }
  const whole = remuxableRung(source, transcode.rungs.at(-1) as Transcode['rungs'][number])
  const plan = piecesOf(transcode)
  const remuxed = whole !== null && (await canRemux(inputPath, format, source, binaries, signal))
  if (whole && remuxed) {
    transcode = { ...transcode, rungs: [whole] }
    await remux(transcode, whole.name, encoding)
  } else if (plan.length === 0) await encodeAtOnce(transcode, encoding)
  else {
    await encodeInPieces(transcode, plan, encoding, async () => {
      if (!onFirst || transcode.rungs.length === 1) return
      const lowest = { ...transcode, rungs: transcode.rungs.slice(0, 1) }
      const seconds = await writeMaster(lowest, FIRST_MASTER)
      await onFirst(await describe(lowest, poster, seconds, FIRST_MASTER))
    })
  }
  const seconds = await writeMaster(transcode, MASTER)
  const preview = await renderPreview(transcode, binaries.ffmpeg, signal)
  onProgress(AFTER_PREVIEW)
  const thumbnails = await renderThumbnails(
    transcode,
    seconds,
    remuxed ? 'remuxed' : 'encoded',
    binaries.ffmpeg,
    signal,
  )
  onProgress(AFTER_THUMBNAILS)
  const manifest = await describe(transcode, poster, seconds, MASTER)
  onProgress(100)
  return { ...manifest, preview, thumbnails }
}
