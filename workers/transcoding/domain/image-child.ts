/**
 * The process in which pictures are decoded, so that a crash of libvips or a memory limit ends this process and never the worker.
 * Reads a job as JSON from each line of stdin, one after the other; answers with one JSON message a line (`image-message.ts`).
 */
import { Console } from 'node:console'
import { writeSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { MediaFailure } from './failure.ts'
import { type ImageMessage, imageJobSchema } from './image-message.ts'
import { drawImage } from './image-render.ts'
import { restrictLoaders } from './image-source.ts'

// A decoder tells the console what it thinks of a file; the parent reads nothing but messages.
globalThis.console = new Console(process.stderr)

const say = (message: ImageMessage) => writeSync(1, `${JSON.stringify(message)}\n`)

async function draw(line: string): Promise<void> {
  try {
    const job = imageJobSchema.parse(JSON.parse(line))
    const image = await drawImage(job, (percent) => say({ type: 'progress', percent }))
    say({ type: 'drawn', image, memoryBytes: process.memoryUsage.rss() })
  } catch (error) {
    const failure = error instanceof MediaFailure ? error : new MediaFailure('INTERNAL', String(error))
    say({ type: 'failed', code: failure.code, detail: failure.detail ?? '' })
  }
}

restrictLoaders()
for await (const line of createInterface({ input: process.stdin })) await draw(line)
