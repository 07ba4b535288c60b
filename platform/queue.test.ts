// Jobs: run once each in the end, whatever happens on the way.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { jobs } from '#schema/jobs.ts'
import { testPlatform } from '../tests/platform.ts'
import {
  createJobQueue,
  type JobEnds,
  type JobHandlers,
  type JobRow,
  prepareJobs,
  startJobWorker,
} from './queue.ts'
import { connectQueue } from './redis.ts'
import type { Platform } from './service.ts'

let platform: Platform
let stack: AsyncDisposableStack

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
  await prepareJobs(platform.db('feed'))
})
afterAll(() => stack.disposeAsync())

const silent = () => platform.log.child({}, { level: 'silent' })
const rows = () => platform.db('feed').collection<JobRow>('jobs')
const work = (
  backfill: JobHandlers<'fanout'>['fanout.backfill'],
  markCelebrity: JobHandlers<'fanout'>['fanout.markCelebrity'] = async () => {},
  ends: JobEnds<'fanout'> = {},
) =>
  startJobWorker(
    {
      mongo: platform.mongo,
      redis: platform.queueRedis,
      namespace: platform.config.namespace,
      log: silent(),
    },
    'fanout',
    {
      'fanout.backfill': backfill,
      'fanout.deliverPost': async () => {},
      'fanout.deliverRest': async () => {},
      'fanout.markCelebrity': markCelebrity,
    },
    ends,
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

/** Adds a backfill of which so many tries have failed. */
async function enqueueTried(key: string, attempts: number): Promise<string> {
  const _id = `fanout.backfill:${key}`
  await platform.jobs.enqueue('fanout.backfill', key, payload)
  await rows().updateOne({ _id }, { $set: { attempts } })
  return _id
}
const { attempts: maxTries } = jobs['fanout.backfill']

test('a job that fails again and again waits longer each time, whatever the sweep finds meanwhile (V14)', async () => {
  const _id = await enqueueTried('slower', 4)
  const tries: number[] = []
  const worker = work(async () => {
    if (tries.push(Date.now()) === 1) throw new Error('not yet')
  })
  await expect
    .poll(() => rows().findOne({ _id }), { timeout: 20_000 })
    .toMatchObject({ state: 'DONE', attempts: 6 })
  // 250 ms · 2⁴: the sweep comes by twice, and is to leave it alone.
  expect((tries[1] ?? 0) - (tries[0] ?? 0)).toBeGreaterThanOrEqual(4_000)
  await worker.stop()
})

test('a job that meets an outage is tried until that is over, and spends no try (X3, V14)', async () => {
  const _id = await enqueueTried('outage', maxTries - 1)
  let tries = 0
  const worker = work(async ({ lastAttempt }) => {
    expect(lastAttempt).toBe(true)
    if (++tries < 3) throw Object.assign(new Error('S3 is away'), { code: 'ECONNREFUSED' })
  })
  await expect
    .poll(() => rows().findOne({ _id }), { timeout: 20_000 })
    .toMatchObject({ state: 'DONE', attempts: maxTries })
  expect(tries).toBe(3)
  await worker.stop()
})

test('what looks like an outage for more than a day is given up, and somebody is told (X6)', async () => {
  const _id = await enqueueTried('hopeless', maxTries - 1)
  await rows().updateOne({ _id }, { $set: { createdAt: new Date(Date.now() - 86_400_000) } })
  const told: unknown[] = []
  const worker = work(
    async () => {
      throw Object.assign(new Error('it never comes'), { code: 'ECONNREFUSED' })
    },
    undefined,
    { 'fanout.backfill': async (lost) => void told.push(lost) },
  )
  await expect
    .poll(() => rows().findOne({ _id }), { timeout: 20_000 })
    .toMatchObject({ state: 'FAILED', attempts: maxTries, error: 'it never comes' })
  expect(told).toEqual([{ id: _id, payload }])
  await worker.stop()
})

test('a job that ends its process each time is not run for ever, and somebody is told (X6)', async () => {
  const _id = await enqueueTried('deadly', maxTries + 1)
  const run: string[] = []
  const told: unknown[] = []
  const worker = work(async ({ id }) => void run.push(id), undefined, {
    'fanout.backfill': async (lost) => void told.push(lost),
  })
  await expect.poll(() => rows().findOne({ _id }), { timeout: 20_000 }).toMatchObject({ state: 'FAILED' })
  expect(run).toEqual([])
  expect(told).toEqual([{ id: _id, payload }])
  await worker.stop()
})

test('a job is held while its end is done', async () => {
  const _id = await enqueueTried('slow end', maxTries + 1)
  const leaseOf = async () => (await rows().findOne({ _id }))?.leaseUntil.getTime() ?? 0
  const worker = work(async () => {}, undefined, {
    async 'fanout.backfill'() {
      const before = await leaseOf()
      await expect.poll(leaseOf, { timeout: 20_000 }).toBeGreaterThan(before)
    },
  })
  await expect
    .poll(() => rows().findOne({ _id }), { timeout: 20_000 })
    .toMatchObject({ state: 'FAILED', fence: 1 })
  await worker.stop()
})

test('a worker that has lost a job leaves its end to the one that has it', async () => {
  const _id = await enqueueTried('lost', maxTries - 1)
  const told: unknown[] = []
  const lost = Promise.withResolvers<void>()
  const worker = work(
    async () => {
      const leaseUntil = new Date(Date.now() + 3_600_000)
      await rows().updateOne({ _id }, { $set: { leaseUntil }, $inc: { fence: 1 } })
      lost.resolve()
      throw new Error('broken')
    },
    undefined,
    { 'fanout.backfill': async (job) => void told.push(job) },
  )
  await lost.promise
  // It waits for the job at hand.
  await worker.stop()
  expect(told).toEqual([])
  expect(await rows().findOne({ _id })).toMatchObject({ state: 'ACTIVE', fence: 2 })
  await rows().deleteOne({ _id })
})

test('a job whose end fails each time is given up without it (X6)', async () => {
  const _id = await enqueueTried('endless', maxTries + 4)
  let ended = 0
  const worker = work(async () => {}, undefined, {
    async 'fanout.backfill'() {
      ended++
      throw new Error('the end is broken')
    },
  })
  await expect.poll(() => rows().findOne({ _id }), { timeout: 20_000 }).toMatchObject({ state: 'FAILED' })
  expect(ended).toBe(1)
  await worker.stop()
})

test('the end of a job that meets an outage is done when that is over; it spends no claim, and the job is not run again (X3, X6)', async () => {
  const _id = await enqueueTried('end in an outage', maxTries - 1)
  let run = 0
  let ended = 0
  const worker = work(
    async () => {
      run++
      throw new Error('broken')
    },
    undefined,
    {
      async 'fanout.backfill'() {
        if (++ended < 4) throw Object.assign(new Error('S3 is away'), { code: 'ECONNREFUSED' })
      },
    },
  )
  await expect
    .poll(() => rows().findOne({ _id }), { timeout: 20_000 })
    .toMatchObject({ state: 'FAILED', attempts: maxTries + 2, error: 'broken' })
  expect([run, ended]).toEqual([1, 4])
  await worker.stop()
})

test('the index that `openByName` has replaced goes', async () => {
  await rows().createIndex({ leaseUntil: 1 }, { name: 'open', partialFilterExpression: { finishedAt: null } })
  for (let i = 0; i < 2; i++) await prepareJobs(platform.db('feed'))
  expect(await rows().indexExists('open')).toBe(false)
  expect(await rows().indexExists('openByName')).toBe(true)
})

test('jobs that only wait do not stand before those of another name that Redis does not know (X7, V14)', async () => {
  const old = new Date(Date.now() - 3_600_000)
  const gate = Promise.withResolvers<void>()
  await Promise.all(
    Array.from({ length: 600 }, (_, at) =>
      platform.jobs.enqueue('fanout.markCelebrity', `before:${at}`, {
        authorId: 'user_2',
        afterFollowerId: null,
      }),
    ),
  )
  await rows().updateMany({ name: 'fanout.markCelebrity', finishedAt: null }, { $set: { leaseUntil: old } })
  await platform.jobs.enqueue('fanout.backfill', 'behind', payload)
  const keys = await platform.queueRedis.keys(`{${platform.config.namespace}}*`)
  await platform.queueRedis.del(keys)
  const worker = work(
    async () => {},
    () => gate.promise,
  )
  await expect
    .poll(() => rows().findOne({ _id: 'fanout.backfill:behind' }), { timeout: 20_000 })
    .toMatchObject({ state: 'DONE' })
  await rows().deleteMany({ name: 'fanout.markCelebrity', finishedAt: null })
  gate.resolve()
  await worker.stop()
})

test('a job is added while its Redis is away, and runs when it is back (X3)', async () => {
  const { config, mongo } = platform
  const away = connectQueue('redis://127.0.0.1:1', silent())
  const queue = createJobQueue(mongo, away, config.namespace)
  await queue.enqueue('fanout.backfill', 'unheard', payload)
  const worker = work(async () => {})
  await expect
    .poll(() => rows().findOne({ _id: 'fanout.backfill:unheard' }), { timeout: 20_000 })
    .toMatchObject({ state: 'DONE' })
  await worker.stop()
  await queue.close()
  away.disconnect()
})
