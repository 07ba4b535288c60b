// Suggestions on real MongoDB, Redis and the vector index.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HashtagFactsRow } from '#platform/hashtags.ts'
import type { PostFactsRow } from '#platform/posts.ts'
import { createVisibility } from '#platform/visibility.ts'
import { newId } from '#schema/ids.ts'
import { feedDeps, type TestFeed, testFeed } from '../../fixtures.ts'
import { hideSubject, showMore } from '../hide.ts'
import { learn, type SignalEvent } from '../signals.ts'
import { describePost } from './describe.ts'
import { createTrending, suggestedHashtags, trendingHashtags } from './hashtags.ts'
import { explore, reels, relatedPosts } from './suggested-posts.ts'
import { wordModel } from './vectors.ts'

let { platform, stack, store, world, learning } = {} as TestFeed
beforeAll(async () => {
  ;({ platform, stack, store, world, learning } = await testFeed())
})
afterAll(() => stack.disposeAsync())

/** Publishes a post that says something, and has it described. */
async function publish(
  authorId: string,
  caption: string,
  change: Partial<PostFactsRow> & { hashtags?: string[] } = {},
): Promise<string> {
  const id = await world.post(authorId, change.publishedAt?.getTime() ?? Date.now())
  const rows = platform.db('content').collection<{ _id: string }>('posts')
  await rows.updateOne({ _id: id }, { $set: { caption, mediaIds: [], ...change } })
  await describe(id)
  return id
}
const describe = (id: string) => describePost({ store, ...platform.facts, model: wordModel }, id)
const likes = (userId: string, postIds: readonly string[]) =>
  learn(
    learning,
    postIds.map(
      (postId): SignalEvent => ({
        id: newId('event'),
        name: 'post.liked',
        at: new Date(),
        payload: { userId, postId },
      }),
    ),
  )
const depsOf = (viewer: string | null) => ({ ...feedDeps(platform, viewer), store })
const ids = (page: { nodes: { id: string }[] }) => page.nodes.map(({ id }) => id)

/** People of two tastes, each with posts and with people who like them. */
async function createTastes() {
  const tastes = [
    ['sourdough bread from the oven', 'baking'],
    ['motorcycle engine on the road', 'riding'],
  ] as const
  return Promise.all(
    tastes.map(async ([words, hashtag]) => {
      const authors = [await world.account(), await world.account(), await world.account()]
      const posts: string[] = []
      for (const author of authors) {
        for (let i = 0; i < 4; i++)
          posts.push(await publish(author, `${words} ${i}`, { hashtags: [hashtag] }))
      }
      const fans = [await world.account(), await world.account(), await world.account()]
      for (const [i, fan] of fans.entries())
        await likes(
          fan,
          posts.filter((_, place) => place % 4 !== i),
        )
      return { authors, posts, fans, hashtag }
    }),
  )
}

test('explore shows what people of the same taste like, by strangers, each once, in one order', async () => {
  const [bread, bikes] = await createTastes()
  if (!bread || !bikes) throw new Error('no tastes')
  const viewer = await world.account()
  const known = bread.posts.slice(0, 2)
  await likes(viewer, known)
  const page = await explore(depsOf(viewer), viewer, { first: 8 })
  const ofTaste = ids(page).filter((id) => bread.posts.includes(id))
  expect(ofTaste.length).toBeGreaterThan(5)
  expect(['CO_ENGAGED', 'SIMILAR']).toContain(page.edges[0]?.reason)
  expect(page.edges.some(({ reason }) => reason === 'NEW')).toBe(true)
  const walked = [...ids(page)]
  let after = page.pageInfo.endCursor
  for (let more = page.pageInfo.hasNextPage; more; ) {
    const next = await explore(depsOf(viewer), viewer, { first: 3, after })
    if (next.pageInfo.hasNextPage) expect(next.nodes).toHaveLength(3)
    walked.push(...ids(next))
    after = next.pageInfo.endCursor
    more = next.pageInfo.hasNextPage
  }
  expect(new Set(walked).size).toBe(walked.length)
  expect(walked.filter((id) => known.includes(id))).toEqual([])
  expect(walked).toEqual(expect.arrayContaining(bikes.posts))
  // Those whom one follows are on the home feed, not here.
  await world.follow(viewer, bread.authors[0] as string)
  const again = await explore(depsOf(viewer), viewer, { first: 100 })
  expect(ids(again).filter((id) => bread.posts.slice(0, 4).includes(id))).toEqual([])
  // A topic is a hashtag; cursors of one list are refused by another.
  const topic = await explore(depsOf(viewer), viewer, { first: 100, topic: '#Riding' })
  expect(ids(topic).toSorted()).toEqual(bikes.posts.toSorted())
  const foreign = explore(depsOf(viewer), viewer, { first: 3, after, topic: 'riding' })
  await expect(foreign).rejects.toMatchObject({ code: 'BAD_CURSOR' })
})

test('a new account gets something at once; signed out there is something, too; what was shown sinks', async () => {
  await createTastes()
  const viewer = await world.account()
  const first = await explore(depsOf(viewer), viewer, { first: 6 })
  expect(first.nodes).toHaveLength(6)
  const second = await explore(depsOf(viewer), viewer, { first: 6 })
  expect(ids(second).filter((id) => ids(first).includes(id))).toEqual([])
  expect((await explore(depsOf(null), null, { first: 6 })).nodes).toHaveLength(6)
})

test('nothing is suggested that one may not see or that is kept out: on old cursors, too (V1, V9, V11, V13, V23, F12, F13)', async () => {
  const open = await world.account()
  const authors = {
    private: await world.account({ isPrivate: true }),
    unproven: await world.account({ emailVerifiedAt: null }),
    suspended: await world.account({ status: 'SUSPENDED' }),
    banned: await world.account({ shadowBanned: true } as never),
    hidden: await world.account(),
    muted: await world.account(),
  }
  const good = await publish(open, 'kite surfing one')
  const bad: Record<string, string> = {
    limited: await publish(open, 'kite surfing', { limited: true }),
    sensitive: await publish(open, 'kite surfing', { sensitive: true }),
    followers: await publish(open, 'kite surfing', { audience: 'FOLLOWERS' }),
    archived: await publish(open, 'kite surfing', { status: 'ARCHIVED' }),
  }
  for (const [name, author] of Object.entries(authors)) bad[name] = await publish(author, 'kite surfing')
  const viewer = await world.account({ birthDate: '2012-01-01' })
  bad.own = await publish(viewer, 'kite surfing')
  await world.mute(viewer, authors.muted)
  await hideSubject({ ...depsOf(viewer), transact: platform.transact('feed') }, viewer, authors.hidden)
  const seen = await publish(open, 'kite surfing lessons')
  await likes(viewer, [seen])
  await store.descriptions.refresh()
  const shown = async () => [
    ...ids(await explore(depsOf(viewer), viewer, { first: 100 })),
    ...(await relatedPosts(depsOf(viewer), viewer, seen, 100)).map(({ id }) => id),
  ]
  const all = await shown()
  expect(all.filter((id) => id === good)).toHaveLength(2)
  for (const [name, id] of Object.entries(bad)) expect(all.includes(id), name).toBe(false)

  // What becomes invisible after a page was cut is on no page of the order any more.
  const begun = await explore(depsOf(viewer), viewer, { first: 1 })
  const rest = async () =>
    ids(await explore(depsOf(viewer), viewer, { first: 100, after: begun.pageInfo.endCursor }))
  const [gone = ''] = await rest()
  await world.deletePost(gone)
  expect(await rest()).not.toContain(gone)
  await describe(gone)
  await store.descriptions.refresh()
  expect(await store.descriptions.get([gone])).toEqual(new Map())
})

test('related posts are about the same, or liked by the same people; none of a hidden one', async () => {
  const [bread, bikes] = await createTastes()
  if (!bread || !bikes) throw new Error('no tastes')
  const viewer = await world.account()
  await store.descriptions.refresh()
  const related = await relatedPosts(depsOf(viewer), viewer, bread.posts[0] as string, 5)
  expect(related).toHaveLength(5)
  const rows = await store.descriptions.get(related.map(({ id }) => id))
  expect([...rows.values()].every((row) => row.hashtags.includes('baking'))).toBe(true)
  expect(related.map(({ id }) => id)).not.toContain(bread.posts[0])
  const secret = await publish(await world.account({ isPrivate: true }), 'sourdough bread from the oven')
  expect(await relatedPosts(depsOf(viewer), viewer, secret, 5)).toEqual([])
  await expect(relatedPosts(depsOf(viewer), viewer, secret, 101)).rejects.toMatchObject({
    code: 'BAD_USER_INPUT',
  })
})

test('reels are videos, those first that are watched to their end, and none twice', async () => {
  const author = await world.account()
  const film = async (name: string) => publish(await world.account(), name, { kind: 'REEL' })
  const [dull, loved, plain] = [await film('a'), await film('b'), await film('c')]
  const still = await publish(author, 'd')
  const media = platform.db('content').collection<{ _id: string }>('media')
  await media.insertMany([{ _id: 'm1', durationMs: 20_000 }] as never[])
  await platform
    .db('content')
    .collection<{ _id: string }>('posts')
    .updateMany({ _id: { $in: [dull, loved, plain] } }, { $set: { mediaIds: ['m1'] } })
  for (const id of [dull, loved, plain]) await describe(id)
  const watch = async (postId: string, watchedMs: number) => {
    for (let i = 0; i < 60; i++) {
      const look = { subjectId: postId, authorId: null, surface: 'REELS', position: 0, dwellMs: watchedMs }
      await learn(
        {
          store,
          ...platform.facts,
          transact: platform.transact('feed'),
          claim: async (_tx, batch) => [...batch],
        },
        [
          {
            id: newId('event'),
            name: 'impressions.recorded',
            at: new Date(),
            payload: {
              userId: newId('user'),
              impressions: [{ ...look, watchedMs, clicked: false, viewed: true }],
            },
          } as SignalEvent,
        ],
      )
    }
  }
  await Promise.all([watch(dull, 900), watch(loved, 20_000), watch(plain, 9_000)])
  const viewer = await world.account()
  const page = await reels(depsOf(viewer), viewer, { first: 2 })
  expect(ids(page)[0]).toBe(loved)
  const next = await reels(depsOf(viewer), viewer, { first: 100, after: page.pageInfo.endCursor })
  const order = [...ids(page), ...ids(next)]
  expect(order).toEqual([loved, plain, dull])
  expect(order).not.toContain(still)
  expect(next.pageInfo.hasNextPage).toBe(false)
})

test('reels of a session are not repeated when one begins again, while there are others', async () => {
  for (let i = 0; i < 6; i++) await publish(await world.account(), `clip ${i}`, { kind: 'REEL' })
  const viewer = await world.account()
  const shown = new Set<string>()
  for (let page = 0; page < 3; page++) {
    const clips = ids(await reels(depsOf(viewer), viewer, { first: 2 }))
    expect(clips).toHaveLength(2)
    expect(clips.filter((id) => shown.has(id))).toEqual([])
    for (const id of clips) shown.add(id)
  }
})

test('showMore brings back what was hidden and has more of it; not for what is hidden from one, or is his own', async () => {
  const [viewer, author] = [await world.account(), await world.account()]
  const post = await publish(author, 'origami')
  const deps = () => ({ ...depsOf(viewer), transact: platform.transact('feed') })
  await hideSubject(deps(), viewer, post)
  const before = await store.signals.knowledge(viewer, [{ id: post, authorId: author }], Date.now())
  expect([before.aversion(author), before.affinity(author)]).toEqual([expect.closeTo(0.5, 1), 0])
  expect(await showMore(deps(), viewer, post)).toBe(post)
  expect(await store.hidden.of(viewer)).toEqual(new Set())
  expect(await showMore(deps(), viewer, author)).toBe(author)
  const after = await store.signals.knowledge(viewer, [{ id: post, authorId: author }], Date.now())
  expect(after.affinity(author)).toBeGreaterThan(0.6)
  expect(await store.signals.recentOf(viewer, 5)).toMatchObject([{ postId: post, now: ['MORE'] }])
  const secret = await publish(await world.account({ isPrivate: true }), 'origami')
  await expect(showMore(deps(), viewer, secret)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  await expect(showMore(deps(), viewer, viewer)).rejects.toMatchObject({ code: 'FORBIDDEN' })
})

test('hashtags trend by distinct proven accounts above what is usual, and fade with the clock', async () => {
  const hour = 3_600_000
  const start = Date.now()
  const names = ['sunrise', 'everyday', 'spammed', 'bots', 'old']
  const hashtags = platform.db('content').collection<HashtagFactsRow>('hashtags')
  const rows = names.map((name) => ({ _id: newId('hashtag'), name, postCount: 1 }))
  await hashtags.insertMany(rows)
  const idOf = (name: string) => rows.find((row) => row.name === name)?._id
  const use = (author: string, name: string, at: number) =>
    publish(author, `#${name}`, { hashtags: [name], publishedAt: new Date(at) })
  for (let i = 0; i < 6; i++) await use(await world.account(), 'sunrise', start - hour)
  // As many as on each day before.
  for (let day = 0; day < 8; day++) {
    for (let i = 0; i < 6; i++) await use(await world.account(), 'everyday', start - hour - day * 24 * hour)
  }
  // One account that posts a lot, and accounts that are not proven.
  const loud = await world.account()
  for (let i = 0; i < 12; i++) await use(loud, 'spammed', start - hour)
  for (let i = 0; i < 12; i++) await use(await world.account({ emailVerifiedAt: null }), 'bots', start - hour)
  for (let i = 0; i < 5; i++) await use(await world.account(), 'old', start - 20 * hour)

  let now = start
  const deps = (trendingNames: () => Promise<string[]>, viewerId: string | null = null) => ({
    store,
    visibility: createVisibility(platform.facts, viewerId),
    hashtags: platform.hashtags,
    trendingNames,
  })
  const trending = createTrending(store, () => now)
  const found = async () => (await trendingHashtags(deps(trending), 10)).map(({ id }) => id)
  expect(await found()).toEqual([idOf('sunrise'), idOf('old')])
  now += 6 * hour
  expect(await found()).toEqual([idOf('sunrise')])
  now += 24 * hour
  expect(await found()).toEqual([])

  // What one likes comes first, and what one follows does not come.
  const viewer = await world.account()
  const [liked] = await store.descriptions.newest({ hashtag: 'everyday' }, 1)
  await likes(viewer, [liked?._id as string])
  now = start
  const suggested = async () =>
    (
      await suggestedHashtags(
        deps(
          createTrending(store, () => now),
          viewer,
        ),
        viewer,
        2,
      )
    ).map(({ id }) => id)
  expect(await suggested()).toEqual([idOf('everyday'), idOf('sunrise')])
  const follows = platform.db('content').collection<{ _id: string }>('hashtagFollows')
  const follow = { _id: newId('event'), userId: viewer, hashtagId: idOf('everyday'), at: new Date() }
  await follows.insertOne(follow as never)
  expect(await suggested()).toEqual([idOf('sunrise'), idOf('old')])
})
