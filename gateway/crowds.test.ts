// Many sockets at once: some that read nothing, and all of them coming back after a stop.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { createClient } from 'graphql-ws'
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest'
import { WebSocket } from 'ws'
import type { Platform } from '#platform/service.ts'
import { percentile } from '../bench/figure.ts'
import { heapBytes } from '../tests/heap.ts'
import { testPlatform } from '../tests/platform.ts'
import { isProof, size } from '../tests/size.ts'
import type { FixtureContext } from './executor/fixture.ts'
import { type LiveParts, liveParts, publishLike, rawSocket, subscriptionsTo } from './live-fixture.ts'
import { serveSockets } from './sockets.ts'
import type { Subscriptions } from './subscriptions.ts'

const query = 'subscription { postAdded { cursor post { id text } } }'

let platform: Platform
let stack: AsyncDisposableStack
let parts: LiveParts
let topic: string
let tests = 0

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
  parts = await liveParts(platform, stack)
})
afterAll(() => stack.disposeAsync())
beforeEach(() => {
  topic = `events.engagement.post.liked.crowd${++tests}`
})

async function serve({ subscribe }: Subscriptions<FixtureContext>, port = 0) {
  const server = createServer()
  const closeSockets = serveSockets(server, { ...parts, subscribe, onError: () => {} })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port: (server.address() as AddressInfo).port,
    async stop() {
      await closeSockets()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const publish = (postId: string) => publishLike(platform, topic, postId)

/** A frame of a text message from a client (RFC 6455 §5.2), masked with zeros. */
function frame(text: string): Buffer {
  const body = Buffer.from(text)
  const length = body.length < 126 ? [0x80 | body.length] : [0x80 | 126, body.length >> 8, body.length & 0xff]
  return Buffer.concat([Buffer.from([0x81, ...length, 0, 0, 0, 0]), body])
}

/** Subscribes, and then reads nothing any more. */
async function stuckReader(port: number): Promise<Socket> {
  const socket = await rawSocket(port)
  socket.write(frame('{"type":"connection_init"}'))
  await once(socket, 'data')
  socket.write(frame(JSON.stringify({ id: '1', type: 'subscribe', payload: { query } })))
  socket.pause()
  return socket
}

test('R2: readers that are stuck hold a bounded number of events, and the others hear all of them at once', async () => {
  const subscriptions = subscriptionsTo(topic, platform, parts)
  const server = await serve(subscriptions)
  const stuck = await Promise.all(Array.from({ length: 4 }, () => stuckReader(server.port)))
  const counts = Array.from({ length: size(396, 40) }, () => 0)
  let published = 0
  /** How long after its event each answer came, in milliseconds. */
  let delays: number[] = []
  const clients = counts.map((_, i) => {
    const client = createClient({ url: `ws://127.0.0.1:${server.port}/graphql`, webSocketImpl: WebSocket })
    const next = () => {
      counts[i] = (counts[i] as number) + 1
      delays.push(performance.now() - published)
    }
    client.subscribe({ query }, { next, error() {}, complete() {} })
    return client
  })
  await expect.poll(() => subscriptions.open, { timeout: 20_000 }).toBe(stuck.length + clients.length)
  await publish('p0')
  await expect.poll(() => Math.min(...counts), { timeout: 20_000 }).toBe(1)
  const before = heapBytes()
  const events = 1_500
  for (let sent = 0; sent < events; sent += 100) {
    await Promise.all(Array.from({ length: 100 }, () => publish('p1')))
    await expect.poll(() => Math.min(...counts), { timeout: 30_000, interval: 5 }).toBe(1 + sent + 100)
  }
  delays = []
  // 1,000 waiting references to events each, and what the sockets themselves took.
  expect(heapBytes() - before).toBeLessThan(30 * 1024 * 1024)
  for (let i = 1; i <= size(200); i++) {
    published = performance.now()
    await publish('p1')
    await expect.poll(() => Math.min(...counts), { timeout: 30_000, interval: 5 }).toBe(1 + events + i)
  }
  if (isProof) expect(percentile(delays, 0.99)).toBeLessThanOrEqual(250)
  for (const socket of stuck) socket.destroy()
  await expect.poll(() => subscriptions.open, { timeout: 20_000 }).toBe(clients.length)
  await Promise.all(clients.map((client) => client.dispose()))
  await server.stop()
}, 300_000)

test('R5: all whom a stop sends away come back at once, and miss nothing', async () => {
  const first = subscriptionsTo(topic, platform, parts)
  let server = await serve(first)
  const { port } = server
  const back = Promise.withResolvers<void>()
  const heard: string[][] = []
  const clients = Array.from({ length: size(2_000, 150) }, (_, i) => {
    const client = createClient({
      url: `ws://127.0.0.1:${port}/graphql`,
      webSocketImpl: WebSocket,
      retryAttempts: 50,
      shouldRetry: () => true,
      retryWait: () => back.promise,
    })
    const mine: string[] = []
    heard[i] = mine
    const resume = 'subscription ($after: String) { postAdded(after: $after) { cursor post { id } } }'
    const variables: { after: string | null } = { after: null }
    client.subscribe<{ postAdded: { cursor: string; post: { id: string } } }>(
      { query: resume, variables },
      {
        next({ data }) {
          if (!data) return
          mine.push(data.postAdded.post.id)
          variables.after = data.postAdded.cursor
        },
        error() {},
        complete() {},
      },
    )
    return client
  })
  await expect.poll(() => first.open, { timeout: 30_000 }).toBe(clients.length)
  await publish('p0')
  await expect.poll(() => heard.every((mine) => mine.length === 1), { timeout: 30_000 }).toBe(true)
  await server.stop()
  await publish('p1')
  const second = subscriptionsTo(topic, platform, parts)
  const restarted = performance.now()
  server = await serve(second, port)
  back.resolve()
  await expect.poll(() => second.open, { timeout: 60_000 }).toBe(clients.length)
  if (isProof) expect(performance.now() - restarted).toBeLessThanOrEqual(30_000)
  await publish('p2')
  await expect.poll(() => heard.every((mine) => mine.length === 3), { timeout: 30_000 }).toBe(true)
  expect(new Set(heard.map((mine) => mine.join()))).toEqual(new Set(['p0,p1,p2']))
  await Promise.all(clients.map((client) => client.dispose()))
  await server.stop()
}, 120_000)
