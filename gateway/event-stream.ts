import { once } from 'node:events'
import type { ServerResponse } from 'node:http'
import { setTimeout as delay } from 'node:timers/promises'
import type { Viewer } from '#platform/viewer.ts'
import { type Admission, createAdmission } from './admission.ts'
import { type Authenticated, type Authentication, watchSession } from './authentication.ts'
import { type Connections, farewellDelays } from './connections.ts'
import { internalError, OperationError } from './executor/errors.ts'
import type { Executor, GraphQLAnswer } from './executor/executor.ts'
import { type GraphQLParameters, HttpRefusal } from './http-request.ts'
import { baseHeaders, preflightHeaders, type Route, readParameters } from './server.ts'
import type { Subscribe } from './subscriptions.ts'

export interface EventStreamsOptions<C extends object> {
  readonly executor: Executor<C>
  /** The way in; without it there are no persisted documents but this process' own, and no costs. */
  readonly admission?: Admission<C>
  readonly authentication: Authentication
  readonly connections: Connections
  readonly scope: (viewer: Viewer) => C
  readonly subscribe: Subscribe<C>
  /** For the log. */
  readonly onError: (error: unknown) => void
  /** A comment is sent this often, so that nothing on the way takes the connection for dead. */
  readonly keepAliveMs?: number
}

export interface EventStreams {
  readonly route: Route
  /** Cuts all streams off, for the clients to come back. */
  close(): Promise<void>
}

export const eventStreamPath = '/graphql/stream'

const tokenEnded: GraphQLAnswer = {
  errors: [{ message: 'The access token has ended.', extensions: { code: 'UNAUTHENTICATED' } }],
}
const broken: GraphQLAnswer = { errors: [internalError] }

/**
 * GraphQL over Server-Sent Events: the protocol of graphql-sse in its distinct connections mode, a connection for each
 * operation. POST with a JSON body, or GET with query parameters as `EventSource` sends it; `next` events with answers, then
 * `complete`. What is wrong with the operation is said in the stream; who may not ask at all gets a plain HTTP error.
 */
export function serveEventStreams<C extends object>(options: EventStreamsOptions<C>): EventStreams {
  const { authentication, connections, subscribe, onError } = options
  const { keepAliveMs = 12_000, admission = createAdmission(options) } = options
  const open = new Set<ServerResponse>()
  let closing = false

  const begin = async (
    parameters: GraphQLParameters,
    isGet: boolean,
    viewer: Viewer,
    isThere: () => boolean,
  ): Promise<AsyncGenerator<GraphQLAnswer, void, void> | GraphQLAnswer> => {
    try {
      const admitted = await admission.admit(parameters, viewer)
      const { prepared, variables } = admitted
      if (prepared.kind === 'subscription') return await subscribe(prepared, variables, viewer, isThere)
      if (prepared.kind === 'mutation' && isGet)
        return { errors: [{ message: 'Mutations are sent with POST.', extensions: { code: 'BAD_REQUEST' } }] }
      return await admission.execute(admitted, viewer)
    } catch (error) {
      if (error instanceof OperationError) return { errors: error.errors }
      onError(error)
      return broken
    }
  }

  const serve = async (
    response: ServerResponse,
    authenticated: Authenticated,
    start: () => ReturnType<typeof begin>,
    onEnd: (end: () => void) => void,
  ): Promise<void> => {
    if (response.destroyed) return
    let answers: AsyncGenerator<GraphQLAnswer, void, void> | undefined
    let isOver = false
    let farewell: GraphQLAnswer | undefined
    const stop = () => {
      isOver = true
      answers?.return().catch(onError)
    }
    const end = () => {
      farewell ??= tokenEnded
      stop()
    }
    const unwatch = watchSession(authenticated, authentication, end)
    onEnd(end)
    response.once('close', stop)
    const keepAlive = keepStreamAlive(response, keepAliveMs)
    open.add(response)
    try {
      response.writeHead(200, streamHeaders).flushHeaders()
      const started = await start()
      if (Symbol.asyncIterator in started) {
        answers = started
        if (isOver) await answers.return()
        for await (const answer of answers) {
          if (isOver) break
          await write(response, next(answer))
        }
      } else {
        await write(response, next(started))
      }
    } catch (error) {
      onError(error)
      farewell ??= broken
    } finally {
      clearInterval(keepAlive)
      unwatch()
      open.delete(response)
    }
    if (farewell) await write(response, next(farewell))
    response.end('event: complete\ndata: \n\n')
  }

  return {
    async route(request, response) {
      if (request.method === 'OPTIONS') return void response.writeHead(204, preflightHeaders).end()
      if (!takesEventStream(request.headers.accept)) {
        throw new HttpRefusal(406, 'BAD_REQUEST', 'Answers are a text/event-stream.')
      }
      const url = request.url ?? ''
      const at = url.indexOf('?')
      const parameters = await readParameters(request, at === -1 ? '' : url.slice(at + 1))
      const authenticated = await authentication.authenticate(request.headers.authorization, request)
      if (closing)
        throw new HttpRefusal(503, 'SERVICE_UNAVAILABLE', 'Come back in a moment.', { 'retry-after': '1' })
      const { viewer } = authenticated
      let end: () => void = () => {}
      const leave = connections.enter(viewer, () => end())
      if (!leave) {
        throw new HttpRefusal(429, 'RATE_LIMITED', 'Too many connections: close one first.', {
          'retry-after': '10',
        })
      }
      try {
        await serve(
          response,
          authenticated,
          () => begin(parameters, request.method === 'GET', viewer, () => !response.destroyed),
          (stop) => {
            end = stop
          },
        )
      } finally {
        leave()
      }
    },
    async close() {
      closing = true
      const delays = farewellDelays(open.size)
      await Promise.all(
        // Without `complete`: the client knows that there would be more, and comes back for it.
        [...open].map((response, i) => delay(delays[i]).then(() => response.destroy())),
      )
    },
  }
}

const streamHeaders = {
  ...baseHeaders,
  'content-type': 'text/event-stream; charset=utf-8',
  // Proxies that collect answers before they pass them on would hold the events back.
  'x-accel-buffering': 'no',
}

function next(answer: GraphQLAnswer): string {
  return `event: next\ndata: ${JSON.stringify(answer)}\n\n`
}

/** Resolves when the client can take more, or has gone: until then events wait in the subscription's bounded queue. */
async function write(response: ServerResponse, text: string): Promise<void> {
  if (response.destroyed || response.write(text)) return
  const gone = new AbortController()
  const onClose = () => gone.abort()
  response.once('close', onClose)
  await once(response, 'drain', { signal: gone.signal }).catch(() => {})
  response.off('close', onClose)
}

/** Sends a comment now and then; a client that has read nothing between two of them is cut off. */
function keepStreamAlive(response: ServerResponse, everyMs: number): NodeJS.Timeout {
  let stuckAt: number | null = null
  return setInterval(() => {
    if (!response.writableNeedDrain) {
      stuckAt = null
      response.write(':\n\n')
    } else if (stuckAt === response.writableLength) {
      response.destroy()
    } else {
      stuckAt = response.writableLength
    }
  }, everyMs)
}

function takesEventStream(accept: string | undefined): boolean {
  if (accept === undefined) return true
  return accept
    .toLowerCase()
    .split(',')
    .some((part) => {
      const [range = '', ...parameters] = part.split(';').map((one) => one.trim())
      return ranges.has(range) && !parameters.some((one) => /^q=0(\.0*)?$/.test(one))
    })
}

const ranges = new Set(['text/event-stream', 'text/*', '*/*'])
