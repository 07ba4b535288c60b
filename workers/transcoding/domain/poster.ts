import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MediaFailure } from './failure.ts'
import { frameArgs, type Transcode } from './ffmpeg-args.ts'
import { renderImage } from './image.ts'
import type { DrawnImage } from './image-render.ts'
import type { Rendition } from './manifest.ts'
import { run } from './run.ts'

/** Below this mean brightness (0 to 255) a frame counts as black: a fade-in, a lens cap. */
const BLACK = 12

const POSTER_FOLDER = 'poster'

export type Poster = Pick<DrawnImage, 'placeholder' | 'dominantColor' | 'perceptualHash'> & {
  renditions: Rendition[]
  poster: Rendition
}

/** Where to look for a poster, in seconds: one second in, then through the video, the first frame last. */
function posterTimes(seconds: number | null): number[] {
  const times =
    seconds === null ? [1, 3, 10] : [Math.min(1, seconds / 2), seconds * 0.25, seconds * 0.5, seconds * 0.75]
  return [...times.map((time) => Math.round(time * 1000) / 1000), 0]
}

/** False when there is no frame to be had at that time. */
async function writeFrame(
  transcode: Transcode,
  ffmpeg: string,
  at: number,
  path: string,
  signal?: AbortSignal,
) {
  const args = frameArgs(transcode, at, path)
  const { code } = await run(ffmpeg, args, { timeoutMs: 60_000, memoryBytes: 6 * 1024 ** 3, signal })
  return code === 0
}

/**
 * Draws the poster: the first frame of `posterTimes` that is not black, or else the brightest.
 * @param workDir scratch folder on the same disk, for the frame
 * @throws MediaFailure CORRUPT when no frame can be decoded; TIMED_OUT, INTERNAL
 */
export async function renderPoster(
  transcode: Transcode,
  ffmpeg: string,
  workDir: string,
  signal?: AbortSignal,
): Promise<Poster> {
  const outDir = join(transcode.outDir, POSTER_FOLDER)
  const framePath = join(workDir, 'frame.png')
  let best: { at: number; drawn: DrawnImage } | undefined
  let last: number | undefined
  const draw = async (at: number): Promise<DrawnImage | null> => {
    await rm(framePath, { force: true })
    if (!(await writeFrame(transcode, ffmpeg, at, framePath, signal))) return null
    last = at
    return await renderImage(framePath, outDir, undefined, { plan: 'POSTER', signal }).catch(
      (error: unknown) => {
        // ffmpeg succeeds without a frame when a seek goes past the end.
        if (error instanceof MediaFailure && error.code === 'CORRUPT') return null
        throw error
      },
    )
  }
  await mkdir(workDir, { recursive: true })
  try {
    for (const at of posterTimes(transcode.source.seconds)) {
      const drawn = await draw(at)
      if (drawn && (!best || drawn.brightness > best.drawn.brightness)) best = { at, drawn }
      if (best && best.drawn.brightness >= BLACK) break
    }
    if (!best) throw new MediaFailure('CORRUPT', 'no frame can be decoded')
    if (last !== best.at) await draw(best.at)
  } finally {
    await rm(framePath, { force: true })
  }
  const renditions = best.drawn.renditions.map((one) => ({ ...one, path: `${POSTER_FOLDER}/${one.path}` }))
  const poster = renditions.findLast((one) => one.contentType === 'image/jpeg')
  if (!poster) throw new MediaFailure('INTERNAL', 'a poster without JPEG')
  const { placeholder, dominantColor, perceptualHash } = best.drawn
  return { placeholder, dominantColor, perceptualHash, renditions, poster }
}
