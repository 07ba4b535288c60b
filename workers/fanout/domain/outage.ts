import { setTimeout as pause } from 'node:timers/promises'

const retryMs = 500

/**
 * Runs work on Redis, again and again while Redis cannot be reached: a delivery that was given up during an outage would be
 * a hole in timelines that outlive it. Ends with the signal, or with an error that Redis itself answers.
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

/** Whether ioredis could not get an answer, or Redis is not ready to give one. */
function isOutage(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  if (error.name === 'ReplyError')
    return /^(OOM|LOADING|READONLY|MASTERDOWN|CLUSTERDOWN|BUSY)/.test(error.message)
  return (
    error.name === 'MaxRetriesPerRequestError' ||
    /^(Command timed out|Connection is closed|Stream isn't writeable|Too many Cluster redirections|Cluster isn't ready)/.test(
      error.message,
    )
  )
}
