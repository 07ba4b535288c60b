import { CircuitOpen } from './breaker.ts'
import { beforeDeadline, DeadlinePassed } from './deadline.ts'
import type { DataSource } from './sources.ts'

/** Clients' requests that waited in vain: they wait for nothing more, however many fetches they have left. */
const late = new WeakSet<object>()

/**
 * A source in this process that answers within `ms` milliseconds or rejects, as one behind HTTP does by itself. What it was at
 * goes on; nobody hears of it.
 */
export function inTime<C extends object>(source: DataSource<C>, ms: number): DataSource<C> {
  return {
    async process(request, client) {
      if (late.has(client)) throw new CircuitOpen('this request has waited in vain')
      try {
        return await beforeDeadline(ms, async () => source.process(request, client))
      } catch (error) {
        if (error instanceof DeadlinePassed) late.add(client)
        throw error
      }
    },
  }
}
