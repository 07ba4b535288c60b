import type { IncomingMessage, Server } from 'node:http'
import type { Duplex } from 'node:stream'
import { setTimeout as delay } from 'node:timers/promises'
import {
  type ExecutionArgs,
  type FormattedExecutionResult,
  GraphQLError,
  type GraphQLFormattedError,
} from 'graphql'
import type { SubscribePayload } from 'graphql-ws'
import { useServer as attachProtocol } from 'graphql-ws/use/ws'
import { WebSocket, WebSocketServer } from 'ws'
import { AppError } from '#schema/errors.ts'
import { type Admission, type Admitted, createAdmission } from './admission.ts'
import { type Authenticated, type Authentication, watchSession } from './authentication.ts'
import { type AddressOf, peerAddress } from './client-address.ts'
import { type Connections, createConnections, farewellDelays } from './connections.ts'
import { deliver } from './delivery.ts'
import { internalError, OperationError } from './executor/errors.ts'
import type { Executor } from './executor/executor.ts'
import { isJson } from './executor/merge.ts'
import type { GraphQLParameters } from './http-request.ts'
import type { Subscribe } from './subscriptions.ts'

export interface SocketsOptions<C extends object> {
  readonly executor: Executor<C>
  readonly authentication: Authentication
  readonly scope: (viewer: Authenticated['viewer']) => C
  readonly subscribe: Subscribe<C>
  /** The way in; without it there are no persisted documents but this process' own, and no costs. */
  readonly admission?: Admission<C>
  /** Counts the sockets; without it there may be any number. */
  readonly connections?: Connections
  /** The client's network address; the connection's own unless told. */
  readonly addressOf?: AddressOf
  /** A client that has not sent `connection_init` by then is closed with 4408; ten seconds unless told. */
  readonly initTimeoutMs?: number
  /** For the log. */
  readonly onError: (error: unknown) => void
}

/** Close codes of API.md; 4400, 4408 and 4429 for a second init are graphql-ws' own. */
const closes = {
  tokenEnded: [4401, 'The token has ended'],
  tooMany: [4429, 'Too many subscriptions'],
  tooManySockets: [4429, 'Too many sockets'],
  restart: [1012, 'Service restart'],
} as const

const maxMessageBytes = 1024 * 1024
const maxSubscriptions = 100
/** How long clients may take to say goodbye when the gateway stops. */
const goodbyeMs = 2_000

interface SocketExtra extends Record<PropertyKey, unknown> {
  authenticated?: Authenticated
  release?: () => void
}

/** What `onSubscribe` hands to `execute` and `subscribe` as the arguments' context. */
interface Prepared<C extends object> {
  readonly admitted: Admitted<C>
  readonly authenticated: Authenticated
  readonly socket: WebSocket
  readonly id: string
}

/** What a socket is over, and how it is counted out. */
interface Entered {
  readonly transport: Duplex
  leave: () => void
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
  const { executor, authentication, subscribe, onError } = options
  const { admission = createAdmission(options) } = options
  const { connections = createConnections(null), initTimeoutMs = 10_000, addressOf = peerAddress } = options
  const entered = new WeakMap<WebSocket, Entered>()
  let closing = false
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: maxMessageBytes,
    perMessageDeflate: false,
  })

  server.on('upgrade', (request: IncomingMessage, socket, head) => {
    const isHere = request.url?.split('?')[0] === '/graphql'
    if (!isHere || closing) {
      const status = isHere ? '503 Service Unavailable' : '404 Not Found'
      socket.end(`HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`)
      return
    }
    sockets.handleUpgrade(request, socket, head, (client) => {
      // Until it says who it is, it is one of its address.
      const leave = connections.enter({ userId: null, appId: null, ip: addressOf(request) })
      if (!leave) {
        client.on('error', onError)
        return client.close(...closes.tooManySockets)
      }
      const one: Entered = { transport: socket, leave }
      entered.set(client, one)
      client.once('close', () => one.leave())
      sockets.emit('connection', client, request)
    })
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
          const { socket } = context.extra
          const one = entered.get(socket)
          if (!one || socket.readyState !== WebSocket.OPEN) return
          if (authenticated.viewer.userId !== null) {
            const leave = connections.enter(authenticated.viewer, () => socket.close(...closes.tokenEnded))
            if (!leave) return socket.close(...closes.tooManySockets)
            one.leave()
            one.leave = leave
          }
          context.extra.authenticated = authenticated
          const end = () => socket.close(...closes.tokenEnded)
          context.extra.release = watchSession(authenticated, authentication, end)
          forget(context)
        } catch (error) {
          if (!(error instanceof AppError)) throw error
          context.extra.socket.close(...closes.tokenEnded)
        }
      },
      onClose: (context) => context.extra.release?.(),
      async onSubscribe(context, id, payload) {
        const { authenticated, socket } = context.extra
        if (!authenticated)
          return [refusal({ message: 'Connect first.', extensions: { code: 'UNAUTHENTICATED' } })]
        if (Object.keys(context.subscriptions).length > maxSubscriptions) {
          socket.close(...closes.tooMany)
          return [refusal({ message: closes.tooMany[1], extensions: { code: 'RATE_LIMITED' } })]
        }
        try {
          const admitted = await admission.admit(parametersOf(payload), authenticated.viewer)
          const { document, name: operationName } = admitted.prepared
          const contextValue: Prepared<C> = { admitted, authenticated, socket, id }
          return { schema: executor.schema, document, contextValue, ...(operationName && { operationName }) }
        } catch (error) {
          if (error instanceof OperationError) return error.errors.map(refusal)
          throw error
        }
      },
      execute: (args) => {
        const { admitted, authenticated } = contextOf(args)
        return admission.execute(admitted, authenticated.viewer) as never
      },
      subscribe: (args) => {
        const { admitted, authenticated, socket, id } = contextOf(args)
        const { prepared, variables } = admitted
        const isThere = () => socket.readyState === WebSocket.OPEN
        return subscribe(prepared, variables, authenticated.viewer, isThere).then(
          (answer) => {
            const transport = entered.get(socket)?.transport
            return transport && Symbol.asyncIterator in answer
              ? deliver(answer, socket, transport, id)
              : answer
          },
          (error: unknown) => {
            onError(error)
            return { errors: [internalError] }
          },
        ) as never
      },
      // The answer is ready as it is; graphql-ws would ask its errors to format themselves.
      onNext: (_context, _id, _payload, _args, result) => result as FormattedExecutionResult,
      // What a stream failed with is for the log; graphql-ws would tell it to the client. Refusals stay as they are.
      onError(_context, _id, _payload, errors) {
        const failures = errors.flatMap(({ originalError }) => originalError ?? [])
        for (const failure of failures) onError(failure)
        return failures.length > 0 ? [internalError] : undefined
      },
    },
    sockets,
  )

  return async () => {
    closing = true
    const delays = farewellDelays(sockets.clients.size)
    await Promise.all(
      [...sockets.clients].map((client, i) => delay(delays[i]).then(() => client.close(...closes.restart))),
    )
    // Who is stuck does not answer, and must not hold up the stop.
    const timer = setTimeout(() => {
      for (const client of sockets.clients) client.terminate()
    }, goodbyeMs)
    await disposable.dispose()
    clearTimeout(timer)
  }
}

/** Lets go of what nobody asks for again: it is much of what an idle socket holds. */
function forget(context: { connectionParams?: unknown; extra: { request?: unknown } }): void {
  context.connectionParams = undefined
  context.extra.request = undefined
}

/** A message's parameters; its form has been checked by the protocol, which demands a `query`, be it empty. */
function parametersOf(payload: SubscribePayload & { documentId?: unknown }): GraphQLParameters {
  const { query, operationName, variables, extensions, documentId } = payload
  return {
    query: query || undefined,
    documentId: typeof documentId === 'string' ? documentId : undefined,
    operationName: operationName ?? undefined,
    variables: isJson(variables) ? variables : {},
    extensions: isJson(extensions) ? extensions : {},
  }
}

function refusal({ message, extensions }: GraphQLFormattedError): GraphQLError {
  return new GraphQLError(message, extensions ? { extensions } : {})
}
