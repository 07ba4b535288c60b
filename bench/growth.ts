// What a home feed costs when there is a hundred times more of everything: posts, accounts, follows.

import type { Platform } from '#platform/service.ts'
import { createTokenIssuer } from '#platform/tokens.ts'
import { newId } from '#schema/ids.ts'
import type { LivePost, MediaRow } from '#subgraphs/content/model.ts'
import type { CounterRow } from '#subgraphs/engagement/model.ts'
import type { RelationDoc } from '#subgraphs/graph/model.ts'
import type { UserRow } from '#subgraphs/user/model.ts'
import { HomeFeedDocument } from '../web/src/operations.gen.ts'
import { type Figure, type Measurement, percentile } from './figure.ts'
import { asSent, headersOf } from './operation.ts'
import { scaled } from './size.ts'
import { openSystem } from './system.ts'
import { followRows, mediaRow, postRow, userRow } from './world.ts'

const postsEach = 10
const small = { accounts: 1_000 }
const large = { accounts: Math.max(2_000, scaled(100_000)) }
const viewers = 50
const follows = 150
const looks = scaled(600, 100)
const chunk = 5_000

const body = JSON.stringify({
  operationName: 'HomeFeed',
  query: asSent(HomeFeedDocument),
  variables: { first: 20, order: 'CHRONOLOGICAL' },
})

interface Grown {
  url: string
  tokens: string[]
}

/** Opens the figure. */
export async function growth(stack: AsyncDisposableStack): Promise<Figure> {
  const grown = { large: await grow(stack, large.accounts), small: await grow(stack, small.accounts) }
  const measure = async ({ url, tokens }: Grown): Promise<Measurement> => {
    const times: number[] = []
    for (let i = 0; i < looks; i++) {
      const started = performance.now()
      await ask(url, tokens[i % tokens.length] as string)
      times.push(performance.now() - started)
    }
    return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
  }
  await measure(grown.large)
  await measure(grown.small)
  const named = (count: number) =>
    `${(count * postsEach).toLocaleString('en-US')} posts by ${count.toLocaleString('en-US')} accounts`
  return {
    name: 'growth',
    what: `The first 20 posts of a home feed, one request after the other, by ${viewers} people who follow ${follows} each.`,
    units: { p50: 'ms', p99: 'ms' },
    better: 'less',
    product: { name: named(large.accounts), measure: () => measure(grown.large) },
    baseline: { name: named(small.accounts), measure: () => measure(grown.small) },
    // At most 1.2 times as long.
    aim: 0.83,
  }
}

/** A system with so many accounts, and what they published. */
async function grow(stack: AsyncDisposableStack, accounts: number): Promise<Grown> {
  const settings = { PUBLIC_URL: 'http://localhost:4000', CHORES: 'off' }
  const { platform, start } = await openSystem(stack, settings)
  const { port } = await start('gateway/all-in-one.ts')
  await start('workers/all.ts')
  const ids = await fill(platform, accounts)
  const viewerIds = ids.slice(0, viewers)
  const relations = viewerIds.flatMap((viewerId, v) =>
    Array.from({ length: follows }, (_, i) => {
      // Spread over all accounts, and over no viewer.
      const other = ids[viewers + ((v * 37 + i * 101) % (ids.length - viewers))] as string
      return followRows(viewerId, other, new Date(Date.now() - 1_000 + i))
    }).flat(),
  )
  const unique = [...new Map(relations.map((row) => [row._id, row])).values()]
  await platform.db('graph').collection<RelationDoc>('relations').insertMany(unique)
  const issuer = createTokenIssuer(platform.config)
  const tokens = await Promise.all(
    viewerIds.map(async (userId) => {
      const { token } = await issuer.issue({ userId, sessionId: newId('session') }, new Date())
      return token
    }),
  )
  const url = `http://127.0.0.1:${port}/graphql`
  for (const token of tokens) await ask(url, token)
  return { url, tokens }
}

/** Writes accounts, and posts by them in turn, and answers the accounts' ids. */
async function fill(platform: Platform, accounts: number): Promise<string[]> {
  const ids: string[] = []
  const start = Date.now() - accounts * postsEach * 1_000
  const unordered = { ordered: false, writeConcern: { w: 1 } } as const
  for (let from = 0; from < accounts; from += chunk) {
    const length = Math.min(chunk, accounts - from)
    const rows = Array.from({ length }, (_, i) => userRow(from + i, start))
    await platform.db('user').collection<UserRow>('users').insertMany(rows, unordered)
    ids.push(...rows.map(({ _id }) => _id))
  }
  const posts = accounts * postsEach
  for (let from = 0; from < posts; from += chunk) {
    const media: MediaRow[] = []
    const written = Array.from({ length: Math.min(chunk, posts - from) }, (_, i) => {
      const authorId = ids[(from + i) % accounts] as string
      const at = new Date(start + (from + i) * 1_000)
      const item = mediaRow(authorId, false, at)
      media.push(item)
      return postRow(authorId, at, [item])
    })
    const counters = written.map(({ _id }) => ({ _id, likes: 3, comments: 0, checkedAt: new Date() }))
    const { db } = platform
    await Promise.all([
      db('content').collection<MediaRow>('media').insertMany(media, unordered),
      db('content').collection<LivePost>('posts').insertMany(written, unordered),
      db('engagement').collection<CounterRow>('postCounters').insertMany(counters, unordered),
    ])
  }
  return ids
}

async function ask(url: string, token: string): Promise<void> {
  const response = await fetch(url, { method: 'POST', headers: headersOf(token), body })
  const { errors, data } = (await response.json()) as {
    errors?: unknown
    data: { homeFeed: { nodes: unknown[] } }
  }
  if (errors || data.homeFeed.nodes.length !== 20) throw new Error(JSON.stringify(errors ?? 'a short page'))
}
