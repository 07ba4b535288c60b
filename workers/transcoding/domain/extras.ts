// What a player shows around a video: a few silent seconds, and small pictures for its time line.
import { rm, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { MediaFailure } from './failure.ts'
import { previewArgs, spriteArgs, type Transcode } from './ffmpeg-args.ts'
import { readInitAndSegments } from './playlist.ts'
import { run } from './run.ts'

const PREVIEW = 'preview.mp4'
const SPRITE = 'thumbnails.jpg'
const TRACK = 'thumbnails.vtt'

/** Small pictures: at most so many, so many in a row, so wide. */
export const sprite = { most: 100, columns: 10, width: 160 } as const

/** Seconds between small pictures at least: no less than between keyframes, which others set further apart than we do. */
const keyframeSeconds = { encoded: 2, remuxed: 6 } as const

const options = (signal?: AbortSignal) => ({ timeoutMs: 120_000, memoryBytes: 4 * 1024 ** 3, signal })

/** `hh:mm:ss.ttt` */
function vttTime(seconds: number): string {
  const milliseconds = Math.round(seconds * 1000)
  const part = (value: number, digits: number) => String(Math.floor(value)).padStart(digits, '0')
  const rest = milliseconds / 1000
  return `${part(rest / 3600, 2)}:${part((rest / 60) % 60, 2)}:${part(rest % 60, 2)}.${part(milliseconds % 1000, 3)}`
}

/** WebVTT whose cues name a part of the sprite by a media fragment (`#xywh=`). */
export function thumbnailTrack(seconds: number, step: number, height: number): string {
  const count = Math.max(1, Math.ceil(seconds / step - 1e-6))
  const cues = Array.from({ length: count }, (_, at) => {
    const x = (at % sprite.columns) * sprite.width
    const y = Math.floor(at / sprite.columns) * height
    const times = `${vttTime(at * step)} --> ${vttTime(Math.min(seconds, (at + 1) * step))}`
    return `${times}\n${SPRITE}#xywh=${x},${y},${sprite.width},${height}`
  })
  return `WEBVTT\n\n${cues.join('\n\n')}\n`
}

/** Draws the preview from the source into the output folder. Throws MediaFailure. */
export async function renderPreview(
  transcode: Transcode,
  ffmpeg: string,
  signal?: AbortSignal,
): Promise<{ path: string }> {
  const drawn = await run(ffmpeg, previewArgs(transcode, join(transcode.outDir, PREVIEW)), options(signal))
  if (drawn.code !== 0) throw new MediaFailure('CORRUPT', drawn.stderr)
  return { path: PREVIEW }
}

/**
 * Draws the small pictures and their track into the output folder, from the keyframes of the lowest rung, which are decoded in no
 * time. Throws MediaFailure.
 */
export async function renderThumbnails(
  transcode: Transcode,
  seconds: number,
  from: keyof typeof keyframeSeconds,
  ffmpeg: string,
  signal?: AbortSignal,
): Promise<{ path: string }> {
  const { outDir, rungs } = transcode
  const [lowest] = rungs
  if (!lowest) throw new MediaFailure('INTERNAL', 'no rungs')
  const whole = join(outDir, '.lowest.mp4')
  const least = keyframeSeconds[from]
  const step = least * Math.max(1, Math.ceil(seconds / least / sprite.most))
  const height = Math.max(2, Math.round((sprite.width * lowest.height) / lowest.width / 2) * 2)
  const rows = Math.ceil(Math.max(1, Math.ceil(seconds / step - 1e-6)) / sprite.columns)
  await writeFile(whole, await readInitAndSegments(join(outDir, lowest.name)))
  const drawn = await run(
    ffmpeg,
    spriteArgs(whole, { ...sprite, step, height, rows }, join(outDir, SPRITE)),
    options(signal),
  )
  await rm(whole, { force: true })
  if (drawn.code !== 0) throw new MediaFailure('INTERNAL', drawn.stderr)
  // ffmpeg succeeds without a picture when there was no frame.
  await stat(join(outDir, SPRITE)).catch(() => {
    throw new MediaFailure('INTERNAL', 'no small pictures')
  })
  await writeFile(join(outDir, TRACK), thumbnailTrack(seconds, step, height))
  return { path: TRACK }
}
