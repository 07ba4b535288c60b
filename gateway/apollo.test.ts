// Who comes from Apollo Server over Apollo Gateway finds the same answers: each operation is sent to both, over HTTP.
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { ApolloGateway, LocalGraphQLDataSource } from '@apollo/gateway'
import { ApolloServer } from '@apollo/server'
import { startStandaloneServer } from '@apollo/server/standalone'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signedOut } from '#platform/viewer.ts'
import { createExecutor, type Executor } from './executor/executor.ts'
import { compose, type FixtureContext, localSources, subgraphSchema, subgraphs } from './executor/fixture.ts'
import { createGatewayServer } from './server.ts'

let apollo: ApolloServer<FixtureContext>
let apolloUrl: string
let executor: Executor<FixtureContext>
let server: Server
let ourUrl: string

beforeAll(async () => {
  const parts = new Map(subgraphs.map((part) => [part.name, part]))
  const quiet = pino({ level: 'silent' })
  const gateway = new ApolloGateway({
    supergraphSdl: compose(subgraphs),
    logger: quiet,
    buildService: ({ name }) =>
      new LocalGraphQLDataSource(subgraphSchema(parts.get(name) as (typeof subgraphs)[number])),
  })
  apollo = new ApolloServer<FixtureContext>({
    gateway,
    logger: quiet,
    includeStacktraceInErrorResponses: false,
  })
  const listen = { port: 0, host: '127.0.0.1' }
  ;({ url: apolloUrl } = await startStandaloneServer(apollo, {
    listen,
    context: async () => ({ calls: new Map() }),
  }))

  executor = createExecutor({
    supergraph: compose(subgraphs),
    sources: localSources(subgraphs),
  })
  server = createGatewayServer({
    executor,
    authentication: {
      authenticate: async () => ({
        viewer: signedOut(),
        expiresAt: null,
      }),
    },
    scope: () => ({ calls: new Map() }),
    unready: async () => [],
    log: quiet,
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  ourUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
})

afterAll(async () => {
  await apollo.stop()
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await executor.close()
})

interface Answer {
  data?: unknown
  errors?: { path?: unknown; extensions?: { code?: string } }[]
}

/** Data, and the code and the path of each error: messages are each server's own. */
async function ask(url: string, body: object): Promise<object> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/graphql-response+json' },
    body: JSON.stringify(body),
  })
  const { data, errors = [] } = (await response.json()) as Answer
  return {
    status: response.status,
    data,
    // Apollo's name for a subgraph's uncoded error; the catalogue has one for all of them.
    errors: errors.map(({ extensions, path }) => [
      extensions?.code === 'DOWNSTREAM_SERVICE_ERROR' ? 'INTERNAL' : extensions?.code,
      path,
    ]),
  }
}

test.each([
  [
    'fields, aliases, fragments',
    '{ a: user(id: "u0") { ...f } b: user(id: "u1") { ...f } } fragment f on User { id n: name tags }',
  ],
  [
    'entities of three subgraphs',
    '{ posts(first: 4) { id text author { id name picture { url width height } } media { id __typename } } }',
  ],
  [
    'abstract types',
    '{ search { __typename ... on Post { id text } ... on User { name } } media(ids: ["m0", "m1", "m9"]) { id ... on Photo { width } ... on Clip { ms } } }',
  ],
  ['nested lists', '{ grid { id author { name } } }'],
  ['a mutation', 'mutation { rename(id: "u0", name: "eve") { name } }'],
  ['introspection', '{ __schema { queryType { name } } __type(name: "Role") { enumValues { name } } }'],
  ['an error in an entity', '{ posts { id author { id name } } }'],
  ['a null that bubbles', '{ strictUsers(ids: ["u0", "nobody"]) { id } }'],
  ['an unknown field', '{ nonsense }'],
  ['a syntax error', '{ user('],
])('%s', async (_what, query) => {
  expect(await ask(ourUrl, { query })).toEqual(await ask(apolloUrl, { query }))
})

test.each([[{ if: true }], [{ if: false }]])('variables %j', async (variables) => {
  const query =
    'query ($if: Boolean!) { posts(first: 2) { id text @include(if: $if) author @skip(if: $if) { name } } }'
  expect(await ask(ourUrl, { query, variables })).toEqual(await ask(apolloUrl, { query, variables }))
})
