// Jobs. A row in MongoDB is the job: payload, lease, fencing number, attempts, outcome, and when it is tried again. BullMQ only
// says that there is one, and gives concurrency; what it forgets, a sweep of the rows brings back.
import { DelayedError, Queue, Worker } from 'bullmq'
import type { Redis } from 'ioredis'
import type { Db, Filter, MongoClient } from 'mongodb'
import { type JobName, type JobPayload, type Jobs, type JobsOf, jobs, type WorkerName } from '#schema/jobs.ts'
import type { SubgraphName } from '#schema/sdl.ts'
import type { Log } from './log.ts'
import { databaseName, dropReplaced } from './mongo.ts'
import { isOutage, outageMs } from './outage.ts'
import { within } from './within.ts'

type JobState = 'WAITING' | 'ACTIVE' | 'DONE' | 'FAILED'

export interface JobRow {
  _id: string
  name: JobName
  payload: Record<string, unknown>
  state: JobState
  /** Grows with every claim: a worker whose number is no longer the row's has lost the job. */
  fence: number
  /** Tries that began, without those that an outage or a stop of the worker ended. */
  attempts: number
  /** Nobody else takes it up before: the holder's lease, or the pause after a failure. */
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
  /** Whether a failure of this try is final, unless it is an outage's. */
  lastAttempt: boolean
  /** Aborts when the lease is lost or the worker stops. */
  signal: AbortSignal
}

/** A worker's code: one function for each of its jobs. */
export type JobHandlers<W extends WorkerName> = { [N in JobsOf<W>]: (run: JobRun<N>) => Promise<void> }

/**
 * What is to be done when a job is given up, for those who wait for it. Nothing of the job itself is run again: it may be what killed
 * each of its workers. It may be done twice, and when what the job was for has been asked for anew.
 */
export type JobEnds<W extends WorkerName> = {
  [N in JobsOf<W>]?: (job: Pick<JobRun<N>, 'id' | 'payload'>) => Promise<void>
}

export interface JobQueue {
  /** Adds a job once: the same key again changes nothing. Safe to repeat after a crash. */
  enqueue<N extends JobName>(name: N, key: string, payload: JobPayload<N>): Promise<void>
  close(): Promise<void>
}

const sweepMs = 2_000
const retentionSeconds = 7 * 86_400
/** How long a job waits for BullMQ to hear of it. Without that the sweep finds its row. */
const ringMs = 2_000
/** How many more claims a job may have whose end fails. */
const maxEnds = 5

const bullPrefix = (namespace: string) => `{${namespace}}`
// BullMQ forbids colons in ids of jobs.
const bullId = (id: string) => id.replaceAll(':', '/')
const workerOf = (name: JobName) => name.split('.')[0] as WorkerName

/** Indexes of a subgraph's jobs. */
export async function prepareJobs(db: Db): Promise<void> {
  const rows = db.collection('jobs')
  await rows.createIndexes([
    { key: { name: 1, leaseUntil: 1 }, name: 'openByName', partialFilterExpression: { finishedAt: null } },
    { key: { finishedAt: 1 }, name: 'finished', expireAfterSeconds: retentionSeconds },
    { key: { name: 1 }, name: 'failed', partialFilterExpression: { state: 'FAILED' } },
  ])
  // Of before `openByName`.
  await dropReplaced(rows, 'open')
}

/** Jobs that wait or are being done, by name; of the first hundred thousand. */
export function countOpenJobs(db: Db): Promise<Map<JobName, number>> {
  // The name is there for the index alone.
  return countByName(db, { finishedAt: null, name: { $gt: '' as JobName } })
}

/** Jobs that were given up and are still kept, by name; of the first hundred thousand. */
export function countFailedJobs(db: Db): Promise<Map<JobName, number>> {
  return countByName(db, { state: 'FAILED', name: { $gt: '' as JobName } })
}

async function countByName(db: Db, filter: Filter<JobRow>): Promise<Map<JobName, number>> {
  const counts = await db
    .collection<JobRow>('jobs')
    .aggregate<{ _id: JobName; count: number }>(
      [{ $match: filter }, { $limit: 100_000 }, { $group: { _id: '$name', count: { $sum: 1 } } }],
      { maxTimeMS: 1_000 },
    )
    .toArray()
  return new Map(counts.map(({ _id, count }) => [_id, count]))
}

/** The way to add jobs. */
export function createJobQueue(mongo: MongoClient, redis: Redis, namespace: string): JobQueue {
  const bell = openBell(redis, namespace)
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
      await bell.ring({ _id, name })
    },
    close: () => bell.close(),
  }
}

/** What tells BullMQ of rows. */
interface Bell {
  /** Has a row looked at. One that BullMQ knows already it keeps as it is; one that it does not hear of, the sweep finds. */
  ring(row: Pick<JobRow, '_id' | 'name'>): Promise<void>
  close(): Promise<void>
}

function openBell(redis: Redis, namespace: string): Bell {
  // One for each job's name, so that each has a concurrency of its own.
  const queues = new Map<JobName, Queue>()
  let silentUntil = 0
  const queueOf = (name: JobName): Queue => {
    let queue = queues.get(name)
    if (!queue) {
      queue = new Queue(name, { connection: redis, prefix: bullPrefix(namespace) })
      // The connection says so itself when Redis goes; without a listener BullMQ writes each attempt to the console.
      queue.on('error', () => {})
      queues.set(name, queue)
    }
    return queue
  }
  return {
    async ring({ _id, name }) {
      // A command would wait for as long as Redis is away, and with it whoever adds the job.
      if (redis.status !== 'ready' || Date.now() < silentUntil) return
      const entry = { jobId: bullId(_id), removeOnComplete: true, removeOnFail: true }
      await within(ringMs, queueOf(name).add(name, { id: _id }, entry)).catch(() => {
        silentUntil = Date.now() + ringMs
      })
    },
    async close() {
      await Promise.all([...queues.values()].map((queue) => queue.close()))
    },
  }
}

/** How often a job is claimed in order to run: once more than it may be tried, for the outcome of one may have been lost. */
const maxClaims = ({ name }: JobRow) => jobs[name].attempts + 1

const ageOf = (row: JobRow) => Date.now() - row.createdAt.getTime()

/** Whether a failure is an outage's, rather than the job's. */
const isAway = (error: unknown, row: JobRow) => isOutage(error) && ageOf(row) < outageMs

/** Milliseconds until a failed job is tried again: twice as long after each try that is spent, and in an outage a part of its age. */
function pauseAfter(row: JobRow, isOutages: boolean): number {
  const pause = isOutages ? Math.min(Math.max(ageOf(row) / 4, 1_000), 60_000) : 250 * 2 ** (row.attempts - 1)
  // Those that failed together come one after the other.
  return pause * (1 + Math.random() / 4)
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
  ends: JobEnds<W> = {},
): { stop(): Promise<void> } {
  const names = (Object.keys(jobs) as JobName[]).filter((name) => workerOf(name) === worker)
  const owner: SubgraphName = jobs[names[0] as JobName].owner
  const rows = deps.mongo.db(databaseName(deps.namespace, owner)).collection<JobRow>('jobs')
  const bell = openBell(deps.redis, deps.namespace)
  const stopping = new AbortController()

  /** The row for this worker; or when to look again, in Unix milliseconds; null when it has come to its end. */
  const claim = async (id: string): Promise<JobRow | number | null> => {
    const row = await rows.findOne({ _id: id })
    if (!row || row.finishedAt) return null
    const now = new Date()
    const claimed = await rows.findOneAndUpdate(
      { _id: id, finishedAt: null, leaseUntil: { $lte: now } },
      {
        $set: { state: 'ACTIVE', leaseUntil: new Date(now.getTime() + jobs[row.name].leaseMs) },
        $inc: { fence: 1, attempts: 1 },
      },
      { returnDocument: 'after' },
    )
    if (claimed) return claimed
    // Another worker has it, or died with it: its lease may be made to end at any time.
    return row.state === 'ACTIVE' ? now.getTime() + 1_000 : row.leaseUntil.getTime()
  }

  const settleRow = async (row: JobRow, change: Partial<JobRow>): Promise<void> => {
    await rows.updateOne({ _id: row._id, fence: row.fence }, { $set: change })
  }

  /** Makes the lease of a row as long as it was; whether the row is still this claim's. */
  const renew = async ({ _id, name, fence }: JobRow): Promise<boolean> => {
    const leaseUntil = new Date(Date.now() + jobs[name].leaseMs)
    const { matchedCount } = await rows.updateOne({ _id, fence, finishedAt: null }, { $set: { leaseUntil } })
    return matchedCount === 1
  }

  /** Works on a row while its lease is renewed; `lost` aborts when that is no longer possible. */
  const holding = async <T>(row: JobRow, work: (lost: AbortSignal) => Promise<T>): Promise<T> => {
    const lost = new AbortController()
    const renewal = setInterval(() => {
      renew(row)
        .then((isHeld) => isHeld || lost.abort())
        .catch(() => {})
    }, jobs[row.name].leaseMs / 4)
    return work(lost.signal).finally(() => clearInterval(renewal))
  }

  /** Has a job's end done; when to look again, in Unix milliseconds, when another worker has it by now or the end met an outage, or null. */
  const giveUp = async (row: JobRow, error: string): Promise<number | null> => {
    if (!(await renew(row))) return Date.now() + 1_000
    deps.log.error({ job: row._id, attempts: row.attempts, error }, 'job given up')
    const end = ends[row.name as JobsOf<W>] as
      | ((job: { id: string; payload: unknown }) => Promise<void>)
      | undefined
    try {
      await end?.({ id: row._id, payload: row.payload })
    } catch (failure) {
      if (isAway(failure, row)) {
        const again = Date.now() + pauseAfter(row, true)
        // As before this claim, but where the job itself would run again.
        const attempts = Math.max(row.attempts - 1, maxClaims(row))
        await settleRow(row, { state: 'WAITING', attempts, leaseUntil: new Date(again), error })
        return again
      }
      // It comes again when its lease has ended.
      if (row.attempts < jobs[row.name].attempts + maxEnds) throw failure
      deps.log.error({ job: row._id, error: String(failure) }, 'the end of a job is given up')
    }
    await settleRow(row, { state: 'FAILED', finishedAt: new Date(), error })
    return null
  }

  /** Runs a job once; when to try again, in Unix milliseconds, or null when it has come to its end. */
  const run = async (row: JobRow, lost: AbortSignal): Promise<number | null> => {
    const definition = jobs[row.name]
    const lastAttempt = row.attempts >= definition.attempts
    const handle = handlers[row.name as JobsOf<W>] as unknown as (run: JobRun<JobName>) => Promise<void>
    try {
      await handle({
        id: row._id,
        payload: definition.payload.parse(row.payload) as never,
        attempt: row.attempts,
        lastAttempt,
        signal: AbortSignal.any([lost, stopping.signal]),
      })
      await settleRow(row, { state: 'DONE', finishedAt: new Date(), error: null })
      return null
    } catch (error) {
      const reason = (error instanceof Error ? error.message : String(error)).slice(0, 500)
      deps.log.warn({ job: row._id, attempt: row.attempts, error: reason }, 'job failed')
      const isInterrupted = stopping.signal.aborted || lost.aborted
      const isOutages = isAway(error, row)
      // Neither is the job's doing.
      const isSpent = !isInterrupted && !isOutages
      if (isSpent && lastAttempt) return await giveUp(row, reason)
      const again = Date.now() + (isInterrupted ? 0 : pauseAfter(row, isOutages))
      await settleRow(row, {
        state: 'WAITING',
        attempts: isSpent ? row.attempts : row.attempts - 1,
        leaseUntil: new Date(again),
        error: reason,
      })
      return again
    }
  }

  /** Does what is to be done of a job now; when to look again, in Unix milliseconds, or null when it has come to its end. */
  const look = async (id: string): Promise<number | null> => {
    const row = await claim(id)
    if (row === null || typeof row === 'number') return row
    return holding(row, (lost) =>
      row.attempts <= maxClaims(row)
        ? run(row, lost)
        : giveUp(row, row.error ?? 'Its tries ended without an outcome.'),
    )
  }

  const openWorker = (name: JobName): Worker => {
    const bull = new Worker(
      name,
      async (job, token) => {
        const again = await look((job.data as { id: string }).id)
        if (again === null) return
        await job.moveToDelayed(again, token)
        throw new DelayedError()
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

  // Rows that no entry in Redis stands for any more (a crash between the two, or a wiped Redis) get a new one. Each name for itself:
  // those that only wait are found each time, and must not stand before another's.
  const sweep = setInterval(() => {
    const idle = new Date(Date.now() - sweepMs)
    const ringOpen = async (name: JobName) => {
      const open = rows.find(
        { name, finishedAt: null, leaseUntil: { $lt: idle } },
        { projection: { name: 1 } },
      )
      await Promise.all((await open.limit(500).toArray()).map(bell.ring))
    }
    Promise.all(names.map(ringOpen)).catch((error: unknown) =>
      deps.log.debug({ error: String(error) }, 'the sweep of jobs waits'),
    )
  }, sweepMs)

  return {
    async stop() {
      clearInterval(sweep)
      const grace = setTimeout(() => stopping.abort(), 5_000)
      await Promise.all(workers.map((bull) => bull.close()))
      clearTimeout(grace)
      await bell.close()
    },
  }
}
