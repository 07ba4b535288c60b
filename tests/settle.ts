// Waiting for a system to come to rest: no event on its way, no job open.
import { setTimeout as delay } from 'node:timers/promises'
import { nanos } from 'nats'
import { durables } from '#platform/bus.ts'
import type { JobRow } from '#platform/queue.ts'
import type { Platform } from '#platform/service.ts'
import { type SubgraphName, subgraphNames } from '#schema/sdl.ts'

/** Which events of these outboxes and consumers are on their way, in words; null when none is. */
async function movingEvents(
  platform: Platform,
  outboxes: readonly SubgraphName[],
  isAwaited: (durable: string) => boolean,
): Promise<string | null> {
  for (const name of outboxes) {
    const unsent = await platform.db(name).collection('outbox').countDocuments({ sentAt: null }, { limit: 1 })
    if (unsent > 0) return `the outbox of ${name}`
  }
  const infos = await Promise.all(
    durables(platform.config.namespace)
      .filter(({ durable }) => isAwaited(durable))
      .map(({ stream, durable }) => platform.streams.consumers.info(stream, durable)),
  )
  const busy = infos.find((info) => info.num_pending + info.num_ack_pending > 0)
  return busy ? `the consumer ${busy.name} of ${busy.stream_name}` : null
}

/** Which job is open, in words; null when none is. */
async function openJob(platform: Platform): Promise<string | null> {
  for (const name of subgraphNames) {
    const open = await platform.db(name).collection<JobRow>('jobs').findOne({ finishedAt: null })
    if (open) return `the job ${open._id} (${open.state}, ${open.error ?? 'no error'})`
  }
  return null
}

/** How long a look waits for the next: looking without a pause would take the processors from what is waited for. */
export const pauseMs = 20

/** Resolves after two quiet looks in a row: work ends in events, and events in work. */
async function rest(look: () => Promise<string | null>, deadlineMs: number): Promise<void> {
  const deadline = Date.now() + deadlineMs
  for (let quiet = 0; quiet < 2; ) {
    const moving = await look()
    quiet = moving ? 0 : quiet + 1
    if (moving) await delay(pauseMs)
    if (moving && Date.now() > deadline) throw new Error(`The system did not come to rest: ${moving}`)
  }
}

/** Resolves when everything that was acknowledged has had its effect. */
export function settle(platform: Platform, deadlineMs = 90_000): Promise<void> {
  return rest(
    async () => (await movingEvents(platform, subgraphNames, () => true)) ?? openJob(platform),
    deadlineMs,
  )
}

/** What processes that died had taken of these consumers' events comes again in a second, in place of half a minute. */
export async function endWaits(platform: Platform, isMeant: (durable: string) => boolean): Promise<void> {
  for (const { stream, durable } of durables(platform.config.namespace))
    if (isMeant(durable)) await platform.streams.consumers.update(stream, durable, { ack_wait: nanos(1_000) })
}

/** Resolves when a subgraph that runs alone has published its events, and the awaited of its consumers have handled theirs. */
export function settleSubgraph(
  platform: Platform,
  name: SubgraphName,
  isAwaited: (durable: string) => boolean = (durable) => durable.startsWith(`${name}-`),
): Promise<void> {
  return rest(() => movingEvents(platform, [name], isAwaited), 30_000)
}
