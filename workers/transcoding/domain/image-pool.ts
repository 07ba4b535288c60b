// Processes that draw pictures, kept for the next one: starting one takes longer than drawing a photograph.
import { MediaFailure } from './failure.ts'
import { type DrawOptions, type ImageProcess, startImageProcess } from './image-process.ts'
import type { DrawnImage, ImageJob } from './image-render.ts'

export type PoolLimits = {
  /** Pictures that one process draws, at most. */
  pictures: number
  /** A process that has grown beyond this is not used again, in bytes. */
  memoryBytes: number
  /** Processes that wait for work, at most. */
  idle: number
  /** Milliseconds that one waits before it is ended. */
  idleMs: number
}

const usualLimits: PoolLimits = { pictures: 40, memoryBytes: 512 * 1024 ** 2, idle: 2, idleMs: 10_000 }

export type ImagePool = {
  /** As `ImageProcess.draw`, in a process that nobody else uses meanwhile. */
  draw(job: ImageJob, options: DrawOptions): Promise<DrawnImage>
  /** Ends those that wait. */
  clear(): void
}

/** What an earlier picture may have to do with: a decoder whose memory it damaged, or left little of. */
const isDoubtful = (error: unknown) =>
  error instanceof MediaFailure && (error.code === 'CORRUPT' || error.code === 'INTERNAL')

/** A pool. There are as many processes as pictures are drawn at once. */
export function createImagePool(
  limits: Partial<PoolLimits> = {},
  start: () => ImageProcess = startImageProcess,
): ImagePool {
  const { pictures, memoryBytes, idle, idleMs } = { ...usualLimits, ...limits }
  const waiting: { process: ImageProcess; timer: NodeJS.Timeout }[] = []

  const take = (): ImageProcess | undefined => {
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      clearTimeout(next.timer)
      if (!next.process.ended) return next.process
    }
    return undefined
  }

  const giveBack = (process: ImageProcess): void => {
    const worn = process.drawn >= pictures || process.memoryBytes > memoryBytes
    if (process.ended || worn || waiting.length >= idle) {
      process.end()
      return
    }
    const timer = setTimeout(() => {
      const at = waiting.findIndex((one) => one.process === process)
      if (at >= 0) waiting.splice(at, 1)
      process.end()
    }, idleMs)
    waiting.push({ process, timer: timer.unref() })
  }

  const drawIn = async (process: ImageProcess, job: ImageJob, options: DrawOptions): Promise<DrawnImage> => {
    try {
      return await process.draw(job, options)
    } finally {
      giveBack(process)
    }
  }

  return {
    async draw(job, options) {
      options.signal?.throwIfAborted()
      const used = take()
      if (used) {
        try {
          return await drawIn(used, job, options)
        } catch (error) {
          // The verdict on a file never depends on the files before it.
          if (!isDoubtful(error)) throw error
        }
      }
      return drawIn(start(), job, options)
    },
    clear() {
      for (const { process, timer } of waiting.splice(0)) {
        clearTimeout(timer)
        process.end()
      }
    },
  }
}
