// The home feed of 20 posts: through the gateway with all subgraphs in its process, and by a handler written by hand.
import { deepStrictEqual } from 'node:assert'
import autocannon, { type Request, type Result } from 'autocannon'
import { settle } from '../tests/settle.ts'
import { HomeFeedDocument, LikePostDocument, UnlikePostDocument } from '../web/src/operations.gen.ts'
import type { Figure, Measurement } from './figure.ts'
import { asSent, headersOf } from './operation.ts'
import { scaled } from './size.ts'
import { openSystem } from './system.ts'
import { type Person, populate, type World } from './world.ts'

const size = { viewers: scaled(1_000, 50), authors: 500, follows: 150, posts: 2_000 }
const connections = 16
const seconds = 8
export const likesPerSecond = 4

interface FeedData {
  homeFeed: { nodes: unknown[] }
}

const body = JSON.stringify({
  operationName: 'HomeFeed',
  query: asSent(HomeFeedDocument),
  // The handler by hand knows no ranking.
  variables: { first: 20, order: 'CHRONOLOGICAL' },
})

/** Opens the figure. */
export async function homeFeed(stack: AsyncDisposableStack): Promise<Figure> {
  const { platform, start } = await openSystem(stack, { PUBLIC_URL: 'http://localhost:4000' })
  const open = async (file: string) => `http://127.0.0.1:${(await start(file)).port}/graphql`
  const product = await open('gateway/all-in-one.ts')
  await start('workers/all.ts')
  const world = await populate(platform, size)
  const baseline = await open('bench/baseline/home-feed.ts')

  for (const { token } of world.viewers) {
    const answer = await ask(product, token)
    // Cold caches are filled by the product: the handler has no code for that.
    deepStrictEqual(await ask(baseline, token), answer)
    if (answer.homeFeed.nodes.length !== 20) throw new Error('the page is not full')
  }
  await load(product, world, 3)
  await load(baseline, world, 3)

  const measure = async (url: string): Promise<Measurement> => {
    const writes = startWrites(product, world)
    const result = await load(url, world, seconds).finally(() => writes.stop())
    await settle(platform)
    return { rate: result.requests.total / result.duration, p99: result.latency.p99 }
  }
  return {
    name: 'home-feed',
    what: `The first 20 posts of the home feed with all that the web client asks for, in chronological order; ${size.viewers} viewers in rotation on ${connections} connections, ${likesPerSecond} likes a second meanwhile, nothing cached but what the product caches. The answers are compared field by field first.`,
    units: { rate: 'requests/s', p99: 'ms' },
    better: 'more',
    product: { name: 'the gateway with the six subgraphs in one process', measure: () => measure(product) },
    baseline: {
      name: 'a `node:http` handler that does the same reads by hand and writes the same JSON',
      measure: () => measure(baseline),
    },
    aim: 0.6,
  }
}

/** The answer's data; what the gateway says of the cost is not compared. */
async function ask(url: string, token: string): Promise<FeedData> {
  const response = await fetch(url, { method: 'POST', headers: headersOf(token), body })
  const answer = (await response.json()) as { errors?: unknown; data: FeedData }
  if (answer.errors || !response.ok) throw new Error(JSON.stringify(answer))
  return answer.data
}

async function load(url: string, { viewers }: World, duration: number): Promise<Result> {
  const requests = viewers.map(({ token }): Request => ({ method: 'POST', headers: headersOf(token), body }))
  let client = 0
  const result = await autocannon({
    url,
    connections,
    duration,
    requests,
    // Each connection has its own part of the viewers to begin with, so that all are asked for.
    setupClient: (connection) => {
      const from = Math.floor((client++ * requests.length) / connections) % requests.length
      connection.setRequests([...requests.slice(from), ...requests.slice(0, from)])
    },
  })
  if (result.non2xx + result.errors + result.timeouts > 0) throw new Error('requests failed')
  return result
}

/** People like posts and take it back, a few a second, until stopped. */
export function startWrites(url: string, { viewers, posts }: World): { stop(): Promise<void> } {
  let count = 0
  let last: Promise<unknown> = Promise.resolve()
  const write = async () => {
    const viewer = viewers[count % viewers.length] as Person
    const postId = posts[(count * 13) % 60]?.id
    const document = count++ % 2 === 0 ? LikePostDocument : UnlikePostDocument
    await fetch(url, {
      method: 'POST',
      headers: headersOf(viewer.token),
      body: JSON.stringify({ query: asSent(document), variables: { input: { postId } } }),
    }).then((response) => response.arrayBuffer())
  }
  const timer = setInterval(() => {
    last = last.then(write)
  }, 1_000 / likesPerSecond)
  return {
    async stop() {
      clearInterval(timer)
      await last
    },
  }
}
