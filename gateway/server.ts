import { createHash } from 'node:crypto'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { GraphQLFormattedError } from 'graphql'
import type { Log } from '#platform/log.ts'
import type { Viewer } from '#platform/viewer.ts'
import { AppError } from '#schema/errors.ts'
import { type Admission, type Admitted, createAdmission } from './admission.ts'
import type { Authentication } from './authentication.ts'
import { internalError, OperationError } from './executor/errors.ts'
import type { Executor } from './executor/executor.ts'
import type { PreparedOperation } from './executor/operation.ts'
import {
  type AnswerType,
  answerType,
  checkContentType,
  type GraphQLParameters,
  HttpRefusal,
  parseBody,
  parseSearch,
  readBody,
} from './http-request.ts'
import type { ServeFile } from './static-files.ts'

/** Answers a path of its own, or, when its key ends in `/`, every path that begins so. */
export type Route = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>

export interface GatewayServerOptions<C extends object> {
  readonly executor: Executor<C>
  readonly authentication: Pick<Authentication, 'authenticate'>
  /** The request of a viewer, for the data sources. */
  readonly scope: (viewer: Viewer) => C
  /** The way in; without it there are no persisted documents but this process' own, and no costs. */
  readonly admission?: Admission<C>
  /**
   * For how many seconds shared caches may keep the answer to an operation, when a signed-out client named its document; 0 when
   * they must ask each time whether it is still the same, null when they may not keep it.
   */
  readonly cacheSeconds?: (prepared: PreparedOperation<C>) => number | null
  /** Names of what does not work at the moment; none when the gateway is ready for traffic. */
  readonly unready: () => Promise<string[]>
  readonly log: Log
  /** The web client's files, for every path that is nothing else's. */
  readonly files?: ServeFile | undefined
  /** Further paths, such as `/demo.json`. */
  readonly routes?: Readonly<Record<string, Route>>
}

const maxBodyBytes = 1024 * 1024

/** The answer's headers that do not depend on the request. There are no cookies: any origin may ask with its own token. */
export const baseHeaders = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'access-control-allow-origin': '*',
}

/**
 * The gateway's HTTP server: GraphQL over HTTP on `/graphql` (GET for queries, POST), `/healthz` (the process lives),
 * `/readyz` (it can serve), and the web client. Every refusal is JSON with a code; bad input is never a 500.
 */
export function createGatewayServer<C extends object>(options: GatewayServerOptions<C>): Server {
  const { authentication, unready, log, files, cacheSeconds, routes = {} } = options
  const { admission = createAdmission(options) } = options

  const graphql = async (
    request: IncomingMessage,
    response: ServerResponse,
    search: string,
  ): Promise<void> => {
    let type: AnswerType = 'application/json'
    try {
      type = answerType(request.headers.accept)
      const parameters = await readParameters(request, search)
      const { viewer } = await authentication.authenticate(request.headers.authorization, request)
      const isGet = request.method === 'GET'
      const admitted = await admit(parameters, isGet, viewer)
      const answer = await admission.execute(admitted, viewer)
      // Old clients take anything but 200 for a network fault: they read the errors.
      const status = 'data' in answer || type === 'application/json' ? 200 : 400
      if (!isGet) return send(response, status, type, answer)
      const seconds = answer.errors ? null : cacheable(parameters, admitted.prepared, viewer)
      sendToCaches(request, response, status, type, answer, seconds)
    } catch (error) {
      sendFailure(response, type, error)
    }
  }

  const cacheable = (
    parameters: GraphQLParameters,
    prepared: PreparedOperation<C>,
    viewer: Viewer,
  ): number | null =>
    viewer.userId === null && parameters.query === undefined ? (cacheSeconds?.(prepared) ?? null) : null

  const admit = async (
    parameters: GraphQLParameters,
    isGet: boolean,
    viewer: Viewer,
  ): Promise<Admitted<C>> => {
    const admitted = await admission.admit(parameters, viewer)
    const { kind } = admitted.prepared
    if (kind === 'mutation' && isGet) {
      throw new HttpRefusal(405, 'BAD_REQUEST', 'Mutations are sent with POST.', { allow: 'POST' })
    }
    if (kind === 'subscription') {
      throw new HttpRefusal(
        400,
        'BAD_REQUEST',
        'Subscribe on /graphql/stream, or over a WebSocket with `graphql-transport-ws`.',
      )
    }
    return admitted
  }

  const sendFailure = (response: ServerResponse, type: AnswerType, error: unknown): void => {
    if (error instanceof OperationError) {
      const { errors, code, retryAfterMs } = error
      const isRefused = code === 'BAD_REQUEST' || type !== 'application/json'
      if (code === 'RATE_LIMITED') send(response, 429, type, { errors }, retryAfter(retryAfterMs))
      else send(response, isRefused ? 400 : 200, type, { errors })
    } else if (error instanceof HttpRefusal) {
      send(response, error.status, type, failure(error.code, error.message), error.headers)
    } else if (error instanceof AppError) {
      send(response, error.code === 'UNAUTHENTICATED' ? 401 : 400, type, failure(error.code, error.message))
    } else {
      log.error({ error: error instanceof Error ? error.stack : String(error) }, 'request failed')
      send(response, 500, type, { errors: [internalError] })
    }
  }

  const prefixes = Object.keys(routes).filter((key) => key.endsWith('/'))
  const routeOf = (path: string): Route | undefined => {
    if (Object.hasOwn(routes, path)) return routes[path]
    const prefix = prefixes.find((key) => path.startsWith(key))
    return prefix === undefined ? undefined : routes[prefix]
  }

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = request.url ?? '/'
    const at = url.indexOf('?')
    const path = at === -1 ? url : url.slice(0, at)
    if (path === '/graphql') {
      if (request.method === 'OPTIONS') return void response.writeHead(204, preflightHeaders).end()
      return graphql(request, response, at === -1 ? '' : url.slice(at + 1))
    }
    if (path === '/healthz') return send(response, 200, 'application/json', { status: 'ok' })
    if (path === '/readyz') {
      const missing = await unready()
      return missing.length === 0
        ? send(response, 200, 'application/json', { status: 'ok' })
        : send(response, 503, 'application/json', { status: 'unready', missing })
    }
    const route = routeOf(path)
    if (route) return route(request, response)
    const reads = request.method === 'GET' || request.method === 'HEAD'
    if (reads && files?.(request, response, path)) return
    send(response, 404, 'application/json', failure('BAD_REQUEST', 'There is nothing here.'))
  }

  const server = createServer({ requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 65_000 })
  server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    handle(request, response).catch((error: unknown) => sendFailure(response, 'application/json', error))
  })
  server.on('clientError', refuseBytes)
  return server
}

export const preflightHeaders = {
  'access-control-allow-origin': '*',
  'access-control-allow-methods': 'GET, POST, OPTIONS',
  'access-control-allow-headers': 'authorization, content-type',
  'access-control-max-age': '86400',
}

export async function readParameters(request: IncomingMessage, search: string): Promise<GraphQLParameters> {
  if (request.method === 'GET') return parseSearch(new URLSearchParams(search))
  if (request.method !== 'POST') {
    throw new HttpRefusal(405, 'BAD_REQUEST', 'Ask with GET or POST.', { allow: 'GET, POST' })
  }
  checkContentType(request.headers)
  const body = await readBody(request, maxBodyBytes)
  if (body === null) {
    const message = `The body may have ${maxBodyBytes} bytes.`
    throw new HttpRefusal(413, 'BAD_REQUEST', message, { connection: 'close' })
  }
  return parseBody(body)
}

/**
 * Answers a GET. Who is signed in says so in a header, and the media type is negotiated. What a cache may keep has a validator
 * (RFC 9110 §13.1.2): whether it is still the same is answered without sending it again.
 */
function sendToCaches(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: AnswerType,
  answer: object,
  seconds: number | null,
): void {
  const vary = 'Accept, Authorization'
  const text = Buffer.from(JSON.stringify(answer))
  if (seconds === null) {
    sendText(response, status, type, text, { vary })
    return
  }
  const etag = `"${createHash('sha256').update(type).update(text).digest('base64url')}"`
  const headers = {
    'cache-control': seconds > 0 ? `public, max-age=${seconds}` : 'public, no-cache',
    vary,
    etag,
  }
  const known = request.headers['if-none-match']?.split(',').map((one) => one.trim().replace(/^W\//, ''))
  if (known?.includes(etag)) response.writeHead(304, { ...baseHeaders, ...headers }).end()
  else sendText(response, status, type, text, headers)
}

function retryAfter(ms = 1_000): Record<string, string> {
  return { 'retry-after': String(Math.ceil(ms / 1_000)), 'access-control-expose-headers': 'retry-after' }
}

/** What is no HTTP, or too much of it, gets no `request`: Node itself would answer without a body. */
function refuseBytes(error: NodeJS.ErrnoException, socket: Duplex): void {
  // Half an answer is not mended by another one, and who has left hears nothing.
  if (!socket.writable || ('_httpMessage' in socket && socket._httpMessage) || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const [status, message] = malformations.get(error.code ?? '') ?? [
    '400 Bad Request',
    'This is not HTTP/1.1.',
  ]
  const body = JSON.stringify(failure('BAD_REQUEST', message))
  const head = [
    `HTTP/1.1 ${status}`,
    'content-type: application/json; charset=utf-8',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

const malformations = new Map<string, readonly [status: string, message: string]>([
  ['HPE_HEADER_OVERFLOW', ['431 Request Header Fields Too Large', 'Address and headers are too long.']],
  ['ERR_HTTP_REQUEST_TIMEOUT', ['408 Request Timeout', 'The request took too long to arrive.']],
])

function failure(code: string, message: string): { errors: GraphQLFormattedError[] } {
  return { errors: [{ message, extensions: { code } }] }
}

function send(
  response: ServerResponse,
  status: number,
  type: AnswerType,
  body: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  sendText(response, status, type, Buffer.from(JSON.stringify(body)), headers)
}

function sendText(
  response: ServerResponse,
  status: number,
  type: AnswerType,
  text: Buffer,
  headers: Readonly<Record<string, string>>,
): void {
  if (response.headersSent) {
    response.end()
    return
  }
  response.writeHead(status, {
    ...baseHeaders,
    'content-type': `${type}; charset=utf-8`,
    'content-length': text.length,
    ...headers,
  })
  response.end(text)
}
