import { setTimeout as pause } from 'node:timers/promises'
import { isOutage } from '#platform/outage.ts'

const retryMs = 500

/**
 * Runs work on Redis, again and again while Redis cannot be reached: a delivery that was given up during an outage would be
 * a hole in timelines that outlive it. Ends with the signal, or with an error that is no outage.
 */
export async function untilRedisAnswers<R>(signal: AbortSignal, work: () => Promise<R>): Promise<R> {
  while (true) {
    try {
      return await work()
    } catch (error) {
      if (!isOutage(error)) throw error
      await pause(retryMs, undefined, { signal })
    }
  }
}
