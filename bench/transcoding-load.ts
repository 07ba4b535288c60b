// How long the API takes to answer while videos are encoded on the same machine: the encoders run at a lower priority.
import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import type { Platform } from '#platform/service.ts'
import { newId } from '#schema/ids.ts'
import type { MediaRow } from '#subgraphs/content/model.ts'
import { HomeFeedDocument } from '../web/src/operations.gen.ts'
import { type Figure, type Measurement, percentile } from './figure.ts'
import { drawFilm, mediaRow } from './media.ts'
import { asSent, headersOf } from './operation.ts'
import { scaled } from './size.ts'
import { openSystem } from './system.ts'
import { populate, type World } from './world.ts'

const films = 2
const calls = scaled(150, 20)
/** One call after the other begins so many milliseconds later, whether the one before was answered or not. */
const everyMs = 100

const body = JSON.stringify({
  operationName: 'HomeFeed',
  query: asSent(HomeFeedDocument),
  variables: { first: 20, order: 'CHRONOLOGICAL' },
})

/** Milliseconds from when a call was due to when its answer was there. */
async function latencies(url: string, { viewers }: World): Promise<Measurement> {
  const start = performance.now()
  const times = await Promise.all(
    Array.from({ length: calls }, async (_, at) => {
      const due = start + at * everyMs
      await delay(Math.max(0, due - performance.now()))
      const token = viewers[at % viewers.length]?.token ?? ''
      const answer = await fetch(url, { method: 'POST', headers: headersOf(token), body })
      const { errors } = (await answer.json()) as { errors?: unknown }
      if (errors) throw new Error(JSON.stringify(errors))
      return performance.now() - due
    }),
  )
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
}

/** Has films encoded while `work` is done, and waits for their end. */
async function whileEncoding<T>(platform: Platform, film: Buffer, work: () => Promise<T>): Promise<T> {
  const rows = platform.db('content').collection<MediaRow>('media')
  const ids = Array.from({ length: films }, () => newId('media'))
  for (const mediaId of ids) {
    const [contentType, byteSize] = ['video/mp4', film.length]
    await platform.storage.write(`uploads/${mediaId}`, film, { contentType, byteSize })
    await rows.insertOne({ ...mediaRow(mediaId, byteSize), kind: 'VIDEO', contentType })
    await platform.jobs.enqueue('transcoding.processMedia', mediaId, { mediaId })
  }
  const count = (status: MediaRow['status'], progress: number) =>
    rows.countDocuments({ _id: { $in: ids }, status, progress: { $gte: progress } })
  // The encoders are at work when the poster is drawn.
  while ((await count('PROCESSING', 5)) === 0) await delay(100)
  const done = await work()
  if (
    (await count('PROCESSING', 0)) === 0 &&
    (await rows.countDocuments({ _id: { $in: ids }, unfinished: true })) === 0
  ) {
    throw new Error('the films were encoded before the calls were answered')
  }
  for (;;) {
    const open = await rows.countDocuments({
      _id: { $in: ids },
      $or: [{ status: 'PROCESSING' }, { unfinished: true }],
    })
    if (open === 0) return done
    await delay(200)
  }
}

/** Opens the figure. */
export async function apiWhileTranscoding(stack: AsyncDisposableStack): Promise<Figure> {
  const { platform, start } = await openSystem(stack, { PUBLIC_URL: 'http://localhost:4000' })
  const api = await start('gateway/all-in-one.ts')
  await start('workers/transcoding/main.ts')
  const world = await populate(platform, { viewers: 20, authors: 50, follows: 20, posts: 300 })
  const film = await readFile((await drawFilm(stack)).path)
  const url = `http://127.0.0.1:${api.port}/graphql`
  // Caches are filled and code is compiled before either is measured.
  await latencies(url, world)
  return {
    name: 'api-while-transcoding',
    what: `The first 20 posts of the home feed, a call each ${everyMs} ms, ${calls} of them: while ${films} films of a minute are encoded on the same cores, and while nothing else is done. The aim is 1.5 times the median and 3 times the 99th percentile.`,
    units: { p50: 'ms', p99: 'ms' },
    better: 'less',
    aim: 0.67,
    product: {
      name: 'while encoding',
      measure: () => whileEncoding(platform, film, () => latencies(url, world)),
    },
    baseline: { name: 'idle', measure: () => latencies(url, world) },
  }
}
