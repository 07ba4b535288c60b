// The home feed of 20 posts against Bluesky's AppView: each on its own databases, with the same content asked of both.
import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { settle } from '../tests/settle.ts'
import type { Load, LoadRequest, LoadResult } from './canned/load.ts'
import type { Figure, Measurement } from './figure.ts'
import { likesPerSecond, startWrites } from './home-feed.ts'
import { headersOf } from './operation.ts'
import { startAppView } from './peers/appview.ts'
import { scaled } from './size.ts'
import { openSystem } from './system.ts'
import { populate } from './world.ts'

const size = { viewers: scaled(1_000, 50), authors: 500, follows: 150, posts: 2_000 }
/** Theirs: one viewer, who follows all others. */
const theirSize = { accounts: scaled(151, 31), posts: scaled(10, 2) }
const seconds = scaled(8, 4)

/** What the AppView's answer has, as our schema names it: no more, and the pictures that posts here have. */
const query = `query HomeFeed {
  homeFeed(first: 20, order: CHRONOLOGICAL) {
    nodes {
      id
      author { id username displayName avatar { url } viewerFollowState }
      caption
      media { rendition(width: 1080) { url } }
      createdAt
      likeCount
      commentCount
      shareCount
      viewerHasLiked
      viewerHasSaved
    }
    pageInfo { endCursor }
  }
}`

const kinds = {
  busy: { connections: 16, aim: 10, better: 'more' },
  alone: { connections: 1, aim: 4, better: 'less' },
} as const

/** Opens the figure: `busy` is how many requests are answered, `alone` how long one request takes when there is no other. */
export async function homeFeedAppView(
  stack: AsyncDisposableStack,
  kind: keyof typeof kinds,
): Promise<Figure> {
  const { connections, aim, better } = kinds[kind]
  const { platform, start } = await openSystem(stack, { PUBLIC_URL: 'http://localhost:4000' })
  const theirs = await startAppView(stack, platform.config.redisUrl, theirSize)
  const { port } = await start('gateway/all-in-one.ts')
  await start('workers/all.ts')
  const world = await populate(platform, size)
  const requests = world.viewers.map(
    ({ token }): LoadRequest => ({
      ...{ method: 'POST', path: '/graphql', headers: headersOf(token) },
      body: JSON.stringify({ query }),
    }),
  )
  const ours = { port, requests: async () => requests }
  const peer = {
    port: theirs.port,
    requests: async (): Promise<LoadRequest[]> => [
      { method: 'GET', path: theirs.path, headers: await theirs.headers(), body: '' },
    ],
  }
  const checked = async (
    { port: at, requests: asked }: typeof ours,
    postsOf: (answer: never) => unknown[],
  ) => {
    for (const { method, path, headers, body } of await asked()) {
      const response = await fetch(`http://127.0.0.1:${at}${path}`, {
        ...{ method, headers },
        body: method === 'GET' ? null : body,
      })
      const answer = (await response.json()) as never
      if (postsOf(answer).length !== 20) throw new Error(`no full page: ${JSON.stringify(answer)}`)
    }
  }
  await checked(ours, ({ data }: { data: { homeFeed: { nodes: unknown[] } } }) => data.homeFeed.nodes)
  await checked(peer, ({ feed }: { feed: unknown[] }) => feed)

  const load = async (
    { port: at, requests: asked }: typeof ours,
    duration = seconds,
  ): Promise<LoadResult> => {
    const input: Load = { port: at, connections, duration, requests: await asked() }
    const script = fileURLToPath(new URL('canned/load.ts', import.meta.url))
    const child = spawn(process.execPath, [script], { stdio: ['pipe', 'pipe', 'inherit'] })
    child.stdin.end(JSON.stringify(input))
    return JSON.parse(await text(child.stdout)) as LoadResult
  }
  const numbers = ({ count, elapsed, p50, p99 }: LoadResult): Measurement => {
    const rate = count / elapsed
    return kind === 'busy' ? { rate, p50, p99 } : { p50, rate, p99 }
  }
  await load(ours, 4)
  await load(peer, 4)
  return {
    name: kind === 'busy' ? 'home-feed-appview' : 'home-feed-appview-alone',
    what: `The newest 20 posts of the home feed on ${connections === 1 ? 'one connection' : `${connections} connections`}: authors, texts, counts, what the viewer did, a cursor, and here pictures too. Here ${size.viewers} viewers in rotation who follow ${size.follows} each, ${likesPerSecond} likes a second meanwhile; there one viewer who follows ${theirSize.accounts - 1}, and nobody writes. No whole answers are cached.`,
    units:
      kind === 'busy'
        ? { rate: 'requests/s', p50: 'ms', p99: 'ms' }
        : { p50: 'ms', rate: 'requests/s', p99: 'ms' },
    better,
    product: {
      name: 'the gateway with the six subgraphs in one process',
      measure: async () => {
        const writes = startWrites(`http://127.0.0.1:${port}/graphql`, world)
        const result = await load(ours).finally(() => writes.stop())
        await settle(platform)
        return numbers(result)
      },
    },
    baseline: { name: 'Bluesky’s AppView, `getTimeline`', measure: async () => numbers(await load(peer)) },
    aim,
  }
}
