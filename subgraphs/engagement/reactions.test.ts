import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { size } from '../../tests/size.ts'
import { createConsumers } from './consumers.ts'
import { reconcile } from './domain/counters.ts'
import { type Asker, eventOf, type RunningEngagement, startEngagement } from './fixtures.ts'
import { type ReactionRow, reactionId } from './model.ts'

let engagement: RunningEngagement
beforeAll(async () => {
  engagement = await startEngagement()
})
afterAll(() => engagement.stack.disposeAsync())

const db = () => engagement.platform.db('engagement')
const eventsNamed = (name: string, postId: string) =>
  db().collection('outbox').countDocuments({ name, 'payload.postId': postId })
const stored = async (id: string) => db().collection<{ _id: string }>('postCounters').findOne({ _id: id })

test('a like is seen at once by who gave it, and everywhere else', async () => {
  const { account, post, nobody } = engagement
  const [alice, bob] = [await account(), await account()]
  const id = await post(alice)
  const payload = await bob.does('likePost', { postId: id }, 'post { id likeCount viewerHasLiked }')
  expect(payload).toEqual({ post: { id, likeCount: 1, viewerHasLiked: true }, userErrors: [] })
  expect(await alice.sees('Post', id, 'likeCount viewerHasLiked')).toEqual({
    likeCount: 1,
    viewerHasLiked: false,
  })
  expect(await nobody.sees('Post', id, 'likeCount viewerHasLiked viewerHasSaved')).toEqual({
    likeCount: 1,
    viewerHasLiked: null,
    viewerHasSaved: null,
  })
  const back = await bob.does('unlikePost', { postId: id }, 'post { likeCount viewerHasLiked }')
  expect(back.post).toEqual({ likeCount: 0, viewerHasLiked: false })
})

test('C1: 100 parallel likes by one user are one row, one event, one like', async () => {
  const { account, post, settle } = engagement
  const [alice, bob] = [await account(), await account()]
  const id = await post(alice)
  const payloads = await Promise.all(
    Array.from({ length: 100 }, () => bob.does('likePost', { postId: id }, 'post { likeCount }')),
  )
  expect(payloads).toEqual(Array(100).fill({ post: { likeCount: 1 }, userErrors: [] }))
  await settle()
  expect(await db().collection('likes').countDocuments({ targetId: id })).toBe(1)
  expect(await eventsNamed('post.liked', id)).toBe(1)
  expect(await stored(id)).toMatchObject({ likes: 1 })
  expect(await db().collection('notifications').countDocuments({ subjectId: id })).toBe(1)
})

test('C2: many users in parallel are exactly as many likes more', async () => {
  const { account, accounts, post, settle } = engagement
  const id = await post(await account())
  const count = size(1_000, 100)
  const users = await accounts(count)
  const counts = await Promise.all(
    users.map(async (user) => {
      const { post } = await user.does('likePost', { postId: id }, 'post { likeCount viewerHasLiked }')
      expect(post.viewerHasLiked).toBe(true)
      return post.likeCount as number
    }),
  )
  expect(Math.max(...counts)).toBe(count)
  await settle()
  expect(await stored(id)).toMatchObject({ likes: count })
  expect(await db().collection('likes').countDocuments({ targetId: id, uncounted: 0 })).toBe(count)
}, 300_000)

test('C3: a storm of likes and unlikes ends equal to the rows and is never negative', async () => {
  const { account, accounts, post, settle } = engagement
  const id = await post(await account())
  const users = await accounts(12)
  const seen: number[] = []
  await Promise.all(
    users.map(async (user, n) => {
      for (let turn = 0; turn < 12; turn++) {
        const mutation = (turn + n) % 3 === 0 ? 'unlikePost' : 'likePost'
        const { post } = await user.does(mutation, { postId: id }, 'post { likeCount viewerHasLiked }')
        expect(post.viewerHasLiked).toBe(mutation === 'likePost')
        seen.push(post.likeCount)
      }
    }),
  )
  expect(Math.min(...seen)).toBeGreaterThanOrEqual(0)
  expect(Math.max(...seen)).toBeLessThanOrEqual(users.length)
  await settle()
  const rows = await db().collection('likes').countDocuments({ targetId: id, state: 'ON' })
  expect(await stored(id)).toMatchObject({ likes: rows })
  expect(
    await db()
      .collection('likes')
      .countDocuments({ targetId: id, uncounted: { $ne: 0 } }),
  ).toBe(0)
})

test('two processes that fold and notify the same post at once do not meet badly', async () => {
  const { account, accounts, post, store, platform, consumers } = engagement
  const id = await post(await account())
  const users = await accounts(60)
  const row = { targetId: id, state: 'ON', uncounted: 1, at: new Date() } as const
  await db()
    .collection<ReactionRow>('likes')
    .insertMany(users.map((user) => ({ ...row, _id: reactionId(id, user.id), userId: user.id })))
  const batches = [0, 20, 40].map((from) =>
    users.slice(from, from + 20).map((user) => eventOf('post.liked', { postId: id, userId: user.id })),
  )
  const other = createConsumers(platform, store)
  const [counters, notifications] = ['engagement.counters', 'engagement.notifications'] as const
  await Promise.all(
    batches.flatMap((batch) =>
      [consumers, other].flatMap((unit) => [
        unit[counters]['post.liked'](batch),
        unit[notifications]['post.liked'](batch),
      ]),
    ),
  )
  expect(await stored(id)).toMatchObject({ likes: 60 })
  const groups = await db().collection('notifications').find({ subjectId: id }).toArray()
  expect(groups.map((group) => [group.actorCount, group.actorIds.length])).toEqual([[60, 60]])
})

test('C9: a corrupted counter heals', async () => {
  const { account, accounts, post, settle, store, platform } = engagement
  const id = await post(await account())
  const users = await accounts(3)
  for (const user of users) await user.does('likePost', { postId: id })
  await settle()
  await db()
    .collection<{ _id: string }>('postCounters')
    .updateOne({ _id: id }, { $set: { likes: -7 } })
  // A like that is not counted yet must not be counted by the healing either.
  const deps = { store, transact: platform.transact('engagement'), now: () => new Date() }
  expect(await reconcile(deps, 'post', id)).toEqual([{ counter: 'likes', off: -10 }])
  expect(await users[0]?.sees('Post', id, 'likeCount')).toEqual({ likeCount: 3 })

  // What happens to a post mends a counter that nobody compared for long.
  await db()
    .collection<{ _id: string }>('postCounters')
    .updateOne({ _id: id }, { $set: { likes: 99, checkedAt: new Date(0) } })
  await users[0]?.does('unlikePost', { postId: id })
  await settle()
  expect(await stored(id)).toMatchObject({ likes: 2 })
})

test('C10: events that come again change nothing', async () => {
  const { account, post, settle, consumers } = engagement
  const [alice, bob] = [await account(), await account()]
  const id = await post(alice)
  await bob.does('likePost', { postId: id })
  await bob.does('savePost', { postId: id })
  await settle()
  const dump = async () => ({
    counters: await stored(id),
    likes: await db().collection('likes').find({ targetId: id }).toArray(),
    notifications: await db().collection('notifications').find({ subjectId: id }).toArray(),
  })
  const before = await dump()
  const payload = { postId: id, userId: bob.id }
  await consumers['engagement.counters']['post.liked'](Array(3).fill(eventOf('post.liked', payload)))
  await consumers['engagement.counters']['post.unliked']([eventOf('post.unliked', payload)])
  await consumers['engagement.counters']['post.saved']([eventOf('post.saved', payload)])
  await consumers['engagement.notifications']['post.liked']([eventOf('post.liked', payload)])
  await consumers['engagement.notifications']['post.unliked']([eventOf('post.unliked', payload)])
  expect(await dump()).toEqual(before)
})

test('saves are private: listed for who saved, counted for the author only', async () => {
  const { account, post, settle } = engagement
  const [alice, bob, carol] = [await account(), await account(), await account()]
  const ids = [await post(alice), await post(alice), await post(carol)]
  for (const postId of ids) await bob.does('savePost', { postId })
  await settle()
  expect(await bob.sees('Post', ids[0] ?? '', 'saveCount viewerHasSaved')).toEqual({
    saveCount: null,
    viewerHasSaved: true,
  })
  expect(await alice.sees('Post', ids[0] ?? '', 'saveCount viewerHasSaved')).toEqual({
    saveCount: 1,
    viewerHasSaved: false,
  })
  const page = 'savedPosts(first: 2) { nodes { id } edges { savedAt } pageInfo { hasNextPage endCursor } }'
  const { savedPosts } = await bob.sees('Viewer', bob.id, page)
  expect(savedPosts.nodes).toEqual([{ id: ids[2] }, { id: ids[1] }])
  expect(savedPosts.pageInfo.hasNextPage).toBe(true)
  const next = `savedPosts(first: 2, after: "${savedPosts.pageInfo.endCursor}") { nodes { id } pageInfo { hasNextPage } }`
  expect((await bob.sees('Viewer', bob.id, next)).savedPosts).toEqual({
    nodes: [{ id: ids[0] }],
    pageInfo: { hasNextPage: false },
  })
  expect(await alice.sees('Viewer', bob.id, 'id')).toBeNull()
  await engagement.blocks(carol, bob)
  expect((await bob.sees('Viewer', bob.id, page)).savedPosts.nodes).toEqual([{ id: ids[1] }, { id: ids[0] }])
})

test('F8: those who like a post are reached below any number of accounts that are gone', async () => {
  const { account, accounts, post, nobody } = engagement
  const id = await post(await account())
  const likers = await accounts(3)
  const gone = Array.from({ length: 4_600 }, () => newId('user'))
  // The newest first: one honest like, those of the accounts that are gone, two more.
  const inOrder = [likers[0]?.id ?? '', ...gone, ...likers.slice(1).map((liker) => liker.id)]
  const now = Date.now()
  const row = (userId: string, i: number): ReactionRow => ({
    _id: reactionId(id, userId),
    ...{ targetId: id, userId, state: 'ON', uncounted: 0, at: new Date(now - i) },
  })
  await db().collection<ReactionRow>('likes').insertMany(inOrder.map(row))
  const page = (after: string | null) =>
    nobody.sees(
      'Post',
      id,
      `likers(first: 2, after: ${JSON.stringify(after)}) { nodes { id } pageInfo { hasNextPage endCursor } }`,
    )
  const found: string[] = []
  let after: string | null = null
  do {
    const { likers: list }: Awaited<ReturnType<typeof page>> = await page(after)
    found.push(...list.nodes.map((node: { id: string }) => node.id))
    after = list.pageInfo.hasNextPage ? list.pageInfo.endCursor : null
  } while (after)
  expect(found).toEqual(likers.map((liker) => liker.id))
})

test('V1, V7: a blocked user cannot react; he is nowhere among the likers', async () => {
  const { account, accounts, post } = engagement
  const [alice, bob] = [await account(), await account()]
  const id = await post(alice)
  await bob.does('likePost', { postId: id })
  const others = await accounts(3)
  for (const other of others) await other.does('likePost', { postId: id })
  await engagement.blocks(others[0] as Asker, bob)
  const list = 'likers(first: 3) { nodes { id } edges { likedAt } pageInfo { hasNextPage } }'
  const { likers } = await (others[0] as Asker).sees('Post', id, list)
  expect(likers.nodes).toEqual([others[2], others[1], others[0]].map((user) => ({ id: user?.id })))
  expect(likers.pageInfo.hasNextPage).toBe(false)

  await engagement.blocks(alice, bob)
  expect(await bob.sees('Post', id, 'likeCount')).toBeNull()
  for (const mutation of ['likePost', 'unlikePost', 'savePost', 'unsavePost']) {
    const { post: none, userErrors } = await bob.does(mutation, { postId: id }, 'post { id }')
    expect({ none, code: userErrors[0].code }).toEqual({ none: null, code: 'NOT_FOUND' })
  }
})

test('postLiked says the count of the moment, and hides a hidden actor', async () => {
  const { account, post } = engagement
  const [alice, bob, carol] = [await account(), await account(), await account()]
  const id = await post(alice)
  await bob.does('likePost', { postId: id })
  const hears = (asker: typeof alice, event: object | null) =>
    asker.asks(
      'subscription ($id: ID!) { postLiked(postId: $id) { cursor liked post { id likeCount } actor { id } } }',
      { id },
      { cursor: event && 'c1', event },
    )
  const event = eventOf('post.liked', { postId: id, userId: bob.id })
  expect((await hears(alice, event)).data.postLiked).toEqual({
    cursor: 'c1',
    liked: true,
    post: { id, likeCount: 1 },
    actor: { id: bob.id },
  })
  expect(await hears(alice, null)).toEqual({ data: { postLiked: null }, codes: [] })
  await engagement.blocks(carol, bob)
  expect((await hears(carol, event)).data.postLiked.actor).toBeNull()
  await engagement.blocks(alice, carol)
  expect((await hears(carol, event)).codes).toEqual(['FORBIDDEN'])
})

test('a page of posts costs two round trips to the database', async () => {
  const { account, post, settle } = engagement
  const [alice, bob] = [await account(), await account()]
  const ids = await Promise.all(Array.from({ length: 20 }, () => post(alice)))
  await bob.does('likePost', { postId: ids[3] })
  await settle()
  await db().command({ profile: 2 })
  const { data } = await bob.asks(
    `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Post {
       likeCount commentCount viewerHasLiked viewerHasSaved previewComments(first: 2) { id } } } }`,
    { r: ids.map((id) => ({ __typename: 'Post', id })) },
  )
  await db().command({ profile: 0 })
  const commands = await db()
    .collection('system.profile')
    .find({ ns: { $not: /profile|outbox|streams/ } })
    .toArray()
  expect(data._entities[3]).toEqual({
    likeCount: 1,
    commentCount: 0,
    viewerHasLiked: true,
    viewerHasSaved: false,
    previewComments: [],
  })
  expect(data._entities).toHaveLength(20)
  expect(commands.map(({ op, command }) => [op, Object.keys(command)[0]])).toEqual([
    ['command', 'aggregate'],
    ['command', 'aggregate'],
  ])
})
