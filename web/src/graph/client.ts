import { Client, fetchExchange, subscriptionExchange } from 'urql'
import { authorizedFetch } from '../session/session.ts'
import { graphCache } from './cache.ts'
import { withDocumentId } from './documents.ts'
import { forwardTo } from './forward.ts'
import { connectSocket } from './live.ts'

export interface Connection {
  readonly client: Client
  /** Closes the socket. */
  dispose(): void
}

/** A client with an empty cache and a socket of its own: one for each person who signs in, so that nothing is left for the next. */
export function connect(): Connection {
  const socket = connectSocket()
  const client = new Client({
    url: '/graphql',
    preferGetMethod: false,
    fetch: (input, init) => authorizedFetch(input, withDocumentId(init)),
    exchanges: [
      graphCache(),
      fetchExchange,
      subscriptionExchange({ forwardSubscription: forwardTo(socket) }),
    ],
  })
  return { client, dispose: () => void socket.dispose() }
}
