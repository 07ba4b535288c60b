// The home feed on real MongoDB and Redis, against brute force.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { connectCache } from '#platform/redis.ts'
import { createVisibility } from '#platform/visibility.ts'
import { createCrowd, feedDeps, type TestFeed, testFeed, walkFeed } from '../fixtures.ts'
import { timelineCap } from '../model.ts'
import { createStore } from '../store.ts'
import { homeFeed } from './home-feed.ts'
import { backfillTimeline, buildTimeline, cleanTimeline } from './timeline.ts'

let { platform, stack, store, world } = {} as TestFeed
beforeAll(async () => {
  ;({ platform, stack, store, world } = await testFeed())
})
afterAll(() => stack.disposeAsync())

test('a walk equals brute force, beyond the timeline and with a celebrity (F5, F8)', async () => {
  for (const seed of [1, 2]) {
    const { random, viewer } = await createCrowd(world, store, seed)
    const expected = await world.expectedFeed(viewer)
    expect(expected.length).toBeGreaterThan(timelineCap)
    expect(await walkFeed(platform, viewer, () => 1 + random(100))).toEqual(expected)
  }
})

test('the timeline is used, and has a floor', async () => {
  const { viewer } = await createCrowd(world, store, 3)
  await homeFeed(feedDeps(platform, viewer), viewer, { first: 20 })
  const slice = await store.timelines.read(viewer, null, 1_000)
  expect(slice?.entries.length).toBeGreaterThan(timelineCap / 2)
  expect(slice?.entries.length).toBeLessThanOrEqual(timelineCap)
  expect(slice?.floor).toBeGreaterThan(0)
  expect(slice?.celebrityIds).toHaveLength(1)
})

test('posts that come during a walk neither repeat nor hide others (F6)', async () => {
  const { random, viewer, followed, base } = await createCrowd(world, store, 4)
  const expected = await world.expectedFeed(viewer)
  const walked = await walkFeed(
    platform,
    viewer,
    () => 1 + random(60),
    async (page) => {
      const publishedAt = base + 900_000_000 + page
      const id = await world.post(followed[random(followed.length)] as string, publishedAt)
      await store.timelines.push([viewer], { id, publishedAt })
    },
  )
  expect(walked).toEqual(expected)
  expect(await walkFeed(platform, viewer, () => 100)).toEqual(await world.expectedFeed(viewer))
})

test('a walk goes on when Redis loses everything in the middle of it (F4)', async () => {
  const { viewer } = await createCrowd(world, store, 5)
  const walked = await walkFeed(
    platform,
    viewer,
    () => 37,
    async () => {
      const keys = await platform.cache.keys(`${platform.config.namespace}:*`)
      await platform.cache.del(keys)
    },
  )
  expect(walked).toEqual(await world.expectedFeed(viewer))
})

test('without Redis the feed is read from MongoDB (X3)', async () => {
  const { viewer } = await createCrowd(world, store, 6)
  const gone = connectCache(platform.config.redisUrl, platform.log)
  gone.disconnect()
  const deps = feedDeps(platform, viewer, {
    store: createStore(platform.db('feed'), gone, platform.config.namespace),
  })
  const { nodes, pageInfo } = await homeFeed(deps, viewer, { first: 100, order: 'CHRONOLOGICAL' })
  const expected = await world.expectedFeed(viewer)
  expect(nodes.map((node) => node.id)).toEqual(expected.slice(0, 100))
  expect(pageInfo.hasNextPage).toBe(true)
})

test('a timeline that overflows raises its floor and loses nothing', async () => {
  const [viewer, author] = [await world.account(), await world.account()]
  await world.follow(viewer, author)
  await homeFeed(feedDeps(platform, viewer), viewer, { first: 1 })
  const base = Date.now() - 5_000_000
  // Three posts a millisecond, so that the floor falls between posts of one time.
  const rows = Array.from({ length: 1_000 }, (_, i) => ({
    authorId: author,
    publishedAt: base + Math.floor(i / 3),
  }))
  const ids = await world.posts(rows)
  for (const [i, id] of ids.entries()) {
    await store.timelines.push([viewer], { id, publishedAt: rows[i]?.publishedAt ?? 0 })
  }
  const slice = await store.timelines.read(viewer, null, 1_000)
  expect(slice?.entries.length).toBeLessThanOrEqual(timelineCap)
  expect(slice?.entries.length).toBeGreaterThan(timelineCap - 3)
  expect(await walkFeed(platform, viewer, () => 50)).toEqual(await world.expectedFeed(viewer))
})

test('a post that is published while the timeline is built is not lost', async () => {
  const author = await world.account()
  const base = Date.now() - 1_000_000
  await world.posts(Array.from({ length: 50 }, (_, i) => ({ authorId: author, publishedAt: base + i })))
  for (let round = 0; round < 25; round++) {
    const viewer = await world.account()
    await world.follow(viewer, author)
    const publishedAt = base + 1_000 + round
    await Promise.all([
      homeFeed(feedDeps(platform, viewer), viewer, { first: 10 }),
      homeFeed(feedDeps(platform, viewer), viewer, { first: 10 }),
      world.post(author, publishedAt).then((id) => store.timelines.push([viewer], { id, publishedAt })),
    ])
    expect(await walkFeed(platform, viewer, () => 100)).toEqual(await world.expectedFeed(viewer))
  }
})

test('a builder that comes too late does not make a wiped timeline readable', async () => {
  const viewer = await world.account()
  const fill = { posts: [], completeAbove: 0, celebrityIds: [] }
  const slow = await store.timelines.beginBuild(viewer)
  expect(await store.timelines.beginBuild(viewer)).toBeNull()
  await platform.cache.del(`${platform.config.namespace}:timeline:{${viewer}}`)
  const quick = await store.timelines.beginBuild(viewer)
  expect(await store.timelines.finishBuild(viewer, slow ?? 0, fill)).toBe(false)
  expect(await store.timelines.read(viewer, null, 10)).toBeNull()
  expect(await store.timelines.finishBuild(viewer, quick ?? 0, fill)).toBe(true)
  expect(await store.timelines.read(viewer, null, 10)).toMatchObject({ entries: [], floor: 0 })
})

test('viewers who are idle get no pushes', async () => {
  const viewer = await world.account()
  await store.timelines.push([viewer], { id: 'post_x', publishedAt: 1 })
  await store.timelines.mark([viewer], 'user_x')
  expect(await platform.cache.exists(`${platform.config.namespace}:timeline:{${viewer}}`)).toBe(0)
})

test('after 60 idle days, in which the timeline has ended and posts have come, the first read is complete (F4)', async () => {
  const { viewer, followed } = await createCrowd(world, store, 31)
  expect(await walkFeed(platform, viewer, () => 90)).toEqual(await world.expectedFeed(viewer))
  const timeline = `${platform.config.namespace}:timeline:{${viewer}}`
  // It would end in 14 days, if nobody looked at it again.
  expect(await platform.cache.ttl(timeline)).toBeGreaterThan(13 * 86_400)
  expect(await platform.cache.ttl(timeline)).toBeLessThanOrEqual(14 * 86_400)
  await platform.cache.pexpire(timeline, 1)
  await expect.poll(() => platform.cache.exists(timeline)).toBe(0)
  const now = Date.now()
  for (const [i, authorId] of followed.entries()) {
    const post = { id: await world.post(authorId, now + i), publishedAt: now + i }
    expect(await store.timelines.push([viewer], post)).toEqual([])
  }
  const expected = await world.expectedFeed(viewer)
  const page = await homeFeed(feedDeps(platform, viewer), viewer, { first: 100, order: 'CHRONOLOGICAL' })
  expect(page.nodes.map(({ id }) => id)).toEqual(expected.slice(0, 100))
  expect(await walkFeed(platform, viewer, () => 90)).toEqual(expected)
})

test('a look at any page keeps the viewer active for 14 days more, a push does not', async () => {
  const { viewer, followed } = await createCrowd(world, store, 33)
  const look = (after: string | null) =>
    homeFeed(feedDeps(platform, viewer), viewer, { first: 5, after, order: 'CHRONOLOGICAL' })
  const { pageInfo } = await look(null)
  const timeline = `${platform.config.namespace}:timeline:{${viewer}}`
  for (const after of [null, pageInfo.endCursor]) {
    await platform.cache.expire(timeline, 86_400)
    await look(after)
    expect(await platform.cache.ttl(timeline)).toBeGreaterThan(13 * 86_400)
  }
  await platform.cache.expire(timeline, 86_400)
  const publishedAt = Date.now()
  const id = await world.post(followed[0] ?? '', publishedAt)
  expect(await store.timelines.push([viewer], { id, publishedAt })).toEqual([viewer])
  expect(await platform.cache.ttl(timeline)).toBeLessThanOrEqual(86_400)
})

test('a change of audience, the archive, a block and a suspension are seen at once, on pages of a walk that had begun, too (V1, V18, V19)', async () => {
  const { viewer, followed } = await createCrowd(world, store, 32)
  const begun = await homeFeed(feedDeps(platform, viewer), viewer, { first: 2, order: 'CHRONOLOGICAL' })
  const rest = async () => {
    const args = { first: 100, after: begun.pageInfo.endCursor, order: 'CHRONOLOGICAL' as const }
    return (await homeFeed(feedDeps(platform, viewer), viewer, args)).nodes.map(({ id }) => id)
  }
  const seen = await rest()
  expect(seen).toHaveLength(100)
  const facts = await platform.facts.posts.get(seen)
  const ofOthers = seen.filter((id) => facts.get(id)?.authorId !== viewer)
  const authorOf = (id: string) => facts.get(id)?.authorId ?? ''
  const [closed = '', archived = ''] = ofOthers
  const authors = [...new Set(ofOthers.slice(2).map(authorOf))].filter(
    (id) => followed.includes(id) && id !== authorOf(closed) && id !== authorOf(archived),
  )
  const [blocking = '', suspended = ''] = authors
  await world.changesPost(closed, { audience: 'ONLY_ME' })
  expect(await rest()).not.toContain(closed)
  await world.changesPost(archived, { status: 'ARCHIVED' })
  expect(await rest()).not.toContain(archived)
  await world.block(blocking, viewer)
  await world.changes(suspended, { status: 'SUSPENDED' })
  const left = await rest()
  expect(left).toHaveLength(100)
  const now = await platform.facts.posts.get(left)
  const shown = new Set([...now.values()].map(({ authorId }) => authorId))
  expect([blocking, suspended].filter((id) => shown.has(id))).toEqual([])
})

test('a follow back-fills in order, an unfollow works at once, and both survive the clean-up (F2, F3)', async () => {
  const [viewer, author, prolific] = [await world.account(), await world.account(), await world.account()]
  const base = Date.now() - 5_000_000
  await world.posts(Array.from({ length: 30 }, (_, i) => ({ authorId: author, publishedAt: base + i * 100 })))
  await world.posts(Array.from({ length: 900 }, (_, i) => ({ authorId: prolific, publishedAt: base + i })))
  await world.posts(Array.from({ length: 5 }, (_, i) => ({ authorId: viewer, publishedAt: base + i * 7 })))
  const walk = () => walkFeed(platform, viewer, () => 40)
  const deps = feedDeps(platform, viewer)
  expect(await walk()).toEqual(await world.expectedFeed(viewer))
  for (const followed of [author, prolific]) {
    await world.follow(viewer, followed)
    await backfillTimeline(deps, viewer, followed)
    expect(await walk()).toEqual(await world.expectedFeed(viewer))
  }
  await world.follow(viewer, author, 'NONE')
  expect(await walk()).toEqual(await world.expectedFeed(viewer))
  expect(await cleanTimeline(deps, viewer, author)).toBe(false)
  expect(await walk()).toEqual(await world.expectedFeed(viewer))
  await world.follow(viewer, author)
  expect(await cleanTimeline(deps, viewer, author)).toBe(true)
  await backfillTimeline(deps, viewer, author)
  expect(await walk()).toEqual(await world.expectedFeed(viewer))
})

test('a back-fill that falls into a build keeps its floor', async () => {
  const [viewer, prolific] = [await world.account(), await world.account()]
  const base = Date.now() - 5_000_000
  await world.posts(Array.from({ length: 900 }, (_, i) => ({ authorId: prolific, publishedAt: base + i })))
  const token = (await store.timelines.beginBuild(viewer)) ?? 0
  await world.follow(viewer, prolific)
  await backfillTimeline(feedDeps(platform, viewer), viewer, prolific)
  // The builder had read the followings before the follow.
  await store.timelines.finishBuild(viewer, token, { posts: [], completeAbove: 0, celebrityIds: [] })
  expect(await walkFeed(platform, viewer, () => 90)).toEqual(await world.expectedFeed(viewer))
})

test("one's own post is there at once, with its reason (F11)", async () => {
  const [viewer, author] = [await world.account(), await world.account()]
  await world.follow(viewer, author)
  await buildTimeline(feedDeps(platform, viewer), viewer)
  const own = await world.post(viewer, Date.now())
  const followed = await world.post(author, Date.now() + 1)
  await store.timelines.push([viewer], { id: followed, publishedAt: Date.now() + 1 })
  const page = await homeFeed(feedDeps(platform, viewer), viewer, { first: 5, order: 'CHRONOLOGICAL' })
  expect(page.edges.map((edge) => [edge.node.id, edge.reason])).toEqual([
    [followed, 'FOLLOWING'],
    [own, 'OWN'],
  ])
})

test('why a post is there: an author who follows back, a favourite, and anybody else', async () => {
  const [viewer, friend, favorite, plain] = await Promise.all(
    Array.from({ length: 4 }, () => world.account()),
  )
  if (!viewer || !friend || !favorite || !plain) throw new Error('nobody')
  for (const author of [friend, favorite, plain]) await world.follow(viewer, author)
  for (const author of [friend, favorite]) await world.follow(author, viewer)
  await world.favor(viewer, favorite)
  const now = Date.now()
  const ids = await world.posts(
    [friend, favorite, plain].map((authorId, i) => ({ authorId, publishedAt: now - i })),
  )
  const reasons = ['FRIEND', 'FAVORITE', 'FOLLOWING']
  for (const order of ['CHRONOLOGICAL', 'RANKED'] as const) {
    const { edges } = await homeFeed(feedDeps(platform, viewer), viewer, { first: 5, order })
    const found = new Map(edges.map(({ node, reason }) => [node.id, reason]))
    expect(ids.map((id) => found.get(id))).toEqual(reasons)
  }
})

test("favourites' posts alone, newest first, less what is muted or hidden", async () => {
  const { viewer, followed } = await createCrowd(world, store, 8)
  expect(await walkFeed(platform, viewer, () => 50, undefined, 'FAVORITES')).toEqual([])
  const favorites = followed.slice(0, 4)
  for (const author of favorites) await world.favor(viewer, author)
  await world.mute(viewer, favorites[0] as string)
  const feed = await world.expectedFeed(viewer)
  const facts = await platform.facts.posts.get(feed)
  const expected = feed.filter((id) => favorites.includes(facts.get(id)?.authorId ?? ''))
  expect(expected.length).toBeGreaterThan(100)
  expect(await walkFeed(platform, viewer, () => 17, undefined, 'FAVORITES')).toEqual(expected)
})

test('cursors that are tampered with or belong to someone else are refused (F7); signed out is empty', async () => {
  const { viewer } = await createCrowd(world, store, 7)
  const { pageInfo } = await homeFeed(feedDeps(platform, viewer), viewer, { first: 5 })
  const other = await world.account()
  const refused = expect.objectContaining({ code: 'BAD_CURSOR' })
  for (const after of ['x', '', `${pageInfo.endCursor}x`, 'W10.W10']) {
    await expect(homeFeed(feedDeps(platform, viewer), viewer, { first: 5, after })).rejects.toEqual(refused)
  }
  const after = pageInfo.endCursor
  await expect(homeFeed(feedDeps(platform, other), other, { first: 5, after })).rejects.toEqual(refused)
  for (const first of [0, 101, -1]) {
    await expect(homeFeed(feedDeps(platform, viewer), viewer, { first })).rejects.toMatchObject({
      code: 'BAD_USER_INPUT',
    })
  }
  const signedOut = feedDeps(platform, null, { visibility: createVisibility(platform.facts, null) })
  const page = await homeFeed(signedOut, null, { first: 5 })
  expect(page).toMatchObject({ edges: [], pageInfo: { hasNextPage: false } })
})
