import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import type { FormattedExecutionResult } from 'graphql'
import { type Client, createClient } from 'graphql-sse'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Platform } from '#platform/service.ts'
import { createSessionWatch } from '#platform/sessions.ts'
import { createTokenIssuer, createTokenVerifier } from '#platform/tokens.ts'
import { newId } from '#schema/ids.ts'
import { testPlatform } from '../tests/platform.ts'
import { createAuthentication } from './authentication.ts'
import { createConnections } from './connections.ts'
import { type EventStreams, eventStreamPath, serveEventStreams } from './event-stream.ts'
import { createExecutor } from './executor/executor.ts'
import { compose, type FixtureContext, localSubgraph, subgraphs } from './executor/fixture.ts'
import { localSource } from './executor/local-source.ts'
import { createGatewayServer } from './server.ts'
import { createSubscriptions, type Subscriptions } from './subscriptions.ts'

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
  const executor = createExecutor<FixtureContext>({
    supergraph: compose(subgraphs),
    sources: new Map(subgraphs.map((part) => [part.name, localSource(localSubgraph(part))])),
  })
  const scope = () => ({ calls: new Map() })
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
  streams = serveEventStreams({
    executor,
    authentication,
    connections: createConnections({ perViewer, perAddress: 100 }),
    scope,
    subscribe: subscriptions.subscribe,
    onError: () => {},
    keepAliveMs: 20,
  })
  server = createGatewayServer({
    executor,
    authentication,
    scope,
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

async function signedIn() {
  const session = { userId: newId('user'), sessionId: newId('session') }
  const { token } = await createTokenIssuer(platform.config).issue(session, new Date())
  return { ...session, token }
}

function client(token?: string): Client {
  return createClient({
    url,
    retryAttempts: 0,
    ...(token && { headers: { authorization: `Bearer ${token}` } }),
  })
}

/** Subscribes, and comes back when events are heard. */
async function listen(on: Client, variables: Record<string, unknown> = {}) {
  const before = subscriptions.open
  const stream = on.iterate({ query, variables })
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

const quiet = () => expect.poll(() => subscriptions.open, { timeout: 10_000 }).toBe(0)

test('delivers events across subgraphs to the client of graphql-sse, and replays what was missed', async () => {
  const one = client()
  const stream = await listen(one)
  await publish('p0')
  const first = await stream.next()
  expect(first).toEqual({
    data: { postAdded: { cursor: expect.any(String), post: { id: 'p0', author: { name: 'ada' } } } },
  })
  await stream.stop()
  await quiet()

  await publish('p1')
  const { cursor } = (first.data as { postAdded: { cursor: string } }).postAdded
  const again = await listen(one, { after: cursor })
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

test('ends with its session, and says so', async () => {
  const { token, userId, sessionId } = await signedIn()
  const stream = await listen(client(token))
  const event = { id: randomUUID(), name: 'session.ended', at: new Date(), payload: { userId, sessionId } }
  const subject = `${platform.config.namespace}.events.user.session.ended.${userId}`
  await platform.jetstream.publish(subject, JSON.stringify(event))
  expect(await stream.next()).toMatchObject({ errors: [{ extensions: { code: 'UNAUTHENTICATED' } }] })
  expect(await stream.next()).toEqual({})
  await quiet()
})

test('has so many connections for a viewer and no more', async () => {
  const { token } = await signedIn()
  const one = client(token)
  for (let i = 0; i < perViewer; i++) await listen(one)
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
  const { jetstream, config } = platform
  for (let i = 0; subscriptions.open > 0 && i < 200; i++) {
    const payload = { postId: 'p0', userId: 'u0', cursor: 'x'.repeat(100_000) }
    const event = { id: randomUUID(), name: 'post.liked', at: new Date(), payload }
    await jetstream.publish(`${config.namespace}.${topic}`, JSON.stringify(event))
  }
  await quiet()
  stuck.destroy()
})

test('a stop cuts the streams off without completing them, so that clients come back', async () => {
  const stream = await listen(client())
  await streams.close()
  await expect(stream.next()).rejects.toThrow()
  await quiet()
  await expect(client().iterate({ query }).next()).rejects.toThrow('503')
})
