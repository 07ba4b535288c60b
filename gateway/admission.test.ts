// What every request passes, over HTTP and sockets: the document it names, and what it costs.
import { createHash, randomBytes } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createClient } from 'graphql-ws'
import { Redis } from 'ioredis'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import { createAdmission } from './admission.ts'
import { createCostBuckets } from './cost-bucket.ts'
import { createDocuments } from './documents.ts'
import { createExecutor } from './executor/executor.ts'
import { compose, type FixtureContext, localSources, subgraphs } from './executor/fixture.ts'
import { createGatewayServer } from './server.ts'
import { serveSockets } from './sockets.ts'

const redis = new Redis(process.env.REDIS_URL as string)
const namespace = `t${randomBytes(5).toString('hex')}`
const stack = new AsyncDisposableStack()
stack.defer(async () => {
  const keys = await redis.keys(`${namespace}:*`)
  if (keys.length > 0) await redis.del(keys)
  redis.disconnect()
})
beforeAll(() => redis.ping())
afterAll(() => stack.disposeAsync())

const known = 'query Known { version }'
const supergraph = compose(subgraphs)

/** A gateway process; those of one test file share a Redis, and `viewer` is who asks. */
async function startGateway(userId: string, limit = 50_000) {
  const executor = createExecutor<FixtureContext>({
    supergraph,
    sources: localSources(subgraphs),
  })
  const viewer = { userId, sessionId: null, appId: null, scopes: null, ip: '', userAgent: null }
  const costs = createCostBuckets({ redis, namespace, enforced: true, limit })
  const options = {
    executor,
    authentication: {
      authenticate: async () => ({ viewer, expiresAt: null }),
      onSessionEnd: () => () => {},
    },
    scope: () => ({ calls: new Map() }),
    unready: async () => [],
    log: pino({ level: 'silent' }),
    admission: createAdmission<FixtureContext>({
      executor,
      scope: () => ({ calls: new Map() }),
      documents: createDocuments({ redis, namespace, documents: [known] }),
      costs,
    }),
    subscribe: () => Promise.reject(new Error('nothing is live here')),
    onError: () => {},
  }
  const server = createGatewayServer(options)
  const closeSockets = serveSockets(server, options)
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  stack.defer(async () => {
    const closed = new Promise((resolve) => server.close(resolve))
    await closeSockets()
    server.closeAllConnections()
    await Promise.all([closed, costs.close(), executor.close()])
  })
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
  const asks = (body: object, headers: Record<string, string> = {}) =>
    fetch(url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const gets = (parameters: Record<string, string>) => fetch(`${url}?${new URLSearchParams(parameters)}`)
  return { url, asks, gets }
}

interface Answer {
  data?: unknown
  errors?: { message: string; extensions: { code: string; retryAfterMs?: number } }[]
  extensions?: unknown
}

const read = async (response: Response) => (await response.json()) as Answer
const hash = (text: string) => createHash('sha256').update(text).digest('hex')
const persisted = (text: string) => ({ persistedQuery: { version: 1, sha256Hash: hash(text) } })
const newType = { accept: 'application/graphql-response+json' }

test('automatic persisted queries: unknown, then sent, then known to every process, over POST and GET', async () => {
  const [a, b] = [await startGateway('a'), await startGateway('b')]
  const query = 'query Sent($a: Boolean!) { version @include(if: $a) }'
  const extensions = persisted(query)
  const variables = { a: true }

  const missing = await a.asks({ extensions, variables })
  expect(missing.status).toBe(200)
  // Apollo's clients go by this message or this code.
  expect((await read(missing)).errors).toEqual([
    { message: 'PersistedQueryNotFound', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
  ])
  expect((await a.asks({ extensions, variables }, newType)).status).toBe(400)

  const data = { version: '1' }
  expect(await read(await a.asks({ query, extensions, variables }))).toMatchObject({ data })
  for (const gateway of [a, b]) {
    expect(await read(await gateway.asks({ extensions, variables }))).toMatchObject({ data })
    const search = { extensions: JSON.stringify(extensions), variables: JSON.stringify(variables) }
    expect(await read(await gateway.gets(search))).toMatchObject({ data })
    expect(await read(await gateway.gets({ ...search, query }))).toMatchObject({ data })
  }
  expect(await read(await b.asks({ documentId: `sha256:${hash(query)}`, variables }))).toMatchObject({ data })
})

test('documentId: the known documents always work; others are not found, whatever they look like', async () => {
  const gateway = await startGateway('c')
  const documentId = `sha256:${hash(known)}`
  for (const response of [
    await gateway.asks({ documentId }),
    await gateway.asks({ documentId, query: known }),
    await gateway.asks({ documentId, operationName: 'Known' }),
    await gateway.asks({ query: null, extensions: persisted(known) }),
    await gateway.gets({ documentId }),
  ]) {
    expect(await read(response)).toMatchObject({ data: { version: '1' } })
  }
  for (const other of [`sha256:${'0'.repeat(64)}`, 'sha256:', hash(known), '__proto__', 'md5:x', '../a']) {
    expect((await read(await gateway.asks({ documentId: other }))).errors).toMatchObject([
      { extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
    ])
  }
})

test('a document that does not match its hash, or no document at all, is refused', async () => {
  const gateway = await startGateway('d')
  const query = '{ version }'
  for (const body of [
    { query, extensions: persisted('{ me { id } }') },
    { query, documentId: `sha256:${hash(known)}` },
    { documentId: `sha256:${hash(known)}`, extensions: persisted(query) },
    { query, extensions: { persistedQuery: { version: 2, sha256Hash: hash(query) } } },
    { query, extensions: { persistedQuery: { version: 1, sha256Hash: { $gt: '' } } } },
    { query, extensions: { persistedQuery: 'x' } },
    { query, documentId: 7 },
    { query: 7, documentId: `sha256:${hash(known)}` },
    { query: '' },
    { query: null, extensions: {} },
  ]) {
    const response = await gateway.asks(body)
    expect(response.status).toBe(400)
    expect((await read(response)).errors).toMatchObject([{ extensions: { code: 'BAD_REQUEST' } }])
  }
})

test('what does not validate is not kept', async () => {
  const gateway = await startGateway('e')
  const extensions = persisted('{ nothing }')
  await gateway.asks({ query: '{ nothing }', extensions })
  expect((await read(await gateway.asks({ extensions }))).errors).toMatchObject([
    { extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } },
  ])
})

test('an answer says what it cost: a point, one more for a hundred nodes, five for a mutation', async () => {
  const gateway = await startGateway('f')
  const cost = async (query: string, variables = {}) =>
    (await read(await gateway.asks({ query, variables }))).extensions
  expect(await cost('{ version }')).toEqual({ cost: { nodeCount: 0, cost: 1 } })
  const posts = 'query($n: Int) { posts(first: $n) { author { friends(first: 10) { id } } } }'
  expect(await cost(posts, { n: 20 })).toEqual({ cost: { nodeCount: 220, cost: 3 } })
  expect(await cost('mutation { a: publish(text: "x") { id } publish(text: "x") { id } }')).toEqual({
    cost: { nodeCount: 0, cost: 10 },
  })
})

test('who has spent his points gets 429 with the time to wait, over HTTP and sockets, until some are back', async () => {
  const [gateway, other] = [await startGateway('g', 10), await startGateway('g', 10)]
  for (let i = 0; i < 5; i++) {
    expect((await gateway.asks({ query: '{ version }' })).status).toBe(200)
    // Being refused costs too.
    await other.asks({ query: '{ nothing }' })
  }
  await expect.poll(async () => (await gateway.asks({ query: '{ version }' })).status).toBe(429)
  const response = await gateway.asks({ query: '{ version }' })
  const { errors, data } = await read(response)
  expect(data).toBeUndefined()
  expect(errors).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }])
  const retryAfterMs = errors?.[0]?.extensions.retryAfterMs ?? 0
  expect(retryAfterMs).toBeGreaterThan(0)
  expect(response.headers.get('retry-after')).toBe(String(Math.ceil(retryAfterMs / 1_000)))

  const client = createClient({
    url: gateway.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    lazy: true,
  })
  const refused = await new Promise((resolve, reject) => {
    client.subscribe({ query: '{ version }' }, { next: reject, error: resolve, complete: () => reject() })
  })
  expect(refused).toMatchObject([{ extensions: { code: 'RATE_LIMITED' } }])
  await client.dispose()
})

test('an operation on a socket may name its document, and says what it cost', async () => {
  const gateway = await startGateway('h')
  const client = createClient({
    url: gateway.url.replace('http', 'ws'),
    webSocketImpl: WebSocket,
    lazy: true,
  })
  const answers: unknown[] = []
  for await (const answer of client.iterate({ query: '', extensions: persisted(known) })) answers.push(answer)
  expect(answers).toEqual([{ data: { version: '1' }, extensions: { cost: { nodeCount: 0, cost: 1 } } }])
  await client.dispose()
})
