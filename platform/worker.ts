// What the workers share: a worker is the slow half of one subgraph. Its consumers turn events into jobs, its jobs do the work.
import { type UnitName, unitOwners } from '#schema/events.ts'
import type { WorkerName } from '#schema/jobs.ts'
import { serveAdminOfWorkers } from './admin.ts'
import { type ConsumerHandlers, prepareConsumers, startConsumers } from './bus.ts'
import { type JobEnds, type JobHandlers, prepareJobs, startJobWorker } from './queue.ts'
import { type Platform, runProcess } from './service.ts'

/** A worker, as its `main.ts` declares it. */
export interface WorkerDefinition<W extends WorkerName & UnitName> {
  name: W
  /** `stop` ends what else was started, such as timers. */
  start(platform: Platform): {
    consumers: ConsumerHandlers<W>
    jobs: JobHandlers<W>
    ends?: JobEnds<W>
    stop?: () => void
  }
}

/** Starts a worker's consumers and jobs on a platform. */
export async function startWorker<W extends WorkerName & UnitName>(
  platform: Platform,
  definition: WorkerDefinition<W>,
  stack: AsyncDisposableStack,
): Promise<void> {
  const { name } = definition
  const log = platform.log.child({ worker: name })
  const { namespace } = platform.config
  const db = platform.db(unitOwners[name])
  await Promise.all([prepareConsumers(db), prepareJobs(db)])
  const parts = definition.start(platform)
  stack.defer(() => parts.stop?.())
  const worker = startJobWorker(
    { mongo: platform.mongo, redis: platform.queueRedis, namespace, log },
    name,
    parts.jobs,
    parts.ends,
  )
  stack.defer(() => worker.stop())
  const consumers = await startConsumers(
    { jetstream: platform.jetstream, db, namespace, log, metrics: platform.metrics },
    parts.consumers,
  )
  stack.defer(() => consumers.stop())
}

/** The process of one worker alone. */
export function runWorker<W extends WorkerName & UnitName>(definition: WorkerDefinition<W>): Promise<void> {
  return runProcess(definition.name, async (platform, stack) => {
    await startWorker(platform, definition, stack)
    platform.log.info({ adminUrl: await serveAdminOfWorkers(platform, stack) }, 'ready')
  })
}
