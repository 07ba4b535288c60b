import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type Client, createClient } from 'graphql-ws'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Platform } from '#platform/service.ts'
import { within } from '#platform/within.ts'
import { testPlatform } from '../tests/platform.ts'
import { AnswerStream } from './answer-stream.ts'
import { createConnections, farewellDelays } from './connections.ts'
import type { FixtureContext } from './executor/fixture.ts'
import {
  type LiveParts,
  listen,
  liveParts,
  outliveTokens,
  publishLike,
  query,
  rawSocket,
  signIn,
  subscriptionsTo,
} from './live-fixture.ts'
import { createGatewayServer } from './server.ts'
import { type SocketsOptions, serveSockets } from './sockets.ts'
import type { Subscriptions } from './subscriptions.ts'

const topic = 'events.engagement.post.liked.p1'
const banned = new Set<string>()

let platform: Platform
let stack: AsyncDisposableStack
let server: Server
let url: string
let subscriptions: Subscriptions<FixtureContext>
let closeSockets: () => Promise<void>
let parts: LiveParts

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
  parts = await liveParts(platform, stack, banned)
  subscriptions = subscriptionsTo(topic, platform, parts)
  server = createGatewayServer({ ...parts, unready: async () => [], log: pino({ level: 'silent' }) })
  const { subscribe } = subscriptions
  closeSockets = serveSockets(server, { ...parts, subscribe, onError: () => {} })
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

const listenOn = (on: Client, text: string, variables: Record<string, unknown> = {}) =>
  listen(subscriptions, on.iterate<Record<string, never>>({ query: text, variables }))

const publish = (postId: string) => publishLike(platform, topic, postId)

test('delivers events across subgraphs, and replays what was missed', async () => {
  const one = client()
  const stream = await listenOn(one.client, query)
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
  const again = await listenOn(one.client, query, { after: cursor })
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

  const stream = await listenOn(one.client, query, { by: 'u1' })
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
  const { token, end } = await signIn(platform)
  const one = client(`Bearer ${token}`)
  await listenOn(one.client, query)
  await end()
  expect((await one.closed).code).toBe(4401)
  await expect.poll(() => subscriptions.open).toBe(0)

  for (const authorization of [`Bearer ${token}`, 'Bearer nonsense', 'Basic x']) {
    const other = client(authorization)
    await expect(other.client.iterate({ query: '{ version }' }).next()).rejects.toMatchObject({ code: 4401 })
  }
})

test('a socket ends with its token', async () => {
  const { token } = await signIn(platform)
  const one = client(`Bearer ${token}`)
  await outliveTokens(() => listenOn(one.client, query))
  expect((await one.closed).code).toBe(4401)
  await expect.poll(() => subscriptions.open).toBe(0)
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
  const { token } = await signIn(platform)
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
  const closed = crowd.map(codeOf)
  await apart.stop()
  expect(new Set(await Promise.all(closed))).toEqual(new Set([1012]))
  const moments = (count: number) => new Set(farewellDelays(count))
  expect(moments(10)).toEqual(new Set([0]))
  expect(moments(crowd.length).size).toBeGreaterThan(crowd.length / 2)
})

/** Fails as soon as it is read. */
class Broken extends AnswerStream {
  readonly #reason: Error
  constructor(reason: Error) {
    super()
    this.#reason = reason
  }
  protected begin(): void {
    this.fail(this.#reason)
  }
  protected close(): void {}
}

test('what a stream fails with is logged, and its client learns no more than that', async () => {
  const logged: unknown[] = []
  const reason = new Error('connect ECONNREFUSED mongo-0.internal')
  await using apart = await serveApart({
    subscribe: async () => new Broken(reason),
    onError: (error) => logged.push(error),
  })
  const one = createClient({
    url: `ws://127.0.0.1:${apart.port}/graphql`,
    webSocketImpl: WebSocket,
    retryAttempts: 0,
  })
  await expect(one.iterate({ query }).next()).rejects.toEqual([
    { message: 'Something went wrong.', extensions: { code: 'INTERNAL' } },
  ])
  expect(logged).toEqual([reason])
  await one.dispose()
})

test('a client that does not answer holds up no stop', async () => {
  await using apart = await serveApart()
  const stuck = await rawSocket(apart.port)
  stuck.pause()
  await within(8_000, apart.stop())
  stuck.destroy()
})
