// The ranked order on real MongoDB and Redis, against brute force.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { isOutage } from '#platform/outage.ts'
import { connectCache } from '#platform/redis.ts'
import { createCrowd, feedDeps, type TestFeed, testFeed, walkFeed } from '../fixtures.ts'
import { createStore } from '../store.ts'
import { homeFeed } from './home-feed.ts'
import { snapshotSize } from './ranked-walk.ts'

let { platform, stack, store, world } = {} as TestFeed
beforeAll(async () => {
  ;({ platform, stack, store, world } = await testFeed())
})
afterAll(() => stack.disposeAsync())

const walkRanked = (viewer: string, size: () => number, between?: (page: number) => Promise<unknown>) =>
  walkFeed(platform, viewer, size, between, 'RANKED')
const firstPage = async (viewer: string, first: number) => {
  const { nodes, pageInfo } = await homeFeed(feedDeps(platform, viewer), viewer, { first })
  return { ids: nodes.map((node) => node.id), pageInfo }
}
const refused = expect.objectContaining({ code: 'BAD_CURSOR' })

test('a ranked walk is a permutation of brute force: the newest ranked, the rest chronological (F5, F10)', async () => {
  for (const seed of [11, 12]) {
    const { random, viewer } = await createCrowd(world, store, seed)
    const expected = await world.expectedFeed(viewer)
    const walked = await walkRanked(viewer, () => 1 + random(100))
    expect(walked.toSorted()).toEqual(expected.toSorted())
    expect(walked.slice(0, snapshotSize)).not.toEqual(expected.slice(0, snapshotSize))
    expect(walked.slice(snapshotSize)).toEqual(expected.slice(snapshotSize))
  }
})

test('pages of any size show one order, while posts come and other pages are looked at (F6, F10)', async () => {
  const { random, viewer, followed, base } = await createCrowd(world, store, 13)
  const expected = await world.expectedFeed(viewer)
  const { ids, pageInfo } = await firstPage(viewer, 100)
  const next = async (first: number, after: string | null) => {
    const page = await homeFeed(feedDeps(platform, viewer), viewer, { first, after })
    return page.nodes.map((node) => node.id)
  }
  const second = await next(100, pageInfo.endCursor)
  const walked = await walkRanked(
    viewer,
    () => 20 + random(80),
    async (page) => {
      const publishedAt = base + 900_000_000 + page
      const id = await world.post(followed[random(followed.length)] as string, publishedAt)
      await store.timelines.push([viewer], { id, publishedAt })
    },
  )
  expect(walked.toSorted()).toEqual(expected.toSorted())
  // The second walk has another order; the first one still has its own.
  expect(await next(100, pageInfo.endCursor)).toEqual(second)
  expect(await next(30, pageInfo.endCursor)).toEqual(second.slice(0, 30))
  expect(new Set([...ids, ...second]).size).toBe(200)
})

test('whom one follows no longer and what is deleted during a walk is dropped, in its order and below, and the page filled (F2, F13)', async () => {
  const { viewer, followed } = await createCrowd(world, store, 14)
  const { ids, pageInfo } = await firstPage(viewer, 10)
  const pageAfter = (first: number, after: string | null) =>
    homeFeed(feedDeps(platform, viewer), viewer, { first, after })
  const [gone = ''] = followed
  await world.follow(viewer, gone, 'NONE')
  // What comes next, and the last of what is below the order.
  const [next] = (await pageAfter(1, pageInfo.endCursor)).nodes
  const lowest = (await world.expectedFeed(viewer)).at(-1)
  for (const id of [next?.id ?? '', lowest ?? '']) await world.deletePost(id)
  const expected = new Set(await world.expectedFeed(viewer))
  const rest: string[] = []
  let after = pageInfo.endCursor
  while (after) {
    const page = await pageAfter(50, after)
    rest.push(...page.nodes.map((node) => node.id))
    if (page.pageInfo.hasNextPage) expect(page.nodes).toHaveLength(50)
    after = page.pageInfo.hasNextPage ? page.pageInfo.endCursor : null
  }
  expect(rest.toSorted()).toEqual([...expected].filter((id) => !ids.includes(id)).toSorted())
})

test('what first pages have shown sinks, and is still there', async () => {
  const { viewer } = await createCrowd(world, store, 15)
  const expected = await world.expectedFeed(viewer)
  const first = await firstPage(viewer, 50)
  const second = await firstPage(viewer, 50)
  expect(second.ids.filter((id) => first.ids.includes(id))).toEqual([])
  const walked = await walkRanked(viewer, () => 100)
  expect(walked.toSorted()).toEqual(expected.toSorted())
  expect(walked.slice(0, 50).filter((id) => [...first.ids, ...second.ids].includes(id))).toEqual([])
  // Another viewer's looks are his own.
  const other = await world.account()
  expect(await store.rankings.seen(other)).toEqual(new Set())
})

test("one's own new post is on top at once, with its reason (F11)", async () => {
  const { viewer } = await createCrowd(world, store, 16)
  await firstPage(viewer, 20)
  const id = await world.post(viewer, Date.now())
  const page = await homeFeed(feedDeps(platform, viewer), viewer, { first: 20 })
  expect(page.edges[0]).toMatchObject({ node: { id }, reason: 'OWN' })
  expect(page.edges.some((edge) => edge.reason === 'FOLLOWING')).toBe(true)
})

test('a walk whose order is gone has to start again; below the order it goes on', async () => {
  const { viewer } = await createCrowd(world, store, 17)
  const expected = await world.expectedFeed(viewer)
  const { pageInfo } = await firstPage(viewer, 20)
  let [after, count] = [pageInfo.endCursor, 20]
  while (count <= snapshotSize) {
    const page = await homeFeed(feedDeps(platform, viewer), viewer, { first: 100, after })
    ;[after, count] = [page.pageInfo.endCursor, count + page.nodes.length]
  }
  await platform.cache.del(await platform.cache.keys(`${platform.config.namespace}:*`))
  const ask = (cursor: string | null) =>
    homeFeed(feedDeps(platform, viewer), viewer, { first: 20, after: cursor })
  await expect(ask(pageInfo.endCursor)).rejects.toEqual(refused)
  expect((await ask(after)).nodes.map((node) => node.id)).toEqual(expected.slice(count, count + 20))
  expect((await walkRanked(viewer, () => 100)).toSorted()).toEqual(expected.toSorted())
})

test('orders and seen posts are bounded and end', async () => {
  const viewer = await world.account()
  const { namespace } = platform.config
  const snapshot = (n: number) => ({ id: `s${n}`, postIds: [], floor: null })
  for (let n = 0; n < 10; n++) {
    const served = Array.from({ length: 150 }, (_, i) => `post_${n}_${i}`)
    await store.rankings.keep(viewer, snapshot(n), served, Date.now() + n)
  }
  expect(await store.rankings.get(viewer, 's1')).toBeNull()
  expect(await store.rankings.get(viewer, 's2')).toEqual(snapshot(2))
  expect(await store.rankings.get(viewer, 's9')).toEqual(snapshot(9))
  const seen = await store.rankings.seen(viewer)
  expect(seen.size).toBe(1_000)
  expect(seen.has('post_9_0')).toBe(true)
  const keys = await platform.cache.keys(`${namespace}:*:{${viewer}}*`)
  expect(keys).toHaveLength(10)
  for (const key of keys) expect(await platform.cache.ttl(key)).toBeGreaterThan(0)
  // A week later all of that is forgotten.
  await store.rankings.keep(viewer, snapshot(10), ['post_new'], Date.now() + 8 * 86_400_000)
  expect(await store.rankings.seen(viewer)).toEqual(new Set(['post_new']))
})

test('without Redis the feed is chronological and whole (X3)', async () => {
  const { viewer } = await createCrowd(world, store, 18)
  const gone = connectCache(platform.config.redisUrl, platform.log)
  gone.disconnect()
  const withoutRedis = createStore(platform.db('feed'), gone, platform.config.namespace)
  const expected = await world.expectedFeed(viewer)
  const first = await homeFeed(feedDeps(platform, viewer, { store: withoutRedis }), viewer, { first: 100 })
  expect(first.nodes.map((node) => node.id)).toEqual(expected.slice(0, 100))
  // One that names a ranked order is no wrong one: it goes on when Redis is back.
  const ranked = await homeFeed(feedDeps(platform, viewer), viewer, { first: 20 })
  const from = { first: 20, after: ranked.pageInfo.endCursor }
  const asked = homeFeed(feedDeps(platform, viewer, { store: withoutRedis }), viewer, from)
  expect(await asked.catch((error: Error) => isOutage(error))).toBe(true)
  expect((await homeFeed(feedDeps(platform, viewer), viewer, from)).nodes).toHaveLength(20)
  // Its cursors hold with Redis, too.
  const after = first.pageInfo.endCursor
  const next = await homeFeed(feedDeps(platform, viewer), viewer, { first: 100, after })
  expect(next.nodes.map((node) => node.id)).toEqual(expected.slice(100, 200))
})

test('cursors of one order are refused by another, and by other viewers (F7)', async () => {
  const { viewer } = await createCrowd(world, store, 19)
  const { pageInfo } = await firstPage(viewer, 5)
  const after = pageInfo.endCursor
  const asked = homeFeed(feedDeps(platform, viewer), viewer, { first: 5, after, order: 'CHRONOLOGICAL' })
  await expect(asked).rejects.toEqual(refused)
  const other = await world.account()
  await expect(homeFeed(feedDeps(platform, other), other, { first: 5, after })).rejects.toEqual(refused)
})
