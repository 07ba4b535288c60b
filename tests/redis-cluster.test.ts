// The cache as a cluster of three real masters: what names keys of several slots goes to each of them.
import { Cluster } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { hashSlot } from '#platform/hash-slot.ts'
import { createPresence } from '#platform/presence.ts'
import { newId } from '#schema/ids.ts'
import { homeFeed } from '#subgraphs/feed/domain/home-feed.ts'
import { createCrowd, feedDeps, type TestFeed, testFeed, walkFeed } from '#subgraphs/feed/fixtures.ts'
import { createTyping } from '#subgraphs/messaging/store/typing.ts'
import { startCluster } from './redis-cluster.ts'

const clusterStack = new AsyncDisposableStack()
let { platform, stack, store, world } = {} as TestFeed
let masters: Awaited<ReturnType<typeof startCluster>>['masters'] = []
beforeAll(async () => {
  const cluster = await startCluster(clusterStack)
  masters = cluster.masters
  ;({ platform, stack, store, world } = await testFeed({ redisUrl: cluster.addresses }))
}, 60_000)
afterAll(async () => {
  await stack?.disposeAsync()
  await clusterStack.disposeAsync()
})

test.each([
  ['123456789', 12_739],
  ['foo', 12_182],
  ['{foo}.following', 12_182],
  ['x{foo}{bar}', 12_182],
  ['{}foo', 9_500],
  ['', 0],
])('the slot of %j is that of the specification', (key, slot) => {
  expect(hashSlot(key)).toBe(slot)
})

test('a post reaches the timelines of all viewers of a batch, whichever master has them (F1)', async () => {
  const { timelines } = store
  const viewers = Array.from({ length: 300 }, () => newId('user'))
  const [idle, active] = [viewers.slice(0, 60), viewers.slice(60)]
  const empty = { posts: [], completeAbove: 0, celebrityIds: [] }
  for (const viewer of active) {
    const token = await timelines.beginBuild(viewer)
    expect(await timelines.finishBuild(viewer, token ?? 0, empty)).toBe(true)
  }
  const post = { id: newId('post'), publishedAt: Date.now() }
  expect((await timelines.push(viewers, post)).toSorted()).toEqual(active.toSorted())
  expect(await timelines.push(viewers, post)).toEqual([])
  const celebrity = newId('user')
  await timelines.mark(viewers, celebrity)
  for (const viewer of active) {
    const slice = await timelines.read(viewer, null, 10)
    expect([slice?.entries, slice?.celebrityIds]).toEqual([[post], [celebrity]])
  }
  for (const viewer of idle) expect(await timelines.read(viewer, null, 10)).toBeNull()
  // The batch was spread over all of them, and a script over two slots is refused.
  for (const { redis } of masters) expect(await redis.dbsize()).toBeGreaterThan(20)
  const other = active.find((id) => hashSlot(id) !== hashSlot(active[0] ?? '')) ?? ''
  const keys = [active[0], other].map((id) => `cluster:timeline:{${id}}`)
  await expect(platform.cache.eval('return 1', 2, ...keys)).rejects.toThrow(/slot/i)
})

test('the home feed is whole and in order, and an unfollow is seen at once (F2, F5, F10)', async () => {
  expect(platform.cache).toBeInstanceOf(Cluster)
  const { viewer, followed } = await createCrowd(world, store, 5)
  const expected = await world.expectedFeed(viewer)
  expect(await walkFeed(platform, viewer, () => 100)).toEqual(expected)
  const ranked = await walkFeed(platform, viewer, () => 100, undefined, 'RANKED')
  expect(ranked.toSorted()).toEqual(expected.toSorted())
  // The facts were cached, on all masters: what changes is marked on each.
  const cached = await Promise.all(masters.map(({ redis }) => redis.keys('*:post:*')))
  expect(cached.every((keys) => keys.length > 100)).toBe(true)
  await world.follow(viewer, followed[0] as string, 'NONE')
  expect(await walkFeed(platform, viewer, () => 100)).toEqual(await world.expectedFeed(viewer))
})

test('facts, presence and who is typing are asked of all masters at once', async () => {
  const userIds = await Promise.all(Array.from({ length: 30 }, () => world.account()))
  const { accounts } = platform.facts
  await accounts.get(userIds)
  await accounts.changing(userIds, () =>
    platform
      .db('user')
      .collection<{ _id: string }>('users')
      .updateMany({ _id: { $in: userIds } }, { $set: { isPrivate: true }, $inc: { version: 1 } }),
  )
  const found = await accounts.get(userIds)
  expect(userIds.map((id) => found.get(id)?.isPrivate)).toEqual(userIds.map(() => true))

  const { namespace } = platform.config
  const presence = createPresence(platform.cache, namespace)
  await presence.beat(userIds.slice(0, 20), 'one')
  const states = await presence.get(userIds)
  expect(userIds.map((id) => states.get(id)?.isOnline)).toEqual(userIds.map((_, i) => i < 20))

  const typing = createTyping(platform.cache, namespace)
  const conversationIds = Array.from({ length: 12 }, () => newId('conversation'))
  for (const id of conversationIds) await typing.set(id, userIds[0] as string, true, Date.now())
  const writing = await typing.get(conversationIds, Date.now())
  expect(conversationIds.map((id) => writing.get(id)?.has(userIds[0] as string))).toEqual(
    conversationIds.map(() => true),
  )
})

test('when a master is gone, what it had is read from MongoDB (X3)', async () => {
  const { viewer } = await createCrowd(world, store, 6)
  const expected = await world.expectedFeed(viewer)
  const page = async () =>
    (await homeFeed(feedDeps(platform, viewer), viewer, { first: 20, order: 'CHRONOLOGICAL' })).nodes
  expect((await page()).map(({ id }) => id)).toEqual(expected.slice(0, 20))
  await masters[1]?.kill()
  expect((await page()).map(({ id }) => id)).toEqual(expected.slice(0, 20))
}, 60_000)
