import { afterAll, beforeAll, expect, test } from 'vitest'
import { reconcile } from './domain/counters.ts'
import { type RunningEngagement, startEngagement } from './fixtures.ts'
import type { ReactionRow } from './model.ts'

let engagement: RunningEngagement
beforeAll(async () => {
  engagement = await startEngagement()
})
afterAll(() => engagement.stack.disposeAsync())

const db = () => engagement.platform.db('engagement')
const stored = async (id: string) => db().collection<{ _id: string }>('postCounters').findOne({ _id: id })

test('a like ends a dislike, a dislike a like; counts and notifications follow', async () => {
  const { account, post, settle, nobody } = engagement
  const [alice, bob] = [await account(), await account()]
  const id = await post(alice)
  const fields = 'post { likeCount dislikeCount viewerHasLiked viewerHasDisliked }'
  const stance = (likeCount: number, dislikeCount: number) => ({
    post: { likeCount, dislikeCount, viewerHasLiked: likeCount === 1, viewerHasDisliked: dislikeCount === 1 },
    userErrors: [],
  })
  for (const waits of [false, true]) {
    for (const [mutation, likes, dislikes] of [
      ...([
        ['dislikePost', 0, 1],
        ['dislikePost', 0, 1],
        ['likePost', 1, 0],
      ] as const),
      ...([
        ['undislikePost', 1, 0],
        ['dislikePost', 0, 1],
        ['unlikePost', 0, 1],
        ['undislikePost', 0, 0],
      ] as const),
    ]) {
      expect(await bob.does(mutation, { postId: id }, fields)).toEqual(stance(likes, dislikes))
      if (waits) await settle()
    }
  }
  expect(await stored(id)).toMatchObject({ likes: 0, dislikes: 0 })
  await bob.does('likePost', { postId: id })
  await bob.does('dislikePost', { postId: id })
  await settle()
  expect(await nobody.sees('Post', id, 'likeCount dislikeCount viewerHasDisliked')).toEqual({
    ...{ likeCount: 0, dislikeCount: 1, viewerHasDisliked: null },
  })
  expect(await alice.sees('Viewer', alice.id, 'unreadNotificationCount')).toEqual({
    unreadNotificationCount: 0,
  })
  await engagement.blocks(alice, bob)
  const refused = await bob.does('dislikePost', { postId: id })
  expect(refused.userErrors).toEqual([{ code: 'NOT_FOUND', field: ['input', 'postId'] }])
})

test('C3: nobody likes and dislikes at once, however he storms', async () => {
  const { account, accounts, post, settle, store, platform } = engagement
  const id = await post(await account())
  const users = await accounts(4)
  const mutations = ['likePost', 'dislikePost', 'unlikePost', 'undislikePost', 'likePost', 'dislikePost']
  const both = () =>
    Promise.all(
      ['likes', 'dislikes'].map(async (kind) => {
        const rows = await db().collection<ReactionRow>(kind).find({ targetId: id, state: 'ON' }).toArray()
        return rows.map((row) => row.userId)
      }),
    )
  for (let turn = 0; turn < 6; turn++) {
    await Promise.all(
      users.flatMap((user) =>
        mutations.slice(turn % 2 ? 0 : 4).map((name) => user.does(name, { postId: id })),
      ),
    )
    const [likers = [], dislikers = []] = await both()
    expect(likers.filter((userId) => dislikers.includes(userId))).toEqual([])
    if (turn > 0) continue
    // From nothing, one of the two is there.
    expect(likers.length + dislikers.length).toBe(users.length)
    await Promise.all(
      users.flatMap((user) => ['unlikePost', 'undislikePost'].map((name) => user.does(name, { postId: id }))),
    )
  }
  await settle()
  const [likers = [], dislikers = []] = await both()
  // A count that never was another than none is not written.
  const none = { likes: 0, dislikes: 0 }
  expect({ ...none, ...(await stored(id)) }).toMatchObject({
    likes: likers.length,
    dislikes: dislikers.length,
  })
  const deps = { store, transact: platform.transact('engagement'), now: () => new Date() }
  expect(await reconcile(deps, 'post', id)).toEqual([])
})
