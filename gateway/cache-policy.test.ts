import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { parse } from 'graphql'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { cacheHints, sharedMaxAge } from './cache-policy.ts'
import { documentHash } from './documents.ts'
import { createExecutor } from './executor/executor.ts'
import { compose, localSources, subgraphs } from './executor/fixture.ts'
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
  sources: localSources(subgraphs),
  introspection: false,
})

test.each([
  ['{ version }', 60],
  ['{ version v: version __typename }', 60],
  ['{ version echo }', null],
  ['{ users(ids: []) { id name } }', 20],
  ['{ version ...U } fragment U on Query { users(ids: []) { picture { url } } }', 5],
  ['{ users(ids: []) { friends { id } } }', 0],
  ['{ users(ids: []) { born } }', 0],
  ['{ user(id: 1) { id } }', null],
  ['{ version user(id: 1) { id } }', null],
  ['{ __typename }', null],
  ['mutation { publish(text: "") { id } }', null],
])('%s may be kept for %s seconds', (query, seconds) => {
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

/** Sends the document once, then asks for it by its name. */
async function asksByName(query: string, headers: Record<string, string> = {}) {
  const persistedQuery = { version: 1, sha256Hash: documentHash(query) }
  const body = JSON.stringify({ query, extensions: { persistedQuery } })
  await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  const search = new URLSearchParams({ extensions: JSON.stringify({ persistedQuery }) })
  return fetch(`${url}?${search}`, { headers })
}
const told = ({ headers }: Response) => [headers.get('cache-control'), headers.get('vary')]

test('only a named document, asked for signed out, may be kept by a CDN; an error never', async () => {
  const vary = 'Accept, Authorization'
  expect(told(await asksByName('{ version }'))).toEqual(['public, max-age=60', vary])
  expect(told(await asksByName('{ version }', { authorization: 'u1' }))).toEqual(['no-store', vary])
  expect(told(await asksByName('{ echo }'))).toEqual(['no-store', vary])
  expect(told(await asksByName('{ version users(ids: ["bad"]) { id } }'))).toEqual(['no-store', vary])
  const sent = await fetch(`${url}?query=${encodeURIComponent('{ version }')}`)
  expect(sent.headers.get('cache-control')).toBe('no-store')
})

test('what may be gone at any moment is kept, but asked for anew each time: the same is said in no bytes', async () => {
  const users = '{ users(ids: ["u1"]) { name friends { id } } }'
  const first = await asksByName(users)
  expect(told(first)).toEqual(['public, no-cache', 'Accept, Authorization'])
  const etag = first.headers.get('etag') ?? ''
  const second = await asksByName(users, { 'if-none-match': `"other", W/${etag}` })
  expect([second.status, await second.text(), second.headers.get('etag')]).toEqual([304, '', etag])
  expect((await asksByName(users, { 'if-none-match': '"other"' })).status).toBe(200)
  // Another media type is another answer, and who signs in has one of his own.
  const accept = 'application/graphql-response+json'
  expect((await asksByName(users, { 'if-none-match': etag, accept })).status).toBe(200)
  expect((await asksByName(users, { 'if-none-match': etag, authorization: 'u1' })).status).toBe(200)
})

test.each([
  '{ __schema { types { name } } }',
  '{ __type(name: "User") { name } }',
  '{ ...S } fragment S on Query { __schema { __typename } }',
])('with introspection off %s is refused (G7)', (query) => {
  expect(() => executor.prepare(query)).toThrow('GRAPHQL_VALIDATION_FAILED')
  expect(executor.prepare('{ __typename version }').kind).toBe('query')
})
