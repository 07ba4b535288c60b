// Fan-out of 100 posts to 9,000 active followers: by the worker, and by a Redis pipeline of the same adding and trimming.
import { setTimeout as pause } from 'node:timers/promises'
import { encodeEvent } from '#platform/bus.ts'
import type { JobRow } from '#platform/queue.ts'
import { connectCache } from '#platform/redis.ts'
import type { Platform } from '#platform/service.ts'
import { eventSubject } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import type { LivePost } from '#subgraphs/content/model.ts'
import { timelineCap } from '#subgraphs/feed/model.ts'
import { prepare as prepareGraph } from '#subgraphs/graph/store.ts'
import { testEnvironment, testPlatform } from '../tests/platform.ts'
import { startProcess } from '../tests/system.ts'
import { openTimelines } from './audience.ts'
import type { Figure, Measurement } from './figure.ts'
import { followRows, postRow } from './world.ts'

const followers = 9_000
const postsPerRun = 100
const entries = followers * postsPerRun
const pipelineLength = 1_000
/** Pipelines under way at once: as many as the worker runs jobs. */
const inFlight = 4
const deadlineMs = 90_000

/** Opens the figure. */
export async function fanOut(stack: AsyncDisposableStack): Promise<Figure> {
  const env = testEnvironment()
  const { platform, stack: platformStack } = await testPlatform({}, env)
  stack.defer(() => platformStack.disposeAsync())
  const authorId = newId('user')
  const followerIds = Array.from({ length: followers }, () => newId('user'))
  await prepareGraph(platform.db('graph'))
  await platform
    .db('user')
    .collection<{ _id: string }>('users')
    .insertOne({ _id: authorId, isPrivate: false, status: 'ACTIVE', version: 1 } as { _id: string })
  await platform
    .db('graph')
    .collection<{ _id: string }>('relations')
    .insertMany(followerIds.flatMap((id) => followRows(id, authorId, new Date())))
  const worker = await startProcess('workers/fanout/main.ts', env)
  stack.defer(() => worker.stop())
  const redis = connectCache(platform.config.redisUrl, platform.log)
  stack.defer(() => redis.disconnect())

  return {
    name: 'fan-out',
    what: `${postsPerRun} posts to ${followers.toLocaleString('en-US')} active followers, from the first event published to the last job done. Both begin with empty timelines.`,
    units: { rate: 'entries/s' },
    better: 'more',
    product: {
      name: 'the fan-out worker: events, jobs in MongoDB and BullMQ, followers out of MongoDB, timelines in Redis',
      measure: () => measureWorker(platform, authorId, followerIds),
    },
    baseline: {
      name: `\`ZADD\` and \`ZREMRANGEBYRANK\` an entry in ioredis pipelines of ${pipelineLength.toLocaleString('en-US')} entries, ${inFlight} under way`,
      measure: async () => {
        const keys = followerIds.map((id) => `${platform.config.namespace}:pipeline:{${id}}`)
        const rate = await measurePipeline(redis, keys)
        await unlink(redis, keys)
        return { rate }
      },
    },
    aim: 0.6,
  }
}

async function measureWorker(
  platform: Platform,
  authorId: string,
  followerIds: readonly string[],
): Promise<Measurement> {
  const { namespace } = platform.config
  await openTimelines(platform, followerIds)
  const posts = Array.from({ length: postsPerRun }, (_, i) => postRow(authorId, new Date(Date.now() + i), []))
  await platform.db('content').collection<LivePost>('posts').insertMany(posts)
  const jobs = platform.db('feed').collection<JobRow>('jobs')
  await jobs.deleteMany({ finishedAt: { $ne: null } })

  const started = performance.now()
  await Promise.all(
    posts.map(({ _id: postId }) => {
      const payload = { postId, authorId }
      const event = {
        _id: newId('event'),
        name: 'post.published',
        payload,
        at: new Date(),
        sentAt: null,
      } as const
      const subject = `${namespace}.${eventSubject('post.published', postId)}`
      return platform.jetstream.publish(subject, encodeEvent(event), { msgID: event._id })
    }),
  )
  // A thousand followers a job; the last full one is followed by one that finds nobody.
  const expected = postsPerRun * (followers / 1_000 + 1)
  const deadline = Date.now() + deadlineMs
  while ((await jobs.countDocuments({ state: 'DONE' })) < expected) {
    if (Date.now() > deadline) throw new Error('the fan-out did not end')
    await pause(20)
  }
  const seconds = (performance.now() - started) / 1_000

  const keys = followerIds.map((id) => `${namespace}:timeline:{${id}}`)
  // The floor is a member too.
  const sizes = await Promise.all(keys.map((key) => platform.cache.zcard(key)))
  if (sizes.some((size) => size !== postsPerRun + 1)) throw new Error('a timeline lacks posts')
  await unlink(platform.cache, keys)
  return { rate: entries / seconds }
}

type Redis = Platform['cache']

async function measurePipeline(redis: Redis, keys: readonly string[]): Promise<number> {
  const now = Date.now()
  const postIds = Array.from({ length: postsPerRun }, () => newId('post'))
  // What the other side begins with: a floor each.
  await inChunks(keys, 500, (key) => redis.zadd(key, 0, 'floor'))
  const chunks: { postId: string; at: number; keys: readonly string[] }[] = []
  for (const [i, postId] of postIds.entries()) {
    for (let from = 0; from < keys.length; from += pipelineLength) {
      chunks.push({ postId, at: now + i, keys: keys.slice(from, from + pipelineLength) })
    }
  }
  const started = performance.now()
  let next = 0
  const send = async () => {
    for (let chunk = chunks[next++]; chunk; chunk = chunks[next++]) {
      const pipeline = redis.pipeline()
      for (const key of chunk.keys) {
        pipeline.zadd(key, chunk.at, chunk.postId)
        pipeline.zremrangebyrank(key, 0, -timelineCap - 2)
      }
      await pipeline.exec()
    }
  }
  await Promise.all(Array.from({ length: inFlight }, send))
  const seconds = (performance.now() - started) / 1_000
  const sizes = await Promise.all(keys.map((key) => redis.zcard(key)))
  if (sizes.some((size) => size !== postsPerRun + 1)) throw new Error('a timeline lacks posts')
  return entries / seconds
}

async function unlink(redis: Redis, keys: readonly string[]): Promise<void> {
  for (let from = 0; from < keys.length; from += 1_000) await redis.unlink(...keys.slice(from, from + 1_000))
}

async function inChunks<T>(
  items: readonly T[],
  size: number,
  work: (item: T) => Promise<unknown>,
): Promise<void> {
  for (let from = 0; from < items.length; from += size) {
    await Promise.all(items.slice(from, from + size).map(work))
  }
}
