// What a viewer's last deeds say of posts: as a pure function, and through the home feed on real MongoDB and Redis.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PostFacts } from '#schema/facts.ts'
import { newId } from '#schema/ids.ts'
import { feedDeps, type TestFeed, testFeed } from '../../fixtures.ts'
import { homeFeed } from '../home-feed.ts'
import { learn, type SignalEvent } from '../signals.ts'
import { noSignals, type SignalName } from './features.ts'
import { tasteOf } from './taste.ts'
import { weights } from './weights.ts'

let { platform, stack, store, world, learning } = {} as TestFeed
beforeAll(async () => {
  ;({ platform, stack, store, world, learning } = await testFeed())
})
afterAll(() => stack.disposeAsync())

const minute = 60_000
const now = Date.now()
const of = (kind: PostFacts['kind'], count: number) => Array.from({ length: count }, () => kind)
const reel = (count: number) => of('REEL', count)
const post = (count: number) => of('POST', count)

test.each<[string, PostFacts['kind'][], PostFacts['kind'][], { REEL: number; POST: number }]>([
  ['nothing is known', [], [...reel(1), ...post(1)], { REEL: 0, POST: 0 }],
  ['as many as is usual', [...reel(3), ...post(9)], [...reel(25), ...post(75)], { REEL: 0, POST: 0 }],
  ['reels, where half are', reel(30), [...reel(5), ...post(5)], { REEL: 15 / 40, POST: 0 }],
  ['reels, where few are', reel(30), [...reel(1), ...post(9)], { REEL: 27 / 40, POST: 0 }],
  ['a single reel says little', reel(1), [...reel(5), ...post(5)], { REEL: 0.5 / 11, POST: 0 }],
  ['pictures', post(30), [...reel(5), ...post(5)], { REEL: 0, POST: 15 / 40 }],
  ['there is nothing else', post(30), post(10), { REEL: 0, POST: 0 }],
])(
  'a kind speaks for a post as far as one does more with it than is usual: %s',
  (_what, done, there, said) => {
    const deeds = done.map((postKind) => ({ authorId: 'a', postKind, at: new Date(now) }))
    // Rows from before the kind was kept say nothing.
    const old = { authorId: 'a', at: new Date(now) }
    const offered = there.map((kind) => ({ kind }))
    const none = () => 0
    const { contentType } = tasteOf([...deeds, old], offered, now, none, none)
    expect([contentType('REEL'), contentType('POST')]).toEqual([
      expect.closeTo(said.REEL, 9),
      expect.closeTo(said.POST, 9),
    ])
  },
)

test('a session is the last half hour: its authors, else what is near to what it was about', () => {
  const near = (id: string) => (id === 'alike' ? 0.7 : 0)
  const deed = (authorId: string, minutes: number) => ({ authorId, at: new Date(now - minutes * minute) })
  const { session } = tasteOf([deed('now', 5), deed('before', 31)], [], now, () => 0, near)
  expect(session({ id: 'other', authorId: 'now' })).toBe(1)
  expect(session({ id: 'alike', authorId: 'before' })).toBe(0.7)
  expect(session({ id: 'other', authorId: 'before' })).toBe(0)
})

/** Rows of weights by which one signal alone decides. */
async function only(name: SignalName): Promise<string> {
  const _id = `only-${name.toLowerCase()}`
  const row = { ...weights, signals: { ...noSignals, [name]: 1 } }
  await store.weights.insert({ ...row, _id, served: false, createdAt: new Date(), ...logged })
  return _id
}
const logged = { looks: 0, loss: 0, usualLoss: 0 }
const likes = (userId: string, postId: string, at: number) =>
  learn(learning, [
    { id: newId('event'), name: 'post.liked', at: new Date(at), payload: { userId, postId } } as SignalEvent,
  ])

test('content type, session and popularity each move posts on the home feed; of who refuses personalisation, popularity alone', async () => {
  const authors = [await world.account(), await world.account(), await world.account()]
  const [near, plain, loved] = authors as [string, string, string]
  const rows = platform.db('content').collection<{ _id: string }>('posts')
  const at = (minutes: number) => now - 600 * minute + minutes * minute
  const [ofNear, clip, hot, newest] = [
    await world.post(near, at(1)),
    await world.post(plain, at(2)),
    await world.post(loved, at(3)),
    await world.post(plain, at(4)),
  ] as [string, string, string, string]
  await rows.updateOne({ _id: clip }, { $set: { kind: 'REEL' } })
  for (let i = 0; i < 10; i++) await likes(newId('user'), hot, now)
  const chronological = [newest, hot, clip, ofNear]

  const variants = {
    session: await only('session'),
    contentType: await only('contentType'),
    popularity: await only('popularity'),
  }
  const orders = async (change: Parameters<typeof world.account>[0], likedAt: number) => {
    const viewer = await world.account(change)
    for (const author of authors) await world.follow(viewer, author)
    // A reel by somebody whom he does follow, and that is not on the page of those who follow him.
    const liked = await world.post(near, at(0))
    await rows.updateOne({ _id: liked }, { $set: { kind: 'REEL' } })
    await likes(viewer, liked, likedAt)
    await world.deletePost(liked)
    const found: Record<string, string[]> = {}
    for (const [signal, variant] of Object.entries(variants)) {
      await platform.cache.del(`${platform.config.namespace}:seen:{${viewer}}`)
      const deps = feedDeps(platform, viewer, { rankingVariant: async () => variant, now: () => now })
      found[signal] = (await homeFeed(deps, viewer, { first: 4 })).nodes.map(({ id }) => id)
    }
    return found
  }
  const moved = {
    session: [ofNear, newest, hot, clip],
    contentType: [clip, newest, hot, ofNear],
    popularity: [hot, newest, clip, ofNear],
  }
  expect(await orders({}, now - 29 * minute)).toEqual(moved)
  // What was done longer ago is of another session.
  expect(await orders({}, now - 31 * minute)).toEqual({ ...moved, session: chronological })
  const refusing = { session: chronological, contentType: chronological, popularity: moved.popularity }
  expect(await orders({ refusesPersonalisation: true } as never, now - 29 * minute)).toEqual(refusing)
})

test('looks are logged with what the viewer did before them: each viewer’s own last deeds, without the deed that is to be foretold', async () => {
  const [viewer, author] = [await world.account(), await world.account()]
  const [before, shown] = [await world.post(author, now - 60 * minute), await world.post(author, now)]
  const looks = (postId: string) => ({ subjectId: postId, authorId: author, surface: 'HOME', position: 0 })
  const look = (postId: string, at: number) => {
    const impressions = [{ ...looks(postId), dwellMs: 1_000, watchedMs: 0, clicked: false, viewed: true }]
    const payload = { userId: viewer, impressions }
    return { id: newId('event'), name: 'impressions.recorded', at: new Date(at), payload } as SignalEvent
  }
  await likes(viewer, before, now - 10 * minute)
  // He liked it first, and the client told of the look afterwards.
  await learn(learning, [look(before, now - 9 * minute)])
  await learn(learning, [look(shown, now)])
  const seen = platform.db('feed').collection<{ postId: string; signals: Record<string, number> }>('seen')
  const signalsOf = async (postId: string) => (await seen.findOne({ postId }))?.signals
  expect(await signalsOf(before)).toMatchObject({
    session: 0,
    contentType: 0,
    popularity: expect.closeTo(1 / 9, 2),
  })
  expect(await signalsOf(shown)).toMatchObject({ session: 1, popularity: 0 })

  // What is told late: deeds after the look say nothing of it, and those of others take nobody's place.
  const [quiet, busy] = [await world.account(), await world.account()]
  await likes(quiet, before, now - 10 * minute)
  for (let i = 0; i < 61; i++) await likes(busy, newId('post'), now)
  const later = await world.post(author, now)
  const lookOf = (userId: string, at: number) => {
    const event = look(later, at)
    return { ...event, payload: { ...event.payload, userId } } as SignalEvent
  }
  await learn(learning, [lookOf(quiet, now), lookOf(busy, now - minute)])
  const of = async (viewerId: string) => (await seen.findOne({ viewerId, postId: later } as never))?.signals
  expect(await of(quiet)).toMatchObject({ session: 1 })
  expect(await of(busy)).toMatchObject({ session: 0 })
})

test('weights from before a signal was there are served, and give it nothing; those that name an unknown one are not', async () => {
  const { popularity: _none, session: _nor, ...older } = weights.signals
  const row = { ...weights, served: false, createdAt: new Date(), ...logged }
  await store.weights.insert({ ...row, _id: 'older', signals: { ...older, following: 7 } as never })
  await store.weights.insert({ ...row, _id: 'newer', signals: { ...weights.signals, charm: 1 } as never })
  const { signals } = await store.weights.get('older')
  expect(signals).toEqual({ ...weights.signals, following: 7, popularity: 0, session: 0 })
  expect(await store.weights.get('newer')).toEqual(weights)
})
