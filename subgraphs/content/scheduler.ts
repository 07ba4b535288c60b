// What Content does again and again: it publishes what is due, and compares counts with what they count. Every process of Content
// does; the rows decide who publishes.
import { startChores } from '#platform/chores.ts'
import type { Log } from '#platform/log.ts'
import { publishDue, type ScheduleDeps } from './domain/scheduling.ts'
import { healTopics } from './domain/topics.ts'

const lookMs = 1_000
const healMs = 60_000

/** Starts looking; a stop waits for the work at hand. Not a chore among others: what is due is published wherever Content runs. */
export function startScheduler(
  deps: ScheduleDeps & Parameters<typeof healTopics>[0] & { log: Log },
): ReturnType<typeof startChores> {
  return startChores(
    [
      { name: 'schedules', everyMs: lookMs, run: async () => void (await publishDue(deps)) },
      { name: 'topic-counts', everyMs: healMs, run: () => healTopics(deps) },
    ],
    deps.log,
  )
}
