/**
 * The process in which pictures are decoded, one per job, so that a crash of libvips or a memory limit ends this process and
 * never the worker. Takes the job as JSON in its first argument, answers with one JSON message a line (`image-message.ts`).
 */
import { Console } from 'node:console'
import { writeSync } from 'node:fs'
import { MediaFailure } from './failure.ts'
import { type ImageMessage, imageJobSchema } from './image-message.ts'
import { drawImage } from './image-render.ts'
import { restrictLoaders } from './image-source.ts'

// A decoder tells the console what it thinks of a file; the parent reads nothing but messages.
globalThis.console = new Console(process.stderr)

const say = (message: ImageMessage) => writeSync(1, `${JSON.stringify(message)}\n`)

try {
  restrictLoaders()
  const job = imageJobSchema.parse(JSON.parse(process.argv[2] ?? 'null'))
  const image = await drawImage(job, (percent) => say({ type: 'progress', percent }))
  say({ type: 'drawn', image })
} catch (error) {
  const failure = error instanceof MediaFailure ? error : new MediaFailure('INTERNAL', String(error))
  say({ type: 'failed', code: failure.code, detail: failure.detail ?? '' })
}
