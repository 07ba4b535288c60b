import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { type Client, createClient } from 'graphql-sse'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Platform } from '#platform/service.ts'
import { testPlatform } from '../tests/platform.ts'
import { createConnections } from './connections.ts'
import { type EventStreams, eventStreamPath, serveEventStreams } from './event-stream.ts'
import type { FixtureContext } from './executor/fixture.ts'
import {
  listen,
  liveParts,
  outliveTokens,
  publishLike,
  query,
  signIn,
  subscriptionsTo,
} from './live-fixture.ts'
import { createGatewayServer } from './server.ts'
import type { Subscriptions } from './subscriptions.ts'

const topic = 'events.engagement.post.liked.p1'
const perViewer = 3

let platform: Platform
let stack: AsyncDisposableStack
let server: Server
let streams: EventStreams
let url: string
let subscriptions: Subscriptions<FixtureContext>

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
  const parts = await liveParts(platform, stack)
  subscriptions = subscriptionsTo(topic, platform, parts)
  streams = serveEventStreams({
    ...parts,
    connections: createConnections({ perViewer, perAddress: 100 }),
    subscribe: subscriptions.subscribe,
    onError: () => {},
    keepAliveMs: 20,
  })
  server = createGatewayServer({
    ...parts,
    unready: async () => [],
    log: pino({ level: 'silent' }),
    routes: { [eventStreamPath]: streams.route },
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}${eventStreamPath}`
})

afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await stack.disposeAsync()
})

function client(token?: string): Client {
  return createClient({
    url,
    retryAttempts: 0,
    ...(token && { headers: { authorization: `Bearer ${token}` } }),
  })
}

const listenOn = (on: Client, variables: Record<string, unknown> = {}) =>
  listen(subscriptions, on.iterate({ query, variables }))

const publish = (postId: string, payload?: object) => publishLike(platform, topic, postId, payload)

const quiet = () => expect.poll(() => subscriptions.open, { timeout: 10_000 }).toBe(0)

test('delivers events across subgraphs to the client of graphql-sse, and replays what was missed', async () => {
  const one = client()
  const stream = await listenOn(one)
  await publish('p0')
  const first = await stream.next()
  expect(first).toEqual({
    data: { postAdded: { cursor: expect.any(String), post: { id: 'p0', author: { name: 'ada' } } } },
  })
  await stream.stop()
  await quiet()

  await publish('p1')
  const { cursor } = (first.data as { postAdded: { cursor: string } }).postAdded
  const again = await listenOn(one, { after: cursor })
  await publish('p4')
  expect(await again.next()).toHaveProperty('data.postAdded.post.id', 'p1')
  expect(await again.next()).toHaveProperty('data.postAdded.post.id', 'p4')
  one.dispose()
  await quiet()
})

test('answers queries and mutations, and says in the stream what is wrong with an operation', async () => {
  const one = client()
  const ask = async (text: string) => {
    const answers: unknown[] = []
    for await (const answer of one.iterate({ query: text })) answers.push(answer)
    return answers
  }
  expect(await ask('{ version }')).toEqual([{ data: { version: '1' } }])
  expect(await ask('mutation { publish(text: "hi") { text } }')).toEqual([
    { data: { publish: { text: 'hi' } } },
  ])
  expect(await ask('{ nothing }')).toMatchObject([
    { errors: [{ extensions: { code: 'GRAPHQL_VALIDATION_FAILED' } }] },
  ])
  expect(await ask('subscription { postAdded(after: "x.y") { cursor } }')).toMatchObject([
    { errors: [{ extensions: { code: 'BAD_CURSOR' } }] },
  ])
})

test('takes a GET as EventSource sends it, and keeps the connection alive', async () => {
  const gone = new AbortController()
  const ask = (text: string) =>
    fetch(`${url}?${new URLSearchParams({ query: text })}`, {
      headers: { accept: 'text/event-stream' },
      signal: gone.signal,
    })
  const answer = await ask('{ version }')
  expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
  expect(await answer.text()).toBe(
    'event: next\ndata: {"data":{"version":"1"}}\n\nevent: complete\ndata: \n\n',
  )
  expect(await (await ask('mutation { publish(text: "hi") { text } }')).text()).toContain('"BAD_REQUEST"')

  const stream = await ask('subscription { postAdded { post { id } } }')
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader()
  expect((await reader?.read())?.value).toMatch(/^(:\n\n)+$/)
  gone.abort()
  await quiet()
})

test('refuses what is no request for a stream, or no good token', async () => {
  const status = async (init: RequestInit) => (await fetch(url, init)).status
  const body = JSON.stringify({ query: '{ version }' })
  const json = { 'content-type': 'application/json' }
  expect(await status({ method: 'PUT' })).toBe(405)
  expect(await status({ method: 'POST', headers: { ...json, accept: 'application/json' }, body })).toBe(406)
  expect(await status({ method: 'POST', headers: json, body: '{' })).toBe(400)
  expect(await status({ method: 'POST', headers: { ...json, authorization: 'Bearer x' }, body })).toBe(401)
  expect(await status({ method: 'OPTIONS' })).toBe(204)
  await expect(client('nonsense').iterate({ query }).next()).rejects.toThrow('401')
})

test('ends with its session or its token, and says so', async () => {
  const isOver = async (stream: Awaited<ReturnType<typeof listenOn>>) => {
    expect(await stream.next()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
    expect(await stream.next()).toEqual({})
    await quiet()
  }
  const { token, end } = await signIn(platform)
  const signedOut = await listenOn(client(token))
  await end()
  await isOver(signedOut)
  const other = await signIn(platform)
  await isOver(await outliveTokens(() => listenOn(client(other.token))))
})

test('has so many connections for a viewer and no more', async () => {
  const { token } = await signIn(platform)
  const one = client(token)
  for (let i = 0; i < perViewer; i++) await listenOn(one)
  await expect(client(token).iterate({ query }).next()).rejects.toThrow('429')
  one.dispose()
  await quiet()
  expect((await client(token).iterate({ query: '{ version }' }).next()).value).toEqual({
    data: { version: '1' },
  })
})

test('a client that reads nothing is cut off', async () => {
  const stuck = connect((server.address() as AddressInfo).port, '127.0.0.1')
  const text = 'subscription { postAdded { cursor post { id text author { name tags } } } }'
  stuck.write(
    `GET ${eventStreamPath}?${new URLSearchParams({ query: text })} HTTP/1.1\r\nHost: x\r\nAccept: text/event-stream\r\n\r\n`,
  )
  await once(stuck, 'data')
  stuck.pause()
  await expect.poll(() => subscriptions.open, { timeout: 10_000 }).toBe(1)
  // As much as the buffers between the two sockets take, and more.
  for (let i = 0; subscriptions.open > 0 && i < 200; i++) await publish('p0', { cursor: 'x'.repeat(100_000) })
  await quiet()
  stuck.destroy()
})

test('a stop cuts the streams off without completing them, so that clients come back', async () => {
  const stream = await listenOn(client())
  await streams.close()
  await expect(stream.next()).rejects.toThrow()
  await quiet()
  await expect(client().iterate({ query }).next()).rejects.toThrow('503')
})
