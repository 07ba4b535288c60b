import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parse } from 'graphql'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cacheHints, sharedMaxAge } from './cache-policy.ts'
import { documentHash } from './documents.ts'
import { createExecutor } from './executor/executor.ts'
import { compose, localSubgraph, subgraphs } from './executor/fixture.ts'
import { localSource } from './executor/local-source.ts'
import { createGatewayServer } from './server.ts'

const hints = cacheHints([
  parse(`
    type Query {
      version: String @cacheControl(maxAge: 60, scope: "PUBLIC")
      users(ids: [ID!]!): [User]! @cacheControl(maxAge: 20, scope: "PUBLIC")
      user(id: ID!): User @cacheControl(maxAge: 20)
      echo: String
    }
    type User { friends: [User!] picture: Image born: String @cacheControl(maxAge: 0, scope: "PUBLIC") }
    type Image @cacheControl(maxAge: 5, scope: "PUBLIC") { url: String }`),
])

const executor = createExecutor({
  supergraph: compose(subgraphs),
  sources: new Map(subgraphs.map((part) => [part.name, localSource(localSubgraph(part))])),
  introspection: false,
})

test.each([
  ['{ version }', 60],
  ['{ version v: version __typename }', 60],
  ['{ version echo }', 0],
  ['{ users(ids: []) { id name } }', 20],
  ['{ version ...U } fragment U on Query { users(ids: []) { picture { url } } }', 5],
  ['{ users(ids: []) { friends { id } } }', 0],
  ['{ users(ids: []) { born } }', 0],
  ['{ user(id: 1) { id } }', 0],
  ['{ __typename }', 0],
  ['mutation { publish(text: "") { id } }', 0],
])('%s may be kept for %i seconds', (query, seconds) => {
  expect(sharedMaxAge(executor.schema, parse(query), hints)).toBe(seconds)
})

let server: Server
let url: string
beforeAll(async () => {
  server = createGatewayServer({
    executor,
    authentication: {
      authenticate: async (authorization) => ({
        viewer: {
          userId: authorization ?? null,
          ...{ sessionId: null, appId: null, scopes: null, ip: '', userAgent: null },
        },
        expiresAt: null,
      }),
    },
    scope: () => ({ calls: new Map() }),
    cacheSeconds: ({ document }) => sharedMaxAge(executor.schema, document, hints),
    unready: async () => [],
    log: pino({ level: 'silent' }),
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
})
afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
})

/** Sends the document once, then asks for it by its name; answers what caches are told. */
async function asksByName(query: string, headers: Record<string, string> = {}) {
  const persistedQuery = { version: 1, sha256Hash: documentHash(query) }
  const body = JSON.stringify({ query, extensions: { persistedQuery } })
  await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const search = new URLSearchParams({ extensions: JSON.stringify({ persistedQuery }) })
  const response = await fetch(`${url}?${search}`, { headers })
  return [response.headers.get('cache-control'), response.headers.get('vary')]
}

test('only a named document, asked for signed out, may be kept by a CDN; an error never', async () => {
  const vary = 'Accept, Authorization'
  expect(await asksByName('{ version }')).toEqual(['public, max-age=60', vary])
  expect(await asksByName('{ version }', { authorization: 'u1' })).toEqual(['no-store', vary])
  expect(await asksByName('{ echo }')).toEqual(['no-store', vary])
  expect(await asksByName('{ version users(ids: ["bad"]) { id } }')).toEqual(['no-store', vary])
  const sent = await fetch(`${url}?query=${encodeURIComponent('{ version }')}`)
  expect(sent.headers.get('cache-control')).toBe('no-store')
})

test.each([
  '{ __schema { types { name } } }',
  '{ __type(name: "User") { name } }',
  '{ ...S } fragment S on Query { __schema { __typename } }',
])('with introspection off %s is refused (G7)', (query) => {
  expect(() => executor.prepare(query)).toThrow('GRAPHQL_VALIDATION_FAILED')
  expect(executor.prepare('{ __typename version }').kind).toBe('query')
})
