// Waiting for a system to come to rest: no event on its way, no job open.
import { durables } from '#platform/bus.ts'
import type { JobRow } from '#platform/queue.ts'
import type { Platform } from '#platform/service.ts'
import { subgraphNames } from '#schema/sdl.ts'

/** What still moves, in words; null when the system is at rest. */
async function unrest(platform: Platform): Promise<string | null> {
  for (const name of subgraphNames) {
    const unsent = await platform.db(name).collection('outbox').countDocuments({ sentAt: null }, { limit: 1 })
    if (unsent > 0) return `the outbox of ${name}`
  }
  const infos = await Promise.all(
    durables(platform.config.namespace).map(({ stream, durable }) =>
      platform.streams.consumers.info(stream, durable),
    ),
  )
  for (const info of infos) {
    if (info.num_pending + info.num_ack_pending > 0) return `the consumer ${info.name} of ${info.stream_name}`
  }
  for (const name of subgraphNames) {
    const open = await platform.db(name).collection<JobRow>('jobs').findOne({ finishedAt: null })
    if (open) return `the job ${open._id} (${open.state}, ${open.error ?? 'no error'})`
  }
  return null
}

/**
 * Resolves when everything that was acknowledged has had its effect. Each look is a round of requests to the servers, which
 * is what paces it; two quiet looks in a row mean rest, for work ends in events and events in work.
 */
export async function settle(platform: Platform, deadlineMs = 90_000): Promise<void> {
  const deadline = Date.now() + deadlineMs
  for (let quiet = 0; quiet < 2; ) {
    const moving = await unrest(platform)
    quiet = moving ? 0 : quiet + 1
    if (moving && Date.now() > deadline) throw new Error(`The system did not come to rest: ${moving}`)
  }
}
