/** A subgraph took longer than it may. */
export class DeadlinePassed extends Error {}

/** A deadline is waited for in so many parts. */
const parts = 4

/**
 * What `work` resolves to; rejects with `DeadlinePassed` when that is not there after `ms` milliseconds, whatever `work` does
 * with its signal: a request that still waits for a connection does not look at it.
 *
 * A process that was busy all the time has not read what came meanwhile. So time is counted in parts, and after each, the last
 * one too, the sockets are read: an answer that is there is not late.
 */
export async function beforeDeadline<T>(ms: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  const { promise: late, reject } = Promise.withResolvers<never>()
  let passed = 0
  let last: NodeJS.Immediate | undefined
  const timer = setInterval(() => {
    passed += 1
    if (passed < parts) return
    clearInterval(timer)
    last = setImmediate(() => {
      const reason = new DeadlinePassed(`no answer in ${ms} ms`)
      controller.abort(reason)
      reject(reason)
    })
  }, ms / parts)
  try {
    return await Promise.race([work(controller.signal), late])
  } finally {
    clearInterval(timer)
    clearImmediate(last)
  }
}
