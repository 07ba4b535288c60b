// What a process does by itself again and again, such as mending counts. Nothing depends on a chore being on time: it repairs,
// or tidies up.
import type { Log } from './log.ts'

/** Work that is repeated for as long as the process lives. */
export interface Chore {
  name: string
  /** Milliseconds between the end of one run and the next. Processes that share the work come at other moments. */
  everyMs: number
  /** Runs once; rejecting has it run again at the next turn. Ends soon after the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

/** Repeats chores until stopped; a stop waits for the runs at hand. */
export function startChores(chores: readonly Chore[], log: Log): { stop(): Promise<void> } {
  const stopping = new AbortController()
  const runs = chores.map(async (chore) => {
    // A part of the time at first, so that processes that start together do not all look at once.
    for (let wait = chore.everyMs * Math.random(); ; wait = chore.everyMs) {
      await pause(wait, stopping.signal)
      if (stopping.signal.aborted) return
      try {
        await chore.run(stopping.signal)
      } catch (error) {
        log.warn({ chore: chore.name, error: String(error) }, 'a chore failed and is tried again')
      }
    }
  })
  return {
    async stop() {
      stopping.abort()
      await Promise.all(runs)
    },
  }
}

/** Resolves after a time, or when the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve()
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
  })
}
