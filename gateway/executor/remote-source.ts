import { type DocumentNode, Kind, OperationTypeNode } from 'graphql'
import { Client, type Dispatcher, Pool } from 'undici'
import { CircuitOpen, createBreaker } from './breaker.ts'
import { beforeDeadline, DeadlinePassed } from './deadline.ts'
import { isJson } from './merge.ts'
import type { DataSource, SubgraphRequest, SubgraphResult } from './sources.ts'

export interface RemoteSourceOptions<C extends object> {
  /** Headers that tell the subgraph who asks with this body: the signed viewer header. */
  readonly headersFor: (request: C, body: string) => Record<string, string>
  /** Until the last byte is received, the wait for a connection and a second attempt included. Default 4,000 ms. */
  readonly timeoutMs?: number
  /** Most connections that are open at once. Default 128. */
  readonly connections?: number
  /** Failures in a row after which nothing is sent until a probe is answered. Default 5. */
  readonly failures?: number
  /** Between two probes of a subgraph that is away, a fourth more or less, and until one counts as failed. Default 1,000 ms. */
  readonly probeMs?: number
}

const maxResponseBytes = 32 * 1024 * 1024

/** What proxies answer for a subgraph that is not there, or not just now. */
const gatewayFailures = new Set([502, 503, 504])

const probeBody = JSON.stringify({ query: '{ __typename }' })

/** The subgraph is there, and what it says is no use. */
class NoAnswer extends Error {}

interface HttpAnswer {
  readonly status: number
  /** Whether the body is a GraphQL answer by its media type, whatever the status. */
  readonly isGraphQL: boolean
  readonly text: string
}

/**
 * A subgraph behind HTTP, over connections that are kept alive. An answer in plain JSON that is not 200, or no GraphQL
 * answer, rejects: what the subgraph has to say to clients comes with 200, or as `application/graphql-response+json`.
 *
 * A query is sent a second time when the connection fails or a proxy answers 502 to 504, never a mutation. A subgraph that
 * lets requests wait in vain, or fails several times in a row, gets no more of them until it answers a probe: they reject
 * with `CircuitOpen` at once.
 *
 * A subscription's operation goes with its event in `extensions.live`: the subgraph executes the selection on it.
 */
export function remoteSource<C extends object>(url: string, options: RemoteSourceOptions<C>): DataSource<C> {
  const { headersFor, timeoutMs = 4_000, connections = 128, failures, probeMs = 1_000 } = options
  const { origin, pathname, search } = new URL(url)
  const path = pathname + search
  // A request that is given up frees its connection; one that is still to be made ends so early that a query is tried again.
  const connecting = {
    connectTimeout: timeoutMs / 2,
    maxResponseSize: maxResponseBytes,
    headersTimeout: 0,
    bodyTimeout: 0,
  }
  const pool = new Pool(origin, { ...connecting, connections })
  const heads = new WeakMap<DocumentNode, Head>()

  const headOf = (request: SubgraphRequest): Head => {
    let head = heads.get(request.document)
    if (head === undefined) {
      head = createHead(request)
      heads.set(request.document, head)
    }
    return head
  }

  const post = async (
    through: Dispatcher,
    body: string,
    headers: Record<string, string>,
    signal: AbortSignal,
  ): Promise<HttpAnswer> => {
    const answered = await through.request({
      method: 'POST',
      path,
      headers: {
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
        ...headers,
      },
      body,
      signal,
    })
    const type = String(answered.headers['content-type'] ?? '')
    return {
      status: answered.statusCode,
      isGraphQL: type.startsWith('application/graphql-response+json'),
      text: await answered.body.text(),
    }
  }

  const breaker = createBreaker({
    ...(failures !== undefined && { failures }),
    probeMs,
    // Any answer is a sign of life, a refusal for want of a viewer too.
    probe: async () => {
      // Over a connection of its own: in the pool it would wait for all that was sent in vain.
      const client = new Client(origin, connecting)
      try {
        const { status } = await beforeDeadline(probeMs, (signal) => post(client, probeBody, {}, signal))
        if (gatewayFailures.has(status)) throw new NoAnswer(`${origin} answered ${status}`)
      } finally {
        void client.destroy()
      }
    },
  })

  /** Sends a request, and if that is harmless once more. What counts against the subgraph is how it ends. */
  const send = async (
    body: string,
    headers: Record<string, string>,
    signal: AbortSignal,
    attempts: number,
  ): Promise<string> => {
    let failure: unknown
    for (let i = 0; i < attempts; i++) {
      try {
        const { status, isGraphQL, text } = await post(pool, body, headers, signal)
        if (!gatewayFailures.has(status)) {
          breaker.succeeded()
          if (status !== 200 && !isGraphQL) throw new NoAnswer(`${origin} answered ${status}`)
          return text
        }
        failure = new NoAnswer(`${origin} answered ${status}`)
      } catch (error) {
        if (signal.aborted || error instanceof NoAnswer) throw error
        failure = error
      }
    }
    breaker.failed()
    throw failure
  }

  return {
    async process(request, client) {
      if (breaker.open) throw new CircuitOpen(`${origin} is away`)
      const { text: head, isQuery } = headOf(request)
      const event =
        request.rootValue === undefined ? '' : `,"extensions":${JSON.stringify({ live: request.rootValue })}`
      const body = `${head}${JSON.stringify(request.variables)}${event}}`
      const headers = headersFor(client, body)
      const since = performance.now()
      try {
        const text = await beforeDeadline(timeoutMs, (signal) => send(body, headers, signal, isQuery ? 2 : 1))
        return answer(JSON.parse(text), origin)
      } catch (error) {
        if (error instanceof DeadlinePassed) breaker.timedOut(since)
        throw error
      }
    },
    get isAway() {
      return breaker.open
    },
    close() {
      breaker.close()
      return pool.destroy()
    },
  }
}

/** What does not change from one request of an operation to the next. */
interface Head {
  /** The body up to its variables. */
  readonly text: string
  readonly isQuery: boolean
}

function createHead({ document, query, operationName }: SubgraphRequest): Head {
  return {
    text: `${JSON.stringify({ query, operationName }).slice(0, -1)},"variables":`,
    isQuery: document.definitions.every(
      (definition) =>
        definition.kind !== Kind.OPERATION_DEFINITION || definition.operation === OperationTypeNode.QUERY,
    ),
  }
}

function answer(value: unknown, origin: string): SubgraphResult {
  if (!isJson(value) || !('data' in value || Array.isArray(value.errors))) {
    throw new NoAnswer(`${origin} answered JSON that is no GraphQL answer`)
  }
  const errors = Array.isArray(value.errors) ? value.errors.filter(isJson) : []
  return {
    data: value.data,
    ...(errors.length > 0 && {
      errors: errors.map(({ message, path, extensions }) => ({
        message: String(message),
        path: Array.isArray(path) ? path : undefined,
        extensions: isJson(extensions) ? extensions : undefined,
      })),
    }),
  }
}
