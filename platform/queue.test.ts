// Jobs: run once each in the end, whatever happens on the way.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { jobs } from '#schema/jobs.ts'
import { testPlatform } from '../tests/platform.ts'
import { type JobHandlers, type JobRow, prepareJobs, startJobWorker } from './queue.ts'
import type { Platform } from './service.ts'

let platform: Platform
let stack: AsyncDisposableStack

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
  await prepareJobs(platform.db('feed'))
})
afterAll(() => stack.disposeAsync())

const rows = () => platform.db('feed').collection<JobRow>('jobs')
const work = (
  backfill: JobHandlers<'fanout'>['fanout.backfill'],
  markCelebrity: JobHandlers<'fanout'>['fanout.markCelebrity'] = async () => {},
) =>
  startJobWorker(
    {
      mongo: platform.mongo,
      redis: platform.queueRedis,
      namespace: platform.config.namespace,
      log: platform.log,
    },
    'fanout',
    {
      'fanout.backfill': backfill,
      'fanout.deliverPost': async () => {},
      'fanout.deliverRest': async () => {},
      'fanout.markCelebrity': markCelebrity,
    },
  )
const payload = { viewerId: 'user_1', authorId: 'user_2' }

test('the same key is one job; a failed try is repeated; the row tells the outcome', async () => {
  let tries = 0
  const worker = work(async () => {
    tries++
    if (tries < 3) throw new Error('not yet')
  })
  await Promise.all(
    Array.from({ length: 10 }, () => platform.jobs.enqueue('fanout.backfill', 'once', payload)),
  )
  await expect
    .poll(() => rows().findOne({ _id: 'fanout.backfill:once' }), { timeout: 20_000 })
    .toMatchObject({
      state: 'DONE',
      attempts: 3,
    })
  expect(tries).toBe(3)
  await worker.stop()
})

test('a job that Redis forgot is found again by its row (X7)', async () => {
  await platform.jobs.enqueue('fanout.backfill', 'forgotten', payload)
  const keys = await platform.queueRedis.keys(`{${platform.config.namespace}}*`)
  await platform.queueRedis.del(keys)
  const worker = work(async () => {})
  await expect
    .poll(() => rows().findOne({ _id: 'fanout.backfill:forgotten' }), { timeout: 20_000 })
    .toMatchObject({
      state: 'DONE',
    })
  await worker.stop()
})

test('a job whose worker died is taken over when its lease has ended, and not before', async () => {
  const leaseUntil = new Date(Date.now() + 1_500)
  await platform.jobs.enqueue('fanout.backfill', 'orphan', payload)
  await rows().updateOne(
    { _id: 'fanout.backfill:orphan' },
    { $set: { state: 'ACTIVE', fence: 1, leaseUntil } },
  )
  const started = Promise.withResolvers<number>()
  const worker = work(async () => started.resolve(Date.now()))
  expect(await started.promise).toBeGreaterThanOrEqual(leaseUntil.getTime())
  await worker.stop()
})

test('each sort of job runs as often at once as its row says, whatever else the worker does', async () => {
  const { concurrency } = jobs['fanout.backfill']
  const count = concurrency * 3
  const gate = Promise.withResolvers<void>()
  let now = 0
  let most = 0
  let marked = 0
  const worker = work(
    async () => {
      most = Math.max(most, ++now)
      await gate.promise
      now--
    },
    async () => {
      marked++
    },
  )
  for (let at = 0; at < count; at++) await platform.jobs.enqueue('fanout.backfill', `many:${at}`, payload)
  await expect.poll(() => now, { timeout: 20_000 }).toBe(concurrency)
  // Another sort comes through while this one has as many as it may.
  const author = { authorId: 'user_2', afterFollowerId: null }
  for (let at = 0; at < 3; at++) await platform.jobs.enqueue('fanout.markCelebrity', `after:${at}`, author)
  await expect.poll(() => marked, { timeout: 20_000 }).toBe(3)
  expect(now).toBe(concurrency)
  gate.resolve()
  const done = { _id: /^fanout\.backfill:many:/ as never, state: 'DONE' as const }
  await expect.poll(() => rows().countDocuments(done), { timeout: 20_000 }).toBe(count)
  expect(most).toBe(concurrency)
  await worker.stop()
})
