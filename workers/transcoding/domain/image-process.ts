// A process that draws pictures, one at a time, as its parent sees it. Whatever goes wrong ends it: after a failure nobody knows
// what state a decoder is in.
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { MediaFailure } from './failure.ts'
import { type ImageMessage, imageMessageSchema } from './image-message.ts'
import type { DrawnImage, ImageJob } from './image-render.ts'
import { STDERR_TAIL, spawnFenced } from './run.ts'

const CHILD = fileURLToPath(new URL('./image-child.ts', import.meta.url))

/** 50 megapixels of 16 bits and four channels, twice, and room for libvips' own. */
const MEMORY_BYTES = 2 * 1024 ** 3

export type DrawOptions = {
  /** Wall-clock limit in milliseconds. */
  timeoutMs: number
  /** Percent done, 0 to 100. */
  onProgress: (percent: number) => void
  signal?: AbortSignal | undefined
}

export type ImageProcess = {
  readonly pid: number | undefined
  /** How many pictures it has drawn. */
  readonly drawn: number
  /** Its memory after the last of them. */
  readonly memoryBytes: number
  /** Whether it has ended, or is about to. */
  readonly ended: boolean
  /**
   * Draws one picture; not two at once. After a failure the process is no more.
   * @throws MediaFailure; on abort the signal's reason
   */
  draw(job: ImageJob, options: DrawOptions): Promise<DrawnImage>
  end(): void
}

type Drawing = {
  onProgress: DrawOptions['onProgress']
  resolve: (image: DrawnImage) => void
  reject: (reason: unknown) => void
}

function parseMessage(line: string): ImageMessage {
  try {
    return imageMessageSchema.parse(JSON.parse(line))
  } catch (error) {
    throw new MediaFailure('INTERNAL', `image process said: ${line.slice(0, 200)}`, { cause: error })
  }
}

/** Starts one. While it draws nothing it keeps nobody alive. */
export function startImageProcess(): ImageProcess {
  const child = spawnFenced(process.execPath, [CHILD], { memoryBytes: MEMORY_BYTES })
  const handles = [
    child,
    ...[child.stdin, child.stdout, child.stderr].map((pipe) => pipe as unknown as Socket),
  ]
  let drawn = 0
  let memoryBytes = 0
  let ended = false
  let failure: unknown
  let drawing: Drawing | undefined
  let stderr = ''

  const end = (reason?: unknown) => {
    failure ??= reason
    ended = true
    child.kill('SIGKILL')
  }
  const rest = () => {
    drawing = undefined
    for (const handle of handles) handle.unref()
  }
  // Its files are the caller's to remove, so a failure is told when nobody writes them any more.
  const close = (reason: unknown) => {
    ended = true
    drawing?.reject(failure ?? reason)
    rest()
  }

  const hear = (message: ImageMessage) => {
    if (!drawing) throw new MediaFailure('INTERNAL', 'image process spoke unasked')
    if (message.type === 'failed') throw new MediaFailure(message.code, message.detail)
    if (message.type === 'progress') return drawing.onProgress(message.percent)
    drawn++
    memoryBytes = message.memoryBytes
    drawing.resolve(message.image)
    rest()
  }

  child.stdin.on('error', () => {})
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr = (stderr + chunk).slice(-STDERR_TAIL)
  })
  createInterface({ input: child.stdout }).on('line', (line) => {
    if (ended) return
    try {
      hear(parseMessage(line))
    } catch (error) {
      end(error)
    }
  })
  child.once('error', (error) => close(new MediaFailure('INTERNAL', String(error), { cause: error })))
  child.once('close', (code, signal) =>
    close(new MediaFailure('INTERNAL', `image process ended with ${signal ?? code}: ${stderr}`)),
  )
  rest()

  return {
    get pid() {
      return child.pid
    },
    get drawn() {
      return drawn
    },
    get memoryBytes() {
      return memoryBytes
    },
    get ended() {
      return ended
    },
    async draw(job, { timeoutMs, onProgress, signal }) {
      signal?.throwIfAborted()
      for (const handle of handles) handle.ref()
      const onAbort = () => end(signal?.reason ?? new Error('aborted'))
      const timer = setTimeout(
        () => end(new MediaFailure('TIMED_OUT', `a picture took ${timeoutMs} ms`)),
        timeoutMs,
      )
      signal?.addEventListener('abort', onAbort, { once: true })
      try {
        return await new Promise<DrawnImage>((resolve, reject) => {
          drawing = { onProgress, resolve, reject }
          child.stdin.write(`${JSON.stringify(job)}\n`)
        })
      } finally {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
      }
    },
    end: () => end(),
  }
}
