import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import { newId } from '#schema/ids.ts'
import { type Asker, type RunningEngagement, startEngagement } from './fixtures.ts'

let engagement: RunningEngagement
beforeAll(async () => {
  engagement = await startEngagement()
})
afterAll(() => engagement.stack.disposeAsync())

const figures = async (who: Asker, id: string) =>
  who.sees('Post', id, 'likeCount shareCount viewCount likers(first: 5) { nodes { id } }')

const changes = async (who: Asker, change: Partial<AccountRow>) => {
  const { platform } = engagement
  const users = platform.db('user').collection<AccountRow>('users')
  await platform.facts.accounts.changing([who.id], () =>
    users.updateOne({ _id: who.id }, { $set: change, $inc: { version: 1 } }),
  )
}

test('each share counts, and its row says where the messages go', async () => {
  const { account, post, settle, platform } = engagement
  const [alice, bob] = [await account(), await account()]
  const id = await post(alice)
  const conversationId = newId('conversation')
  const share = () =>
    bob.does(
      'sharePost',
      { postId: id, conversationIds: [conversationId, conversationId], text: ' look ' },
      'post { shareCount }',
    )
  expect(await share()).toEqual({ post: { shareCount: 1 }, userErrors: [] })
  expect(await share()).toEqual({ post: { shareCount: 2 }, userErrors: [] })
  expect(await bob.does('sharePost', { postId: id }, 'post { shareCount }')).toMatchObject({
    post: { shareCount: 3 },
  })
  await settle()
  expect((await figures(alice, id)).shareCount).toBe(3)
  const rows = await platform
    .db('engagement')
    .collection<{ _id: string }>('shares')
    .find()
    .sort({ _id: 1 })
    .toArray()
  expect(await platform.shares.get(rows[0]?._id ?? '')).toEqual({
    _id: rows[0]?._id,
    targetId: id,
    userId: bob.id,
    conversationIds: [conversationId],
    text: 'look',
  })
})

test('a hidden post is not shared, and a wrong input shares nothing (V1)', async () => {
  const { account, post, blocks } = engagement
  const [alice, bob] = [await account(), await account()]
  const id = await post(alice)
  const refused = async (input: object) =>
    (await bob.does('sharePost', { postId: id, ...input }, 'post { id }')).userErrors[0].code
  expect(await refused({ conversationIds: ['nobody'] })).toBe('INVALID')
  expect(await refused({ conversationIds: Array(21).fill(newId('conversation')) })).toBe('TOO_MANY')
  expect(await refused({ text: 'x'.repeat(1001) })).toBe('TOO_LONG')
  await blocks(alice, bob)
  expect(await refused({})).toBe('NOT_FOUND')
  expect((await figures(alice, id)).shareCount).toBe(0)
})

test('into an encrypted conversation nothing is shared, and nothing counts (E1)', async () => {
  const { account, post, platform } = engagement
  const [alice, bob] = [await account(), await account()]
  const id = await post(alice)
  const conversation = async (who: Asker, change: object = {}) => {
    const row = { _id: newId('conversation'), members: [{ userId: who.id, folder: 'PRIMARY' }], ...change }
    await platform.db('messaging').collection<{ _id: string }>('conversations').insertOne(row)
    return row._id
  }
  const [plain, sealed] = [await conversation(bob), await conversation(bob, { epoch: 0 })]
  const foreign = await conversation(alice, { epoch: 0 })
  const share = (conversationIds: string[]) =>
    bob.does('sharePost', { postId: id, conversationIds }, 'post { shareCount }')
  expect(await share([plain, sealed])).toMatchObject({ post: null, userErrors: [{ code: 'INVALID' }] })
  const rows = platform.db('engagement').collection('shares')
  expect(await rows.countDocuments({ targetId: id })).toBe(0)
  // What another's conversation is like, nobody learns this way.
  expect(await share([plain, foreign])).toEqual({ post: { shareCount: 1 }, userErrors: [] })
})

test('of who refuses analytics no look is kept', async () => {
  const { account, post, settle, platform } = engagement
  const [alice, bob] = [await account(), await account()]
  const seen = await post(alice)
  const looks = () =>
    bob.does('recordImpressions', { impressions: [{ subjectId: seen, dwellMs: 1_200 }] }, 'recorded')
  await changes(bob, { refusesAnalytics: true })
  expect(await looks()).toEqual({ recorded: 0, userErrors: [] })
  await settle()
  expect(await figures(alice, seen)).toMatchObject({ viewCount: 0 })
  for (const [collection, filter] of [
    ['views', { userId: bob.id }],
    ['outbox', { 'payload.userId': bob.id }],
  ] as const)
    expect(await platform.db('engagement').collection(collection).countDocuments(filter)).toBe(0)
  await changes(bob, { refusesAnalytics: false })
  expect(await looks()).toEqual({ recorded: 1, userErrors: [] })
})

test('a person views a post once, its author never; what is hidden is left out', async () => {
  const { account, post, settle, blocks } = engagement
  const [alice, bob, carol] = [await account(), await account(), await account()]
  const [seen, glanced, hidden] = [await post(alice), await post(alice), await post(carol)]
  await blocks(carol, bob)
  const report = async (who: Asker) =>
    who.does(
      'recordImpressions',
      {
        impressions: [
          { subjectId: seen, surface: 'HOME', position: 0, dwellMs: 1_200 },
          { subjectId: seen, surface: 'HOME', position: 4, watchedMs: 3_000 },
          { subjectId: glanced, dwellMs: 300, clicked: true },
          { subjectId: hidden, dwellMs: 5_000 },
          { subjectId: alice.id, surface: 'EXPLORE' },
          { subjectId: 'nothing' },
        ],
      },
      'recorded',
    )
  expect(await report(bob)).toEqual({ recorded: 4, userErrors: [] })
  expect(await figures(alice, seen)).toMatchObject({ viewCount: 1 })
  await settle()
  await report(bob)
  await report(alice)
  await settle()
  expect(await figures(carol, seen)).toMatchObject({ viewCount: 1 })
  expect(await figures(carol, glanced)).toMatchObject({ viewCount: 0 })
  const refused = async (impressions: object[]) =>
    (await bob.does('recordImpressions', { impressions }, 'recorded')).userErrors[0]
  expect(await refused(Array(101).fill({ subjectId: seen }))).toMatchObject({ code: 'TOO_MANY' })
  expect(await refused([{ subjectId: seen, dwellMs: -1 }])).toMatchObject({
    code: 'INVALID',
    field: ['input', 'impressions', '0', 'dwellMs'],
  })
})

test('an author hides how many like his post from all others, by post or by account (K3)', async () => {
  const { account, post } = engagement
  const [alice, bob] = [await account(), await account()]
  const [one, other] = [await post(alice, { hidesLikeCount: true }), await post(alice)]
  for (const id of [one, other]) await bob.does('likePost', { postId: id })
  expect(await figures(bob, one)).toMatchObject({ likeCount: null, likers: null })
  expect(await figures(bob, other)).toMatchObject({ likeCount: 1 })
  expect(await figures(alice, one)).toMatchObject({ likeCount: 1, likers: { nodes: [{ id: bob.id }] } })
  await changes(alice, { hidesLikeCounts: true })
  expect(await figures(bob, other)).toMatchObject({ likeCount: null, likers: null })
})

test('an author says who may comment (K1)', async () => {
  const { account, post, relates } = engagement
  const [alice, bob] = [await account(), await account()]
  const [open, closed] = [await post(alice), await post(alice, { commentsDisabled: true })]
  const comments = async (who: Asker, postId: string) =>
    (await who.does('createComment', { postId, text: 'hello' }, 'comment { id }')).userErrors[0]?.code
  expect(await comments(bob, open)).toBeUndefined()
  expect([await comments(bob, closed), await comments(alice, closed)]).toEqual(['FORBIDDEN', 'FORBIDDEN'])
  await changes(alice, { commentPolicy: 'FOLLOWERS' })
  expect(await comments(bob, open)).toBe('FORBIDDEN')
  await relates(bob, alice, { follow: 'FOLLOWING', followAt: new Date() })
  expect(await comments(bob, open)).toBeUndefined()
  await changes(alice, { commentPolicy: 'FOLLOWING' })
  expect(await comments(bob, open)).toBe('FORBIDDEN')
  await relates(bob, alice, { followedBy: 'FOLLOWING', followedByAt: new Date() })
  expect(await comments(bob, open)).toBeUndefined()
  await changes(alice, { commentPolicy: 'NOBODY' })
  expect([await comments(bob, open), await comments(alice, open)]).toEqual(['FORBIDDEN', undefined])
})
