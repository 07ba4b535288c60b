// What the ranking learns from events, on real MongoDB and Redis.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { EventName, EventPayload } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import { feedDeps, type TestFeed, testFeed } from '../fixtures.ts'
import { addHeat, affinityHalfLifeMs, heatHalfLifeMs, heatOf, worthAt } from './heat.ts'
import { homeFeed } from './home-feed.ts'
import { forgetRefusing, learn, type SignalEvent } from './signals.ts'

let { platform, stack, store, world, learning } = {} as TestFeed
beforeAll(async () => {
  ;({ platform, stack, store, world, learning } = await testFeed())
})
afterAll(() => stack.disposeAsync())

const event = <N extends EventName>(name: N, payload: EventPayload<N>, at = new Date()) =>
  ({ id: newId('event'), name, at, payload }) as unknown as SignalEvent
const likes = (userId: string, postId: string, at?: Date) => event('post.liked', { userId, postId }, at)
const looks = (
  userId: string,
  subjectId: string,
  authorId: string,
  change: Partial<EventPayload<'impressions.recorded'>['impressions'][number]> = {},
) =>
  event('impressions.recorded', {
    userId,
    impressions: [
      {
        subjectId,
        authorId,
        surface: 'HOME',
        position: 0,
        dwellMs: 1_000,
        watchedMs: 0,
        clicked: false,
        viewed: true,
        ...change,
      },
    ],
  })

test('fading sums halve with their half-life, whatever the order in which parts come', () => {
  const start = 1_800_000_000_000
  const [a, b] = [heatOf(3, start, heatHalfLifeMs), heatOf(2, start + heatHalfLifeMs, heatHalfLifeMs)]
  const sum = addHeat(a, b)
  expect(sum).toBeCloseTo(addHeat(b, a) ?? 0, 9)
  expect(worthAt(sum, start + heatHalfLifeMs, heatHalfLifeMs)).toBeCloseTo(3.5, 6)
  expect(worthAt(sum, start + 3 * heatHalfLifeMs, heatHalfLifeMs)).toBeCloseTo(0.875, 6)
  expect([addHeat(null, a), addHeat(a, null), addHeat(null, null)]).toEqual([a, a, null])
})

test('every deed counts once: redelivered, repeated, taken back and done again', async () => {
  const [viewer, author] = [await world.account(), await world.account()]
  const post = await world.post(author, Date.now())
  const first = likes(viewer, post)
  await learn(learning, [first])
  const once = (await store.signals.stats([post])).get(post)
  expect(once).toMatchObject({ authorId: author, deeds: 1 })
  await learn(learning, [first, first])
  await learn(learning, [event('post.unliked', { userId: viewer, postId: post })])
  expect(await store.signals.recentOf(viewer, 10)).toEqual([])
  await learn(learning, [likes(viewer, post)])
  const after = (await store.signals.stats([post])).get(post)
  expect(after).toMatchObject({ deeds: 1, heat: once?.heat })
  expect(await store.signals.recentOf(viewer, 10)).toMatchObject([{ postId: post, now: ['LIKE'] }])
  // A second kind of deed is another.
  await learn(learning, [event('post.saved', { userId: viewer, postId: post })])
  expect((await store.signals.stats([post])).get(post)?.deeds).toBe(3)
})

test("one's own posts are not heated by oneself", async () => {
  const author = await world.account()
  const post = await world.post(author, Date.now())
  await learn(learning, [likes(author, post), looks(author, post, author)])
  expect(await store.signals.stats([post])).toEqual(new Map())
})

test('sums of twenty batches at once are exact', async () => {
  const author = await world.account()
  const post = await world.post(author, Date.now())
  const at = new Date()
  const viewers = Array.from({ length: 20 }, () => newId('user'))
  await Promise.all(viewers.map((viewer) => learn(learning, [likes(viewer, post, at)])))
  const row = (await store.signals.stats([post])).get(post)
  expect(row?.deeds).toBe(20)
  expect(worthAt(row?.heat, at.getTime(), heatHalfLifeMs)).toBeCloseTo(20, 6)
})

test('a first look counts, long ones for the author, ends at once against him; the second teaches nothing', async () => {
  const [viewer, warm, cool] = [await world.account(), await world.account(), await world.account()]
  const [liked, skipped] = [await world.post(warm, Date.now()), await world.post(cool, Date.now())]
  await learn(learning, [
    looks(viewer, liked, warm, { dwellMs: 5_000, clicked: true }),
    looks(viewer, skipped, cool, { dwellMs: 100 }),
  ])
  await learn(learning, [looks(viewer, liked, warm), looks(viewer, skipped, cool, { dwellMs: 100 })])
  const stats = await store.signals.stats([liked, skipped])
  expect(stats.get(liked)).toMatchObject({ shows: 1, skips: 0, deeds: 0.5 })
  expect(stats.get(skipped)).toMatchObject({ shows: 1, skips: 1, deeds: 0 })
  const known = await store.signals.knowledge(viewer, [], Date.now())
  expect(known.affinity(warm)).toBe(0)
  const posts = [
    { id: liked, authorId: warm },
    { id: skipped, authorId: cool },
  ]
  const knowledge = await store.signals.knowledge(viewer, posts, Date.now())
  expect(knowledge.affinity(warm)).toBeCloseTo(0.7 / 3.7, 3)
  expect(knowledge.aversion(cool)).toBeCloseTo(0.1 / 3.1, 3)
  expect(knowledge.aversion(warm)).toBe(0)
  // Three months later little of it is left.
  const later = await store.signals.knowledge(viewer, posts, Date.now() + 3 * affinityHalfLifeMs)
  expect(later.affinity(warm)).toBeLessThan(0.05)
})

test('whose post, or whom, one reports is shown last, once for each time that moderators were told', async () => {
  const [viewer, plain, reported] = [await world.account(), await world.account(), await world.account()]
  for (const author of [plain, reported]) await world.follow(viewer, author)
  const base = Date.now() - 3_600_000
  const [older, newer] = [await world.post(plain, base), await world.post(reported, base + 60_000)]
  const order = async () => {
    await platform.cache.del(`${platform.config.namespace}:seen:{${viewer}}`)
    const { nodes } = await homeFeed(feedDeps(platform, viewer), viewer, { first: 2 })
    return nodes.map(({ id }) => id)
  }
  expect(await order()).toEqual([newer, older])
  const report = event('content.reported', { reporterId: viewer, subjectId: newer, ownerId: reported })
  await learn(learning, [report])
  await learn(learning, [report])
  const knowledge = await store.signals.knowledge(viewer, [{ id: newer, authorId: reported }], Date.now())
  expect(knowledge.aversion(reported)).toBeCloseTo(5 / 8, 2)
  expect(await order()).toEqual([older, newer])
})

test('what was on a screen sinks in the ranked feed, and whom one cares for rises', async () => {
  const viewer = await world.account()
  const [close, other] = [await world.account(), await world.account()]
  for (const author of [close, other]) await world.follow(viewer, author)
  const base = Date.now() - 3_600_000
  const seen = await world.post(other, base + 5_000)
  const [plain, dear] = [await world.post(other, base + 2_000), await world.post(close, base)]
  const liked = await world.post(close, base - 40 * 86_400_000)
  await learn(learning, [
    likes(viewer, liked),
    event('post.shared', { userId: viewer, postId: liked, shareId: 's' }),
  ])
  await learn(learning, [looks(viewer, seen, other)])
  const page = await homeFeed(feedDeps(platform, viewer), viewer, { first: 3 })
  expect(page.nodes.map(({ id }) => id)).toEqual([dear, plain, seen])
  // All caught up behind the second: the third was seen.
  expect(page.edges.map(({ isNew }) => isNew)).toEqual([true, true, false])
  const again = await homeFeed(feedDeps(platform, viewer), viewer, { first: 3 })
  expect(again.edges.map(({ isNew }) => isNew)).toEqual([false, false, false])
})

test('looks at the home feed are logged with what was known then, and with what followed', async () => {
  const [viewer, author] = [await world.account(), await world.account()]
  await world.follow(viewer, author)
  const [first, second] = [await world.post(author, Date.now()), await world.post(author, Date.now())]
  await learn(learning, [looks(viewer, first, author), looks(viewer, second, author, { surface: 'EXPLORE' })])
  await learn(learning, [likes(viewer, first)])
  const logged = await store.signals.loggedLooks(1)
  expect(logged).toEqual([{ engaged: true, signals: expect.objectContaining({ following: 1, affinity: 0 }) }])
})

test('the control arm is chronological, and versions of weights are served by name', async () => {
  const viewer = await world.account()
  const [friend, author] = [await world.account(), await world.account()]
  for (const followed of [friend, author]) await world.follow(viewer, followed)
  await world.follow(friend, viewer)
  const base = Date.now() - 3_600_000
  const [dear, plain] = [await world.post(friend, base), await world.post(author, base + 60_000)]
  const order = async (variant: string | null) => {
    await platform.cache.del(`${platform.config.namespace}:seen:{${viewer}}`)
    const asked = feedDeps(platform, viewer, { rankingVariant: async () => variant })
    return (await homeFeed(asked, viewer, { first: 5 })).nodes.map(({ id }) => id)
  }
  expect(await order(null)).toEqual([dear, plain])
  expect(await order('chronological')).toEqual([plain, dear])
  const { weights } = await import('./ranking/weights.ts')
  await store.weights.insert({
    ...weights,
    signals: { ...weights.signals, mutual: 0 },
    _id: 'equal-friends',
    served: false,
    createdAt: new Date(),
    looks: 0,
    loss: 0,
    usualLoss: 0,
  })
  expect(await order('equal-friends')).toEqual([plain, dear])
  expect(await order('unknown')).toEqual([dear, plain])
})

test('of who refuses personalisation no liking is kept, and his feed is made of nothing that he did', async () => {
  const [viewer, liked, other] = [await world.account(), await world.account(), await world.account()]
  for (const author of [liked, other]) await world.follow(viewer, author)
  const now = Date.now()
  const [older, newer] = [await world.post(liked, now - 7_200_000), await world.post(other, now - 7_100_000)]
  for (let i = 0; i < 5; i++) {
    const earlier = await world.post(liked, now - 40 * 86_400_000 + i)
    await learn(learning, [likes(viewer, earlier)])
  }
  const first = async () => {
    const { nodes } = await homeFeed(feedDeps(platform, viewer), viewer, { first: 2 })
    return nodes.map((node) => node.id)
  }
  const affinities = platform.db('feed').collection('affinities')
  expect(await affinities.countDocuments({ viewerId: viewer })).toBe(1)
  expect(await first()).toEqual([older, newer])
  await learn(learning, [looks(viewer, older, liked, { dwellMs: 9_000 })])
  const spokeFor = async (postId: string) =>
    (await platform.db('feed').collection('seen').findOne({ viewerId: viewer, postId }))?.signals
  expect(await spokeFor(older)).toMatchObject({ affinity: expect.any(Number) })

  await world.changes(viewer, { refusesPersonalisation: true })
  // What he did before speaks for nobody any more, though it is there still.
  expect(await first()).toEqual([newer, older])
  await forgetRefusing(learning, [viewer, other])
  expect(await affinities.countDocuments({ viewerId: viewer })).toBe(0)
  expect(await spokeFor(older)).toBeNull()
  await learn(learning, [likes(viewer, older), looks(viewer, newer, other, { dwellMs: 9_000 })])
  expect(await affinities.countDocuments({ viewerId: viewer })).toBe(0)
  expect(await spokeFor(newer)).toBeNull()
  // What a post has is everybody's: his like counts for it.
  expect((await store.signals.stats([older])).get(older)).toMatchObject({ deeds: 1 })
})
