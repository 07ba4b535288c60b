import { randomBytes, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { type Client, createClient, type FormattedExecutionResult } from 'graphql-ws'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Platform } from '#platform/service.ts'
import { createSessionWatch } from '#platform/sessions.ts'
import { createTokenIssuer, createTokenVerifier } from '#platform/tokens.ts'
import { newId } from '#schema/ids.ts'
import { testPlatform } from '../tests/platform.ts'
import { within } from '../tests/within.ts'
import { createAuthentication } from './authentication.ts'
import { createConnections } from './connections.ts'
import { createExecutor } from './executor/executor.ts'
import { compose, type FixtureContext, localSubgraph, subgraphs } from './executor/fixture.ts'
import { localSource } from './executor/local-source.ts'
import { createGatewayServer } from './server.ts'
import { type SocketsOptions, serveSockets } from './sockets.ts'
import { createSubscriptions, type Subscriptions } from './subscriptions.ts'

const topic = 'events.engagement.post.liked.p1'
const banned = new Set<string>()

let platform: Platform
let stack: AsyncDisposableStack
let server: Server
let url: string
let subscriptions: Subscriptions<FixtureContext>
let closeSockets: () => Promise<void>
let parts: Pick<SocketsOptions<FixtureContext>, 'executor' | 'authentication'>

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
  const executor = createExecutor<FixtureContext>({
    supergraph: compose(subgraphs),
    sources: new Map(subgraphs.map((part) => [part.name, localSource(localSubgraph(part))])),
  })
  const scope = () => ({ calls: new Map(), banned })
  const sessions = await createSessionWatch(platform)
  stack.defer(() => sessions.stop())
  const authentication = createAuthentication(createTokenVerifier(platform.config), sessions)
  const { live, cursors } = platform
  subscriptions = createSubscriptions({
    executor,
    live,
    cursors,
    scope,
    streamOf: () => ({ owner: 'engagement', topics: () => [topic] }),
    authorOf: async () => null,
    access: { add: () => () => {} },
  })
  server = createGatewayServer({
    executor,
    authentication,
    scope,
    unready: async () => [],
    log: pino({ level: 'silent' }),
  })
  const { subscribe } = subscriptions
  closeSockets = serveSockets(server, { executor, authentication, scope, subscribe, onError: () => {} })
  parts = { executor, authentication }
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
})

afterAll(async () => {
  await closeSockets()
  await new Promise((resolve) => server.close(resolve))
  await stack.disposeAsync()
})

function client(authorization?: string): { client: Client; closed: Promise<{ code: number }> } {
  const { promise, resolve } = Promise.withResolvers<{ code: number }>()
  return {
    client: createClient({
      url,
      webSocketImpl: WebSocket,
      retryAttempts: 0,
      onNonLazyError: () => {},
      ...(authorization && { connectionParams: { authorization } }),
      on: { closed: (event) => resolve(event as { code: number }) },
    }),
    closed: promise,
  }
}

/** Subscribes, and comes back when events are heard. */
async function listen(on: Client, query: string, variables: Record<string, unknown> = {}) {
  const before = subscriptions.open
  const stream = on.iterate<Record<string, never>>({ query, variables })
  const first = stream.next()
  first.catch(() => {})
  await expect.poll(() => subscriptions.open, { timeout: 10_000, interval: 5 }).toBe(before + 1)
  let pending: typeof first | undefined = first
  return {
    /** The next answer; `{}` after the last one. */
    next: async (): Promise<FormattedExecutionResult> => {
      const result = await (pending ?? stream.next())
      pending = undefined
      return result.done ? {} : (result.value as FormattedExecutionResult)
    },
    stop: () => stream.return?.(),
  }
}

async function publish(postId: string): Promise<void> {
  const event = { id: randomUUID(), name: 'post.liked', at: new Date(), payload: { postId, userId: 'u0' } }
  await platform.jetstream.publish(`${platform.config.namespace}.${topic}`, JSON.stringify(event))
}

const query =
  'subscription($by: ID, $after: String) { postAdded(by: $by, after: $after) { cursor post { id author { name } } } }'

test('delivers events across subgraphs, and replays what was missed', async () => {
  const one = client()
  const stream = await listen(one.client, query)
  await publish('p0')
  const first = await stream.next()
  expect(first).toEqual({
    data: { postAdded: { cursor: expect.any(String), post: { id: 'p0', author: { name: 'ada' } } } },
  })
  await stream.stop()
  await expect.poll(() => subscriptions.open).toBe(0)

  await publish('p1')
  await publish('p2')
  const { cursor } = (first.data as { postAdded: { cursor: string } }).postAdded
  const again = await listen(one.client, query, { after: cursor })
  await publish('p4')
  const ids: unknown[] = []
  for (let i = 0; i < 3; i++)
    ids.push(((await again.next()).data as { postAdded: { post: { id: string } } }).postAdded.post.id)
  expect(ids).toEqual(['p1', 'p2', 'p4'])
  await again.stop()
  await one.client.dispose()
})

test('a cursor that was made up is refused', async () => {
  const one = client()
  const stream = one.client.iterate({ query, variables: { after: 'x.y' } })
  expect((await stream.next()).value).toMatchObject({ errors: [{ extensions: { code: 'BAD_CURSOR' } }] })
  expect((await stream.next()).done).toBe(true)
  await one.client.dispose()
})

test('who may not listen hears nothing, and who no longer may is cut off', async () => {
  const one = client()
  banned.add('u9')
  const refused = one.client.iterate({ query, variables: { by: 'u9' } })
  expect((await refused.next()).value).toMatchObject({ errors: [{ extensions: { code: 'FORBIDDEN' } }] })
  expect((await refused.next()).done).toBe(true)

  const stream = await listen(one.client, query, { by: 'u1' })
  await publish('p0')
  expect(await stream.next()).toHaveProperty('data.postAdded.post.id', 'p0')
  banned.add('u1')
  await publish('p1')
  expect(await stream.next()).toMatchObject({
    data: { postAdded: null },
    errors: [{ extensions: { code: 'FORBIDDEN' } }],
  })
  expect(await stream.next()).toEqual({})
  await expect.poll(() => subscriptions.open).toBe(0)
  await one.client.dispose()
})

test('queries and mutations work over the socket, and refusals have codes', async () => {
  const one = client()
  const ask = async (text: string) => (await one.client.iterate({ query: text }).next()).value
  expect(await ask('{ version }')).toEqual({ data: { version: '1' } })
  expect(await ask('mutation { publish(text: "hi") { text } }')).toEqual({
    data: { publish: { text: 'hi' } },
  })
  await expect(one.client.iterate({ query: '{ nothing }' }).next()).rejects.toMatchObject([
    { extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } },
  ])
  await one.client.dispose()
})

test('a socket ends with its session, and a token that is no good opens none', async () => {
  const session = { userId: newId('user'), sessionId: newId('session') }
  const { token } = await createTokenIssuer(platform.config).issue(session, new Date())
  const one = client(`Bearer ${token}`)
  await listen(one.client, query)
  const event = { id: randomUUID(), name: 'session.ended', at: new Date(), payload: session }
  const subject = `${platform.config.namespace}.events.user.session.ended.${session.userId}`
  await platform.jetstream.publish(subject, JSON.stringify(event))
  expect((await one.closed).code).toBe(4401)
  await expect.poll(() => subscriptions.open).toBe(0)

  for (const authorization of [`Bearer ${token}`, 'Bearer nonsense', 'Basic x']) {
    const other = client(authorization)
    await expect(other.client.iterate({ query: '{ version }' }).next()).rejects.toMatchObject({ code: 4401 })
  }
})

test('R1: closes with the codes of the protocol', async () => {
  const init = '{"type":"connection_init"}'
  const closing = async (...messages: string[]): Promise<number> => {
    const socket = new WebSocket(url, 'graphql-transport-ws')
    await once(socket, 'open')
    for (const [i, message] of messages.entries()) {
      socket.send(message)
      // What follows the first init waits for its acknowledgement.
      if (i === 0 && message === init) await once(socket, 'message')
    }
    const [code] = (await once(socket, 'close')) as [number]
    return code
  }
  expect(await closing('{')).toBe(4400)
  expect(await closing('{"type":"subscribe","id":"1","payload":{"query":"{ version }"}}')).toBe(4401)
  expect(await closing(init, init)).toBe(4429)
  const storm = Array.from({ length: 200 }, (_, i) =>
    JSON.stringify({ type: 'subscribe', id: String(i), payload: { query } }),
  )
  expect(await closing(init, ...storm)).toBe(4429)
  await expect.poll(() => subscriptions.open, { timeout: 10_000 }).toBe(0)
})

/** Sockets on a server of their own. */
async function serveApart(options: Partial<SocketsOptions<FixtureContext>> = {}) {
  const other = createServer()
  const close = serveSockets(other, {
    ...parts,
    scope: () => ({ calls: new Map(), banned }),
    subscribe: subscriptions.subscribe,
    onError: () => {},
    ...options,
  })
  let stopped: Promise<void> | undefined
  const stop = () => (stopped ??= close())
  other.listen(0, '127.0.0.1')
  await once(other, 'listening')
  const { port } = other.address() as AddressInfo
  return {
    port,
    connect: () => new WebSocket(`ws://127.0.0.1:${port}/graphql`, 'graphql-transport-ws'),
    stop,
    async [Symbol.asyncDispose]() {
      await stop()
      await new Promise((resolve) => other.close(resolve))
    },
  }
}

const codeOf = async (socket: WebSocket) => ((await once(socket, 'close')) as [number])[0]

test('R1: a client that does not say who it is is closed', async () => {
  await using apart = await serveApart({ initTimeoutMs: 20 })
  expect(await codeOf(apart.connect())).toBe(4408)
})

test('R1: has so many sockets for a viewer, and so many for an address that are nobody’s', async () => {
  await using apart = await serveApart({ connections: createConnections({ perViewer: 2, perAddress: 3 }) })
  const session = { userId: newId('user'), sessionId: newId('session') }
  const { token } = await createTokenIssuer(platform.config).issue(session, new Date())
  const init = JSON.stringify({ type: 'connection_init', payload: { authorization: `Bearer ${token}` } })
  const connected = async (...messages: string[]) => {
    const socket = apart.connect()
    await once(socket, 'open')
    for (const message of messages) socket.send(message)
    return socket
  }
  const acknowledged = async () => {
    const socket = await connected(init)
    await once(socket, 'message')
    return socket
  }
  const own = [await acknowledged(), await acknowledged()]
  expect(await codeOf(await connected(init))).toBe(4429)

  const strangers = [await connected(), await connected(), await connected()]
  expect(await codeOf(apart.connect())).toBe(4429)
  // Those who leave make room.
  for (const socket of [strangers[0], own[0]]) {
    socket?.close()
    if (socket) await codeOf(socket)
  }
  await expect.poll(async () => (await acknowledged().catch(() => null))?.readyState).toBe(WebSocket.OPEN)
})

test('R5: a stop sends a crowd away one by one', async () => {
  await using apart = await serveApart()
  const crowd = await Promise.all(
    Array.from({ length: 120 }, async () => {
      const socket = apart.connect()
      await once(socket, 'open')
      return socket
    }),
  )
  const closed = crowd.map(async (socket) => ({ code: await codeOf(socket), at: Date.now() }))
  await apart.stop()
  const times = await Promise.all(closed)
  expect(new Set(times.map(({ code }) => code))).toEqual(new Set([1012]))
  expect(Math.max(...times.map(({ at }) => at)) - Math.min(...times.map(({ at }) => at))).toBeGreaterThan(500)
})

test('a client that does not answer holds up no stop', async () => {
  await using apart = await serveApart()
  // Shakes hands by the protocol (RFC 6455 §1.2), and is silent from then on.
  const stuck = connect(apart.port, '127.0.0.1')
  stuck.write(
    `GET /graphql HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\nSec-WebSocket-Protocol: graphql-transport-ws\r\n\r\n`,
  )
  await once(stuck, 'data')
  stuck.pause()
  await within(8_000, apart.stop())
  stuck.destroy()
})
