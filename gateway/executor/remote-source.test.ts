// A subgraph that hangs, dies and comes back, over real HTTP: what a client of the gateway sees of it.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { text } from 'node:stream/consumers'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { parse } from 'graphql'
import { afterEach, expect, test, vi } from 'vitest'
import { within } from '#platform/within.ts'
import { promisedMs } from '../../tests/size.ts'
import { CircuitOpen } from './breaker.ts'
import { createExecutor } from './executor.ts'
import { compose, type FixtureContext, localSubgraph, serveSubgraph, subgraphs } from './fixture.ts'
import { localSource } from './local-source.ts'
import { type RemoteSourceOptions, remoteSource } from './remote-source.ts'
import type { DataSource } from './sources.ts'

const stack: (() => unknown)[] = []
afterEach(async () => {
  for (const release of stack.splice(0).reverse()) await release()
})

async function listen(
  handler: RequestListener,
  port = 0,
): Promise<{ url: string; server: Server; port: number }> {
  const server = createServer(handler).listen(port, '127.0.0.1')
  await once(server, 'listening')
  stack.push(() => stop(server))
  const address = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${address.port}/graphql`, server, port: address.port }
}

function stop(server: Server): Promise<unknown> {
  server.closeAllConnections()
  return new Promise((resolve) => server.close(resolve))
}

function source(url: string, options: Partial<RemoteSourceOptions<object>> = {}): DataSource {
  const remote = remoteSource(url, { headersFor: () => ({}), ...options })
  stack.push(() => remote.close?.())
  return remote
}

const operation = (query: string) => ({ query, document: parse(query), variables: {} })
const read = operation('{ n }')
const write = operation('mutation { n }')

const answerJson: RequestListener = (_, response) => {
  response.setHeader('content-type', 'application/json')
  response.end('{"data":{"n":1}}')
}

test('connections are kept', async () => {
  let connections = 0
  const { url, server } = await listen(answerJson)
  server.on('connection', () => {
    connections += 1
  })
  const remote = source(url)
  for (let i = 0; i < 20; i++) expect(await remote.process(read, {})).toEqual({ data: { n: 1 } })
  // The second request may come before the pool knows that the first connection is free again.
  expect(connections).toBeLessThanOrEqual(2)
})

test.each([502, 503, 504, 'reset'])('a query is sent once more after %s, a mutation is not', async (how) => {
  let requests = 0
  const { url } = await listen((request, response) => {
    requests += 1
    if (requests % 2 === 0) answerJson(request, response)
    else if (how === 'reset') request.socket.destroy()
    else response.writeHead(how as number).end('<html>')
  })
  const remote = source(url)
  expect(await remote.process(read, {})).toEqual({ data: { n: 1 } })
  expect(requests).toBe(2)
  await expect(remote.process(write, {})).rejects.toThrow()
  expect(requests).toBe(3)
})

test('what a subgraph answers on purpose is no reason to ask again, nor to give it up', async () => {
  let requests = 0
  const { url } = await listen((_, response) => {
    requests += 1
    response.writeHead(requests > 8 ? 200 : 400).end('nonsense')
  })
  const remote = source(url, { failures: 2 })
  for (let i = 1; i < 16; i++) {
    await expect(remote.process(read, {})).rejects.not.toBeInstanceOf(CircuitOpen)
    expect(requests).toBe(i)
  }
})

test('the circuit opens after failures in a row and closes when a probe is answered', async () => {
  const { url, server, port } = await listen(answerJson)
  const remote = source(url, { failures: 3, probeMs: 50 })
  await remote.process(read, {})
  await stop(server)
  for (let i = 0; i < 3; i++) {
    await expect(remote.process(write, {})).rejects.not.toBeInstanceOf(CircuitOpen)
  }
  await expect(remote.process(read, {})).rejects.toBeInstanceOf(CircuitOpen)
  const asked: string[] = []
  await listen(async (request, response) => {
    asked.push(await text(request))
    answerJson(request, response)
  }, port)
  await vi.waitFor(async () => expect(await remote.process(write, {})).toEqual({ data: { n: 1 } }), {
    timeout: promisedMs,
    interval: 20,
  })
  // No client's request was the probe.
  expect(asked[0]).toBe('{"query":"{ __typename }"}')
})

test('one slow answer among quick ones does not open the circuit', async () => {
  const { url } = await listen(async (request, response) => {
    if (!(await text(request)).includes('slow')) answerJson(request, response)
  })
  const remote = source(url, { timeoutMs: 200 })
  const slow = Promise.resolve(remote.process(operation('{ slow }'), {}))
  const settled = slow.then(
    () => 'answered',
    () => 'timed out',
  )
  await remote.process(read, {})
  expect(await settled).toBe('timed out')
  expect(await remote.process(read, {})).toEqual({ data: { n: 1 } })
})

/** The fixture's graph, with one subgraph behind HTTP where it can be cut off. */
async function graphWith(name: string, timeoutMs?: number) {
  const part = subgraphs.find((one) => one.name === name)
  if (!part) throw new Error(`no subgraph ${name}`)
  const real = await serveSubgraph(part, () => ({ calls: new Map() }))
  stack.push(() => real.stop())
  const state = { hangs: false }
  // In front of the subgraph, so that it can swallow requests.
  const front = await listen(async (request, response) => {
    if (state.hangs) return
    const body = await text(request)
    const answered = await fetch(real.url, { method: 'POST', body })
    response.setHeader('content-type', 'application/json')
    response.end(await answered.text())
  })
  const remote = remoteSource<FixtureContext>(front.url, {
    headersFor: () => ({}),
    ...(timeoutMs !== undefined && { timeoutMs }),
  })
  const executor = createExecutor<FixtureContext>({
    supergraph: compose(subgraphs),
    sources: new Map(
      subgraphs.map(
        (one) => [one.name, one.name === name ? remote : localSource(localSubgraph(one))] as const,
      ),
    ),
  })
  stack.push(() => executor.close())
  const run = (query: string) => executor.execute(executor.prepare(query), {}, { calls: new Map() })
  return { run, state, server: front.server }
}

const page = '{ posts(first: 2) { text author { name } likeCount } }'

test('X5: behind a black hole answers come within 5 s, then at once, and are whole again within 5 s', async () => {
  const { run, state } = await graphWith('accounts')
  const whole = await run(page)
  expect(whole.errors).toBeUndefined()

  state.hangs = true
  const partial = {
    data: { posts: [0, 1].map((i) => ({ text: `post ${i}`, author: { name: null }, likeCount: 3 })) },
    errors: [{ path: ['posts'], extensions: { code: 'SERVICE_UNAVAILABLE' } }],
  }
  expect(await within(promisedMs, run(page))).toMatchObject(partial)
  // Had any of these waited for the subgraph, they would not all be there within the same time.
  const atOnce = async () => {
    for (let i = 0; i < 20; i++) expect(await run(page)).toMatchObject(partial)
  }
  await within(promisedMs, atOnce())

  state.hangs = false
  await vi.waitFor(async () => expect(await run(page)).toEqual(whole), { timeout: promisedMs, interval: 50 })
})

test('X4: a subgraph that is down leaves the rest of the answer, with a code', async () => {
  const { run, server } = await graphWith('social')
  await stop(server)
  for (let i = 0; i < 10; i++) {
    const { data, errors } = await run('{ posts(first: 2) { text author { name shout } score } }')
    expect(data).toEqual({
      posts: [
        { text: 'post 0', author: { name: 'ada', shout: null }, score: null },
        { text: 'post 1', author: { name: 'bea', shout: null }, score: null },
      ],
    })
    expect(errors?.map(({ extensions }) => extensions?.code)).toEqual([
      'SERVICE_UNAVAILABLE',
      'SERVICE_UNAVAILABLE',
    ])
  }
  // A field that must not be null takes its list along, as GraphQL has it.
  expect((await run(page)).errors?.[0]?.extensions).toEqual({ code: 'SERVICE_UNAVAILABLE' })
})

/** A subgraph in a process of its own, so that it can be stopped in the middle of everything. */
async function startApart(): Promise<{ url: string; port: number; process: ChildProcess }> {
  const code = `require('node:http')
    .createServer((_, response) => response.setHeader('content-type', 'application/json').end('{"data":{"n":1}}'))
    .listen({ port: 0, host: '127.0.0.1', backlog: 1 }, function () { console.log(this.address().port) })`
  const child = spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'inherit'] })
  stack.push(() => {
    child.kill('SIGKILL')
    return once(child, 'exit')
  })
  const [line] = (await once(child.stdout, 'data')) as [Buffer]
  const port = Number(line)
  return { url: `http://127.0.0.1:${port}/graphql`, port, process: child }
}

/** Connects until the host answers no more: what wants to connect from then on hears nothing. */
async function fillBacklog(port: number): Promise<void> {
  for (;;) {
    const socket = connect(port, '127.0.0.1').on('error', () => {})
    stack.push(() => socket.destroy())
    const connected = await within(500, once(socket, 'connect')).catch(() => null)
    if (!connected) return
  }
}

test('X5: of a host that does not even connect, answers come within 5 s, then at once, and are whole again within 5 s', async () => {
  const { url, port, process: host } = await startApart()
  // Less than by default: what is tested is that waiting for a connection is bound by it, not how fast this machine is.
  const remote = source(url, { timeoutMs: 2_000 })
  host.kill('SIGSTOP')
  await fillBacklog(port)
  // More than there are connections: the rest waits for one.
  const asked = Array.from({ length: 300 }, (_, i) => remote.process(i % 2 ? write : read, {}))
  const outcomes = await within(promisedMs, Promise.allSettled(asked))
  expect(outcomes.every(({ status }) => status === 'rejected')).toBe(true)
  await expect(remote.process(read, {})).rejects.toBeInstanceOf(CircuitOpen)

  host.kill('SIGCONT')
  const whole = async () => expect(await remote.process(write, {})).toEqual({ data: { n: 1 } })
  await vi.waitFor(whole, { timeout: promisedMs, interval: 50 })
})

test('X5: a gateway that is busy beyond its deadlines still reads that a subgraph is there again', async () => {
  const { url, process: host } = await startApart()
  const probeMs = 200
  const remote = source(url, { probeMs, timeoutMs: 400 })
  await remote.process(read, {})
  host.kill('SIGSTOP')
  await expect(remote.process(read, {})).rejects.toThrow()
  expect(remote.isAway).toBe(true)

  host.kill('SIGCONT')
  const deadline = performance.now() + 15_000
  while (remote.isAway && performance.now() < deadline) {
    // Each turn is longer than a probe may take: its timers are late when the sockets are read.
    const turnEnds = performance.now() + 1.5 * probeMs
    while (performance.now() < turnEnds);
    await nextTurn()
  }
  expect(await remote.process(write, {})).toEqual({ data: { n: 1 } })
})
