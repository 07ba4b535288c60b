import type { IncomingMessage, Server } from 'node:http'
import {
  type ExecutionArgs,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
} from 'graphql'
import { useServer as attachProtocol } from 'graphql-ws/use/ws'
import { WebSocket, WebSocketServer } from 'ws'
import { AppError } from '#schema/errors.ts'
import { type Authenticated, type Authentication, watchSession } from './authentication.ts'
import { OperationError } from './executor/errors.ts'
import type { Executor } from './executor/executor.ts'
import { isJson, type Json } from './executor/merge.ts'
import type { PreparedOperation } from './executor/operation.ts'
import type { Subscribe } from './subscriptions.ts'

export interface SocketsOptions<C extends object> {
  readonly executor: Executor<C>
  readonly authentication: Authentication
  readonly scope: (viewer: Authenticated['viewer']) => C
  readonly subscribe: Subscribe<C>
  /** For the log. */
  readonly onError: (error: unknown) => void
}

/** Close codes of API.md; 4400, 4408 and 4429 for a second init are graphql-ws' own. */
const closes = {
  tokenEnded: [4401, 'The token has ended'],
  tooMany: [4429, 'Too many subscriptions'],
  restart: [1012, 'Service restart'],
} as const

const maxMessageBytes = 1024 * 1024
const maxSubscriptions = 100
/** A client that has not sent `connection_init` by then is closed with 4408. */
const initTimeoutMs = 10_000
/** How long clients may take to say goodbye when the gateway stops. */
const goodbyeMs = 2_000

interface SocketExtra extends Record<PropertyKey, unknown> {
  authenticated?: Authenticated
  release?: () => void
}

/** What `onSubscribe` hands to `execute` and `subscribe` as the arguments' context. */
interface Prepared<C extends object> {
  readonly prepared: PreparedOperation<C>
  readonly variables: Json
  readonly authenticated: Authenticated
}

/**
 * WebSockets with the `graphql-transport-ws` protocol on `/graphql` of the server. A socket is its token's: it is closed with
 * 4401 when the token ends or its session does, and the client connects anew with a fresh one.
 *
 * @returns closes every socket with 1012, for the client to come back.
 */
export function serveSockets<C extends object>(
  server: Server,
  options: SocketsOptions<C>,
): () => Promise<void> {
  const { executor, authentication, scope, subscribe, onError } = options
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
  })

  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    if (request.url?.split('?')[0] !== '/graphql') {
      socket.end('HTTP/1.1 404 Not Found\r\nConnection: close\r\nContent-Length: 0\r\n\r\n')
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => sockets.emit('connection', client, request))
  })

  const contextOf = (args: ExecutionArgs): Prepared<C> => args.contextValue as Prepared<C>

  const disposable = attachProtocol<Record<string, unknown>, SocketExtra>(
    {
      isProd: true,
      connectionInitWaitTimeout: initTimeoutMs,
      async onConnect(context) {
        const authorization = context.connectionParams?.authorization
        try {
          const authenticated = await authentication.authenticate(
            typeof authorization === 'string' ? authorization : undefined,
            context.extra.request,
          )
          // Nobody would let go of the watch of a socket that has gone meanwhile.
          if (context.extra.socket.readyState !== WebSocket.OPEN) return
          context.extra.authenticated = authenticated
          const end = () => context.extra.socket.close(...closes.tokenEnded)
          context.extra.release = watchSession(authenticated, authentication, end)
        } catch (error) {
          if (!(error instanceof AppError)) throw error
          context.extra.socket.close(...closes.tokenEnded)
        }
      },
      onClose: (context) => context.extra.release?.(),
      onSubscribe(context, _id, payload) {
        const { authenticated, socket } = context.extra
        if (!authenticated)
          return [refusal({ message: 'Connect first.', extensions: { code: 'UNAUTHENTICATED' } })]
        if (Object.keys(context.subscriptions).length > maxSubscriptions) {
          socket.close(...closes.tooMany)
          return [refusal({ message: closes.tooMany[1], extensions: { code: 'RATE_LIMITED' } })]
        }
        try {
          const prepared = executor.prepare(payload.query, payload.operationName ?? undefined)
          const variables = isJson(payload.variables) ? payload.variables : {}
          const { document } = prepared
          const contextValue: Prepared<C> = { prepared, variables, authenticated }
          const operationName = prepared.name
          return { schema: executor.schema, document, contextValue, ...(operationName && { operationName }) }
        } catch (error) {
          if (error instanceof OperationError) return error.errors.map(refusal)
          throw error
        }
      },
      execute: (args) => {
        const { prepared, variables, authenticated } = contextOf(args)
        return executor.execute(prepared, variables, scope(authenticated.viewer)) as never
      },
      subscribe: (args) => {
        const { prepared, variables, authenticated } = contextOf(args)
        return subscribe(prepared, variables, authenticated.viewer).catch((error: unknown) => {
          onError(error)
          return { errors: [{ message: 'Something went wrong.', extensions: { code: 'INTERNAL' } }] }
        }) as never
      },
      // The answer is ready as it is; graphql-ws would ask its errors to format themselves.
      onNext: (_context, _id, _payload, _args, result) => result as FormattedExecutionResult,
    },
    sockets,
  )

  return async () => {
    for (const client of sockets.clients) client.close(...closes.restart)
    // Who is stuck does not answer, and must not hold up the stop.
    const timer = setTimeout(() => {
      for (const client of sockets.clients) client.terminate()
    }, goodbyeMs)
    await disposable.dispose()
    clearTimeout(timer)
  }
}

function refusal({ message, extensions }: GraphQLFormattedError): GraphQLError {
  return new GraphQLError(message, extensions ? { extensions } : {})
}
