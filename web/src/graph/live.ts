import { createClient, type FormattedExecutionResult, type Client as SocketClient } from 'graphql-ws'
import type { SubscriptionForwarder } from 'urql'
import { tokens } from '../session/session.ts'
import { nameOperation } from './documents.ts'

type EventResult = FormattedExecutionResult<Record<string, unknown>, unknown>

const resyncListeners = new Set<() => void>()

/** Calls back when events were missed that cannot be replayed: what is on the screen must be read again. */
export function onResync(listener: () => void): () => void {
  resyncListeners.add(listener)
  return () => resyncListeners.delete(listener)
}

/** One socket for all subscriptions, opened by the first and closed after the last. Reconnects for as long as the page is open. */
export function connectSocket(): SocketClient {
  const url = new URL('/graphql', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  let refused: string | null = null
  return createClient({
    url: url.href,
    lazyCloseTimeout: 5_000,
    retryAttempts: Number.POSITIVE_INFINITY,
    keepAlive: 20_000,
    connectionParams: async () => {
      const token = refused ? await tokens.renew(refused) : await tokens.access()
      refused = null
      return token ? { authorization: `Bearer ${token}` } : {}
    },
    shouldRetry: () => true,
    on: {
      closed: (event) => {
        // 4401: the token ended, or is not taken; the next connection brings another.
        if ((event as CloseEvent).code === 4401) refused = tokens.get()?.accessToken ?? null
      },
    },
  })
}

/**
 * Runs a subscription on the socket. After each event its `cursor` becomes the `after` variable, so that a reconnection
 * replays what was missed. `RESYNC` says that the replay is not possible: then it begins afresh and `onResync` is told.
 */
export function forwardTo(socket: SocketClient): SubscriptionForwarder {
  return ({ query, variables, operationName }) => ({
    subscribe: (sink) => {
      const named = nameOperation(operationName)
      let stop: (() => void) | undefined
      let stopped = false

      const start = (after?: string) => {
        // The socket sends this very object at each connection, so its variables may be brought up to date.
        const payload = {
          // The protocol wants a text; an empty one with a name is none.
          query: named ? '' : (query ?? ''),
          ...named,
          variables: { ...variables, ...(after ? { after } : {}) },
        }
        let resync = false
        stop = socket.subscribe(payload, {
          next: (result) => {
            if (isResync(result)) {
              resync = true
              return
            }
            const cursor = cursorOf(result)
            if (cursor) Object.assign(payload.variables, { after: cursor })
            sink.next(result as Parameters<typeof sink.next>[0])
          },
          error: (error) => sink.error(error),
          complete: () => {
            if (stopped) return
            if (!resync) return sink.complete()
            start()
            for (const listener of resyncListeners) listener()
          },
        })
      }

      start()
      return {
        unsubscribe: () => {
          stopped = true
          stop?.()
        },
      }
    },
  })
}

function isResync({ errors }: EventResult): boolean {
  return errors?.some((error) => error.extensions?.code === 'RESYNC') ?? false
}

/** Every event of this graph is one root field with a `cursor`. */
function cursorOf({ data }: EventResult): string | undefined {
  const [event] = Object.values(data ?? {}) as [{ cursor?: string } | null | undefined]
  return event?.cursor
}
