import type { GraphiQLProps } from 'graphiql'
import { type DocumentNode, type ExecutionResult, getOperationAST } from 'graphql'
import { createClient } from 'graphql-ws'
import { tokens } from '../session/session.ts'

type Fetcher = GraphiQLProps['fetcher']

/** Sends queries and mutations by POST, subscriptions over a graphql-transport-ws socket, both with the headers of the editor. */
export function createFetcher(): Fetcher {
  return (params, options) => {
    const headers = (options?.headers ?? {}) as Record<string, string>
    return isSubscription(options?.documentAST, params.operationName)
      ? subscribe(params, headers)
      : post(params, headers)
  }
}

function isSubscription(
  document: DocumentNode | undefined,
  operationName: string | null | undefined,
): boolean {
  return !!document && getOperationAST(document, operationName)?.operation === 'subscription'
}

async function post(params: Parameters<Fetcher>[0], headers: Record<string, string>) {
  const response = await fetch('/graphql', {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      accept: 'application/graphql-response+json, application/json',
      ...(await authorized(headers)),
    },
    body: JSON.stringify(params),
  })
  return response.json()
}

/** A socket for each subscription: it carries the headers as they are now, and ends with the subscription. */
async function* subscribe(
  { query, variables, operationName }: Parameters<Fetcher>[0],
  headers: Record<string, string>,
): AsyncGenerator<ExecutionResult, void> {
  const url = new URL('/graphql', location.href)
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const client = createClient({ url: url.href, connectionParams: () => authorized(headers) })
  try {
    // Errors come as the JSON that they are; GraphiQL shows them so, whatever its type says.
    yield* client.iterate({
      query,
      variables,
      operationName: operationName ?? null,
    }) as AsyncIterable<ExecutionResult>
  } finally {
    await client.dispose()
  }
}

/** The headers of the editor. Where `Authorization` is the token of the session, it is the session's newest; an empty one is none. */
async function authorized(headers: Record<string, string>): Promise<Record<string, string>> {
  const { authorization, ...others } = Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]),
  )
  if (!authorization) return others
  const token = isOfSession(authorization) ? await tokens.access() : null
  return { ...others, authorization: token ? `Bearer ${token}` : authorization }
}

/** Two tokens with the same `sid` claim, or without one the same `sub`, are of one session. */
function isOfSession(header: string): boolean {
  const kept = tokens.get()
  const given = claims(header.replace(/^Bearer /i, ''))
  const own = kept && claims(kept.accessToken)
  return !!given && !!own && (given.sid ?? given.sub) === (own.sid ?? own.sub)
}

function claims(token: string): { sid?: unknown; sub?: unknown } | undefined {
  try {
    const [, payload = ''] = token.split('.')
    return JSON.parse(atob(payload.replace(/-/g, '+').replace(/_/g, '/'))) as { sid?: unknown; sub?: unknown }
  } catch {
    return undefined
  }
}
