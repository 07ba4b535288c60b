import type { DocumentNode } from 'graphql'
import { Pool } from 'undici'
import { isJson } from './merge.ts'
import type { DataSource, SubgraphRequest, SubgraphResult } from './sources.ts'

export interface RemoteSourceOptions<C extends object> {
  /** Headers that tell the subgraph who asks: the signed viewer header. */
  readonly headersFor: (request: C) => Record<string, string>
  /** From the first byte sent to the last one received. Default 5,000 ms. */
  readonly timeoutMs?: number
  /** Most connections that are open at once. Default 128. */
  readonly connections?: number
}

const maxResponseBytes = 32 * 1024 * 1024

/**
 * A subgraph behind HTTP, over connections that are kept alive. An answer that is not 200, or not a GraphQL answer in
 * JSON, rejects: what the subgraph has to say to clients comes with 200.
 *
 * A subscription's operation goes with its event in `extensions.live`: the subgraph executes the selection on it.
 */
export function remoteSource<C extends object>(url: string, options: RemoteSourceOptions<C>): DataSource<C> {
  const { headersFor, timeoutMs = 5_000, connections = 128 } = options
  const { origin, pathname, search } = new URL(url)
  const path = pathname + search
  const pool = new Pool(origin, {
    connections,
    maxResponseSize: maxResponseBytes,
    headersTimeout: 0,
    bodyTimeout: 0,
  })
  const heads = new WeakMap<DocumentNode, string>()

  /** The request's body up to its variables, which is the same each time. */
  const headOf = ({ document, query, operationName }: SubgraphRequest): string => {
    let head = heads.get(document)
    if (head === undefined) {
      head = `${JSON.stringify({ query, operationName }).slice(0, -1)},"variables":`
      heads.set(document, head)
    }
    return head
  }

  return {
    async process(request, client) {
      const event =
        request.rootValue === undefined ? '' : `,"extensions":${JSON.stringify({ live: request.rootValue })}`
      const controller = new AbortController()
      const timer = setTimeout(
        () => controller.abort(new Error(`${origin} did not answer in time`)),
        timeoutMs,
      )
      try {
        const { statusCode, body } = await pool.request({
          method: 'POST',
          path,
          headers: {
            'content-type': 'application/json',
            accept: 'application/graphql-response+json, application/json;q=0.9',
            ...headersFor(client),
          },
          body: `${headOf(request)}${JSON.stringify(request.variables)}${event}}`,
          signal: controller.signal,
        })
        const text = await body.text()
        if (statusCode !== 200) throw new Error(`${origin} answered ${statusCode}`)
        return answer(JSON.parse(text), origin)
      } finally {
        clearTimeout(timer)
      }
    },
    close: () => pool.destroy(),
  }
}

function answer(value: unknown, origin: string): SubgraphResult {
  if (!isJson(value) || !('data' in value || Array.isArray(value.errors))) {
    throw new Error(`${origin} answered JSON that is no GraphQL answer`)
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
