// What Content does again and again: it publishes what is due, and compares counts with what they count. Every process of Content
// does; the rows decide who publishes.
import type { Log } from '#platform/log.ts'
import { publishDue, type ScheduleDeps } from './domain/scheduling.ts'
import { healTopics } from './domain/topics.ts'

const lookMs = 1_000
const healMs = 60_000

/** Starts looking; a stop waits for the work at hand. */
export function startScheduler(deps: ScheduleDeps & Parameters<typeof healTopics>[0] & { log: Log }): {
  stop(): Promise<void>
} {
  const loops = [
    repeat(lookMs, deps.log, () => publishDue(deps)),
    repeat(healMs, deps.log, () => healTopics(deps)),
  ]
  return {
    async stop() {
      await Promise.all(loops.map((loop) => loop.stop()))
    },
  }
}

function repeat(pauseMs: number, log: Log, work: () => Promise<unknown>): { stop(): Promise<void> } {
  const stopping = Promise.withResolvers<void>()
  let stopped = false
  const pause = async () => {
    let timer: NodeJS.Timeout | undefined
    await Promise.race([
      stopping.promise,
      new Promise<void>((resolve) => {
        timer = setTimeout(resolve, pauseMs)
      }),
    ])
    clearTimeout(timer)
  }
  const loop = async () => {
    while (!stopped) {
      try {
        await work()
      } catch (error) {
        log.warn({ error: (error as Error).message }, 'schedules and counts wait until MongoDB answers')
      }
      if (!stopped) await pause()
    }
  }
  const running = loop()
  return {
    async stop() {
      stopped = true
      stopping.resolve()
      await running
    },
  }
}
