import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { MediaFailure } from './failure.ts'
import { type ImageMessage, imageMessageSchema } from './image-message.ts'
import type { DrawnImage, ImageJob } from './image-render.ts'
import { run } from './run.ts'

const CHILD = fileURLToPath(new URL('./image-child.ts', import.meta.url))

/** A hundred times what a 50-megapixel picture takes: beyond it the file is meant to stall a decoder. */
const TIMEOUT_MS = 60_000

/** 50 megapixels of 16 bits and four channels, twice, and room for libvips' own. */
const MEMORY_BYTES = 2 * 1024 ** 3

export type ImageOptions = Pick<ImageJob, 'edit' | 'keep'> & {
  plan?: ImageJob['plan']
  signal?: AbortSignal
  timeoutMs?: number
}

function parseMessage(line: string): ImageMessage {
  try {
    return imageMessageSchema.parse(JSON.parse(line))
  } catch (error) {
    throw new MediaFailure('INTERNAL', `image process said: ${line.slice(0, 200)}`, { cause: error })
  }
}

/**
 * Draws the renditions of one picture into `outDir` (made when missing), in a process of its own: a square of 150 px, widths
 * 320 to 1440 up to the source's, each in WebP and JPEG, and `original`. Output is upright, sRGB and without metadata.
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
  const { edit, keep } = options
  const job: ImageJob = { inputPath, outDir, plan: options.plan ?? 'IMAGE', edit, keep }
  let drawn: DrawnImage | undefined
  const { code, signal, stderr } = await run(process.execPath, [CHILD, JSON.stringify(job)], {
    timeoutMs: options.timeoutMs ?? TIMEOUT_MS,
    memoryBytes: MEMORY_BYTES,
    signal: options.signal,
    onStdoutLine: (line) => {
      const message = parseMessage(line)
      if (message.type === 'progress') onProgress(message.percent)
      else if (message.type === 'drawn') drawn = message.image
      else throw new MediaFailure(message.code, message.detail)
    },
  })
  if (drawn && code === 0) return drawn
  throw new MediaFailure('INTERNAL', `image process ended with ${signal ?? code}: ${stderr}`)
}
