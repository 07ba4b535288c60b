/** A subgraph is known to be away: the request was not sent. */
export class CircuitOpen extends Error {}

/** Keeps requests from a server that does not answer, so that they fail at once instead of one time-out each. */
export interface Breaker {
  /** Whether nothing may be sent at the moment. */
  readonly open: boolean
  /** The server answered. */
  succeeded(): void
  /** It did not: the connection failed, or what stands in front of it said so. */
  failed(): void
  /**
   * It let a request wait in vain.
   * @param since when that was sent. When nothing was answered in all that time, this one is enough to open the circuit.
   */
  timedOut(since: number): void
  /** Ends probing. */
  close(): void
}

export interface BreakerOptions {
  /** Asks the server for a sign of life; rejects when there is none. Only called while the circuit is open. */
  readonly probe: () => Promise<unknown>
  /** Failures in a row that open the circuit. Default 5. */
  readonly failures?: number
  /** Between two probes, a fourth more or less: many gateways that lost a server together do not ask it together. Default 1,000 ms. */
  readonly probeMs?: number
}

/**
 * A circuit breaker whose half-open state is a probe of its own beside the clients' requests: none of them is the one that
 * finds out, by waiting, that the server is still away.
 */
export function createBreaker({ probe, failures = 5, probeMs = 1_000 }: BreakerOptions): Breaker {
  let inARow = 0
  let lastAnswer = 0
  let open = false
  let closed = false
  let timer: NodeJS.Timeout | undefined

  const succeeded = (): void => {
    inARow = 0
    lastAnswer = performance.now()
    open = false
    clearTimeout(timer)
  }
  const probeLater = (): void => {
    if (closed) return
    const pauseMs = probeMs * (0.75 + Math.random() / 2)
    timer = setTimeout(() => {
      probe().then(
        () => succeeded(),
        () => {
          if (open) probeLater()
        },
      )
    }, pauseMs)
    timer.unref()
  }
  const trip = (): void => {
    if (open) return
    open = true
    probeLater()
  }
  const failed = (): void => {
    inARow += 1
    if (inARow >= failures) trip()
  }

  return {
    get open() {
      return open
    },
    succeeded,
    failed,
    timedOut(since) {
      if (lastAnswer < since) trip()
      else failed()
    },
    close() {
      closed = true
      clearTimeout(timer)
    },
  }
}
