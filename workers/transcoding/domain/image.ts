import { mkdir } from 'node:fs/promises'
import { createImagePool } from './image-pool.ts'
import type { DrawnImage, ImageJob } from './image-render.ts'

/** A hundred times what a 50-megapixel picture takes: beyond it the file is meant to stall a decoder. */
const TIMEOUT_MS = 60_000

/** This process's: those that wait end by themselves, and with it. */
const pool = createImagePool()

export type ImageOptions = Pick<ImageJob, 'edit' | 'keep'> & {
  plan?: ImageJob['plan']
  signal?: AbortSignal
  timeoutMs?: number
}

/**
 * Draws the renditions of one picture into `outDir` (made when missing), in another process: a square of 150 px, widths 320 to
 * 1440 up to the source's, each in WebP and JPEG, and `original`. Output is upright, sRGB and without metadata.
 * @param onProgress percent done, 0 to 100
 * @throws MediaFailure TOO_MANY_PIXELS, CORRUPT, TIMED_OUT or INTERNAL
 */
export async function renderImage(
  inputPath: string,
  outDir: string,
  onProgress: (percent: number) => void = () => {},
  options: ImageOptions = {},
): Promise<DrawnImage> {
  await mkdir(outDir, { recursive: true })
  const { edit, keep, signal, plan = 'IMAGE', timeoutMs = TIMEOUT_MS } = options
  return await pool.draw({ inputPath, outDir, plan, edit, keep }, { timeoutMs, onProgress, signal })
}
