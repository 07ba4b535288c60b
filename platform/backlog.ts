// What waits in a subgraph's share of the system, for the metrics of its process: also what its workers have not done, which may
// be away. Several processes of a subgraph say the same.
import { consumers, unitOwners } from '#schema/events.ts'
import { type JobName, jobs } from '#schema/jobs.ts'
import type { SubgraphName } from '#schema/sdl.ts'
import { durables } from './bus.ts'
import { countDeadLetters } from './dead-letters.ts'
import type { Labels } from './metrics.ts'
import { countUnsent } from './outbox.ts'
import { countFailedJobs, countOpenJobs } from './queue.ts'
import type { Platform } from './service.ts'

/** Declares the gauges of what waits for one subgraph and for its workers. */
export function showBacklog({ metrics, streams, config, db }: Platform, subgraph: SubgraphName): void {
  const rows = db(subgraph)
  const own = durables(config.namespace).filter(
    ({ consumer }) => unitOwners[consumers[consumer]] === subgraph,
  )
  const jobNames = (Object.keys(jobs) as JobName[]).filter((name) => jobs[name].owner === subgraph)
  const byJob = async (counted: Promise<ReadonlyMap<JobName, number>>) => {
    const counts = await counted
    return jobNames.map((job) => [{ job } as Labels, counts.get(job) ?? 0] as const)
  }
  metrics.gauge('heliograph_outbox_unsent', 'Events that are committed and not published yet.', async () => [
    [{ subgraph }, await countUnsent(rows)],
  ])
  metrics.gauge(
    'heliograph_dead_letters',
    'Events that consumers gave up and nobody has had replayed.',
    async () => [[{ subgraph }, await countDeadLetters(rows)]],
  )
  metrics.gauge('heliograph_jobs_open', 'Jobs that wait or are being done.', () => byJob(countOpenJobs(rows)))
  metrics.gauge('heliograph_jobs_failed', 'Jobs of the last seven days that were given up.', () =>
    byJob(countFailedJobs(rows)),
  )
  metrics.gauge('heliograph_consumer_pending', 'Events that a consumer has not handled yet.', async () => {
    const readings = await Promise.allSettled(
      own.map(async ({ stream, durable, consumer, publisher }) => {
        const { num_pending, num_ack_pending } = await streams.consumers.info(stream, durable)
        return [{ consumer, publisher } as Labels, num_pending + num_ack_pending] as const
      }),
    )
    // Those of one that cannot be asked are left out.
    return readings.flatMap((reading) => (reading.status === 'fulfilled' ? [reading.value] : []))
  })
}
