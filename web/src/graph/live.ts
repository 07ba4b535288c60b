import { createClient, type Client as SocketClient } from 'graphql-ws'
import { tokens } from '../session/session.ts'

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
