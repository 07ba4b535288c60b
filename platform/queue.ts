// Jobs. A row in MongoDB is the job: payload, lease, fencing number, attempts, outcome. BullMQ only says that there is one,
// and gives concurrency and back-off; what it forgets, a sweep of the rows brings back.
import { DelayedError, Queue, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Db, MongoClient } from 'mongodb'
import { type JobName, type JobPayload, type Jobs, type JobsOf, jobs, type WorkerName } from '#schema/jobs.ts'
import type { SubgraphName } from '#schema/sdl.ts'
import type { Log } from './log.ts'
import { databaseName } from './mongo.ts'

type JobState = 'WAITING' | 'ACTIVE' | 'DONE' | 'FAILED'

export interface JobRow {
  _id: string
  name: JobName
  payload: Record<string, unknown>
  state: JobState
  /** Grows with every claim: a worker whose number is no longer the row's has lost the job. */
  fence: number
  attempts: number
  leaseUntil: Date
  createdAt: Date
  finishedAt: Date | null
  error: string | null
}

/** What a job's code works with. */
export interface JobRun<N extends JobName> {
  id: string
  payload: JobPayload<N>
  /** Which try this is, from 1. */
  attempt: number
  /** Whether a failure of this try is final. */
  lastAttempt: boolean
  /** Aborts when the lease is lost or the worker stops. */
  signal: AbortSignal
}

/** A worker's code: one function for each of its jobs. */
export type JobHandlers<W extends WorkerName> = { [N in JobsOf<W>]: (run: JobRun<N>) => Promise<void> }

export interface JobQueue {
  /** Adds a job once: the same key again changes nothing. Safe to repeat after a crash. */
  enqueue<N extends JobName>(name: N, key: string, payload: JobPayload<N>): Promise<void>
  close(): Promise<void>
}

const sweepMs = 2_000
const retentionSeconds = 7 * 86_400

const bullPrefix = (namespace: string) => `{${namespace}}`
// BullMQ forbids colons in ids of jobs.
const bullId = (id: string, fence: number) => `${id.replaceAll(':', '/')}/${fence}`
const workerOf = (name: JobName) => name.split('.')[0] as WorkerName

/** Indexes of a subgraph's jobs. */
export async function prepareJobs(db: Db): Promise<void> {
  await db.collection('jobs').createIndexes([
    { key: { leaseUntil: 1 }, name: 'open', partialFilterExpression: { finishedAt: null } },
    { key: { finishedAt: 1 }, name: 'finished', expireAfterSeconds: retentionSeconds },
  ])
}

/** The way to add jobs. */
export function createJobQueue(mongo: MongoClient, redis: Redis, namespace: string): JobQueue {
  const queues = openQueues(redis, namespace)
  return {
    async enqueue(name, key, payload) {
      const definition: Jobs[JobName] = jobs[name]
      const _id = `${name}:${key}`
      const now = new Date()
      await mongo
        .db(databaseName(namespace, definition.owner))
        .collection<JobRow>('jobs')
        .updateOne(
          { _id },
          {
            $setOnInsert: {
              name,
              payload: definition.payload.parse(payload),
              state: 'WAITING',
              fence: 0,
              attempts: 0,
              leaseUntil: now,
              createdAt: now,
              finishedAt: null,
              error: null,
            },
          },
          { upsert: true },
        )
      await ring(queues.of(name), { _id, name, fence: 0 })
    },
    close: () => queues.close(),
  }
}

/** BullMQ's queues: one for each job's name, so that each has a concurrency of its own. */
function openQueues(redis: Redis, namespace: string): { of(name: JobName): Queue; close(): Promise<void> } {
  const queues = new Map<JobName, Queue>()
  return {
    of(name) {
      let queue = queues.get(name)
      if (!queue) {
        queue = new Queue(name, { connection: redis, prefix: bullPrefix(namespace) })
        // The connection says so itself when Redis goes; without a listener BullMQ writes each attempt to the console.
        queue.on('error', () => {})
        queues.set(name, queue)
      }
      return queue
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()))
    },
  }
}

async function ring(queue: Queue, row: { _id: string; name: JobName; fence: number }): Promise<void> {
  await queue.add(
    row.name,
    { id: row._id },
    {
      jobId: bullId(row._id, row.fence),
      attempts: jobs[row.name].attempts,
      backoff: { type: 'exponential', delay: 250 },
      removeOnComplete: true,
      removeOnFail: true,
    },
  )
}

interface WorkerDeps {
  mongo: MongoClient
  redis: Redis
  namespace: string
  log: Log
}

/** Runs a worker's jobs until stopped. A stop waits for the jobs at hand for up to five seconds, then gives them up. */
export function startJobWorker<W extends WorkerName>(
  deps: WorkerDeps,
  worker: W,
  handlers: JobHandlers<W>,
): { stop(): Promise<void> } {
  const names = (Object.keys(jobs) as JobName[]).filter((name) => workerOf(name) === worker)
  const owner: SubgraphName = jobs[names[0] as JobName].owner
  const rows = deps.mongo.db(databaseName(deps.namespace, owner)).collection<JobRow>('jobs')
  const queues = openQueues(deps.redis, deps.namespace)
  const stopping = new AbortController()

  const claim = async (id: string): Promise<JobRow | 'finished' | 'leased'> => {
    const row = await rows.findOne({ _id: id })
    if (!row || row.finishedAt) return 'finished'
    const now = new Date()
    const claimed = await rows.findOneAndUpdate(
      { _id: id, finishedAt: null, leaseUntil: { $lte: now } },
      {
        $set: { state: 'ACTIVE', leaseUntil: new Date(now.getTime() + jobs[row.name].leaseMs) },
        $inc: { fence: 1, attempts: 1 },
      },
      { returnDocument: 'after' },
    )
    return claimed ?? 'leased'
  }

  const settleRow = async (row: JobRow, change: Partial<JobRow>): Promise<void> => {
    await rows.updateOne({ _id: row._id, fence: row.fence }, { $set: change })
  }

  const run = async (row: JobRow): Promise<void> => {
    const definition = jobs[row.name]
    const lost = new AbortController()
    const renewal = setInterval(() => {
      const leaseUntil = new Date(Date.now() + definition.leaseMs)
      rows
        .updateOne({ _id: row._id, fence: row.fence, finishedAt: null }, { $set: { leaseUntil } })
        .then((result) => result.matchedCount === 0 && lost.abort())
        .catch(() => {})
    }, definition.leaseMs / 4)
    const lastAttempt = row.attempts >= definition.attempts
    const handle = handlers[row.name as JobsOf<W>] as unknown as (run: JobRun<JobName>) => Promise<void>
    try {
      await handle({
        id: row._id,
        payload: definition.payload.parse(row.payload) as never,
        attempt: row.attempts,
        lastAttempt,
        signal: AbortSignal.any([lost.signal, stopping.signal]),
      })
      await settleRow(row, { state: 'DONE', finishedAt: new Date(), error: null })
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      deps.log.warn({ job: row._id, attempt: row.attempts, error: reason }, 'job failed')
      const given = lastAttempt && !stopping.signal.aborted
      await settleRow(row, {
        state: given ? 'FAILED' : 'WAITING',
        finishedAt: given ? new Date() : null,
        leaseUntil: new Date(),
        error: reason.slice(0, 500),
      })
      if (!given) throw error
    } finally {
      clearInterval(renewal)
    }
  }

  const openWorker = (name: JobName): Worker => {
    const bull = new Worker(
      name,
      async (job, token) => {
        const row = await claim((job.data as { id: string }).id)
        if (row === 'finished') return
        if (row === 'leased') {
          // Another worker has it, or died with it: look again when its lease may have ended.
          await job.moveToDelayed(Date.now() + 1_000, token)
          throw new DelayedError()
        }
        await run(row)
      },
      {
        connection: deps.redis,
        prefix: bullPrefix(deps.namespace),
        concurrency: jobs[name].concurrency,
        lockDuration: 5_000,
        stalledInterval: 2_000,
        maxStalledCount: 100,
      },
    )
    bull.on('error', (error) => deps.log.debug({ error: error.message }, 'BullMQ'))
    return bull
  }
  const workers = names.map(openWorker)

  // Rows that no entry in Redis stands for any more (a crash between the two, or a wiped Redis) get a new one.
  const sweep = setInterval(() => {
    const idle = new Date(Date.now() - sweepMs)
    rows
      .find({ finishedAt: null, leaseUntil: { $lt: idle } }, { projection: { name: 1, fence: 1 } })
      .limit(500)
      .toArray()
      .then((open) => Promise.all(open.map((row) => ring(queues.of(row.name), row))))
      .catch((error: unknown) => deps.log.debug({ error: String(error) }, 'the sweep of jobs waits'))
  }, sweepMs)

  return {
    async stop() {
      clearInterval(sweep)
      const grace = setTimeout(() => stopping.abort(), 5_000)
      await Promise.all(workers.map((bull) => bull.close()))
      clearTimeout(grace)
      await queues.close()
    },
  }
}
