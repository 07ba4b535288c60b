// Subscriptions on the socket: each goes on where it stopped, whatever broke.
import type { FormattedExecutionResult, Client as SocketClient } from 'graphql-ws'
import type { SubscriptionForwarder } from 'urql'
import { nameOperation } from './documents.ts'

type EventResult = FormattedExecutionResult<Record<string, unknown>, unknown>

/** How long to wait before a part of the service that was away is asked again: each time twice as long, up to the longest. */
const firstPauseMs = 1_000
const longestPauseMs = 30_000
/** An attempt that nobody has refused for so long is taken to have succeeded, though nothing came. */
const lastsMs = 5_000

const resyncListeners = new Set<() => void>()

/** Calls back when events were missed that cannot be replayed: what is on the screen must be read again. */
export function onResync(listener: () => void): () => void {
  resyncListeners.add(listener)
  return () => resyncListeners.delete(listener)
}

function tellResync(): void {
  for (const listener of resyncListeners) listener()
}

/**
 * Runs a subscription on the socket. After each event its `cursor` becomes the `after` variable, so that a reconnection
 * replays what was missed, and so does an event that could not be answered because a part of the service was away. `RESYNC` says
 * that the replay is not possible: then it begins afresh and `onResync` is told. So it is after an outage before the first event,
 * once an attempt has lasted: as long as the service is away, nothing can be read again.
 */
export function forwardTo(socket: Pick<SocketClient, 'subscribe'>): SubscriptionForwarder {
  return ({ query, variables, operationName }) => ({
    subscribe: (sink) => {
      const named = nameOperation(operationName)
      let stop: (() => void) | undefined
      let stopped = false
      let timer: ReturnType<typeof setTimeout> | undefined
      let pauseMs = firstPauseMs
      let owesResync = false

      const lasted = () => {
        clearTimeout(timer)
        pauseMs = firstPauseMs
        if (!owesResync) return
        owesResync = false
        tellResync()
      }
      const start = (after?: string) => {
        clearTimeout(timer)
        timer = setTimeout(lasted, lastsMs)
        // The socket sends this very object at each connection, so its variables may be brought up to date.
        const payload = {
          // The protocol wants a text; an empty one with a name is none.
          query: named ? '' : (query ?? ''),
          ...named,
          variables: { ...variables, ...(after ? { after } : {}) } as { after?: string },
        }
        let resync = false
        let away = false
        const comeBack = () => {
          away = true
          clearTimeout(timer)
          const { after } = payload.variables
          // Nobody knows what was missed before the first event.
          if (!after) owesResync = true
          // Not all at once: everyone was told of the outage in the same moment.
          timer = setTimeout(() => start(after), pauseMs * (0.5 + Math.random() / 2))
          pauseMs = Math.min(pauseMs * 2, longestPauseMs)
        }
        stop = socket.subscribe(payload, {
          next: (result) => {
            if (away) return
            if (hasCode(result.errors, 'RESYNC')) {
              resync = true
              return
            }
            const cursor = cursorOf(result)
            if (!cursor && hasCode(result.errors, 'SERVICE_UNAVAILABLE')) {
              comeBack()
              stop?.()
              return
            }
            if (cursor) payload.variables.after = cursor
            lasted()
            sink.next(result as Parameters<typeof sink.next>[0])
          },
          error: (error) => {
            if (hasCode(error, 'SERVICE_UNAVAILABLE')) return comeBack()
            clearTimeout(timer)
            sink.error(error)
          },
          complete: () => {
            if (stopped || away) return
            clearTimeout(timer)
            if (!resync) return sink.complete()
            start()
            owesResync = false
            tellResync()
          },
        })
      }

      start()
      return {
        unsubscribe: () => {
          stopped = true
          clearTimeout(timer)
          stop?.()
        },
      }
    },
  })
}

/** Whether one of the errors of an answer, or of a refusal, has a code. */
function hasCode(errors: unknown, code: string): boolean {
  return Array.isArray(errors) && errors.some((error) => error?.extensions?.code === code)
}

/** Every event of this graph is one root field with a `cursor`. */
function cursorOf({ data }: EventResult): string | undefined {
  const [event] = Object.values(data ?? {}) as [{ cursor?: string } | null | undefined]
  return event?.cursor
}
