import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Asker, eventOf, type RunningEngagement, startEngagement } from './fixtures.ts'

let engagement: RunningEngagement
beforeAll(async () => {
  engagement = await startEngagement()
})
afterAll(() => engagement.stack.disposeAsync())

async function writes(who: Asker, postId: string, text: string, parentId?: string): Promise<string> {
  const payload = await who.does('createComment', { postId, text, parentId }, 'comment { id }')
  if (payload.userErrors.length > 0) throw new Error(payload.userErrors[0].code)
  return payload.comment.id
}

const counts = async (who: Asker, postId: string): Promise<number> =>
  (await who.sees('Post', postId, 'commentCount')).commentCount
const replyCounts = async (who: Asker, id: string): Promise<number> =>
  (await who.sees('Comment', id, 'replyCount')).replyCount
const told = async (who: Asker) =>
  (
    await who.sees('Viewer', who.id, 'notifications(first: 50) { nodes { kind subject { id } } }')
  ).notifications.nodes.map(({ kind }: { kind: string }) => kind)

/** What the graph's event has Engagement do. */
async function restricts(who: Asker, other: Asker, on: boolean): Promise<void> {
  await engagement.relates(who, other, { restrictsAt: on ? new Date() : null })
  await engagement.consumers['engagement.counters']['relation.changed']([
    eventOf('relation.changed', { userId: who.id, otherId: other.id }),
  ])
}

test('a restricted person’s comments are counted for himself and the author of the post alone (V10)', async () => {
  const { account, post, nobody, settle } = engagement
  const [alice, bob, carol] = [await account(), await account(), await account()]
  const [postId, other] = [await post(alice), await post(carol)]
  const root = await writes(carol, postId, 'root')
  await writes(bob, postId, 'before')
  await writes(bob, other, 'elsewhere')
  expect(await counts(nobody, postId)).toBe(2)
  await settle()

  await restricts(alice, bob, true)
  await writes(bob, postId, 'after')
  await writes(bob, postId, 'a reply', root)
  const everyone = async () => ({
    posts: await Promise.all([alice, bob, carol, nobody].map((who) => counts(who, postId))),
    replies: await Promise.all([alice, bob, carol, nobody].map((who) => replyCounts(who, root))),
    elsewhere: await counts(nobody, other),
  })
  const withheld = { posts: [4, 4, 1, 1], replies: [1, 1, 0, 0], elsewhere: 1 }
  expect(await everyone()).toEqual(withheld)
  await settle()
  expect(await everyone()).toEqual(withheld)
  // Who would not find it is not told of it either.
  expect(await told(carol)).toEqual(['COMMENT'])
  expect(await told(alice)).toEqual(['COMMENT', 'COMMENT'])

  await restricts(alice, bob, false)
  expect(await everyone()).toEqual({ posts: [4, 4, 4, 4], replies: [1, 1, 1, 1], elsewhere: 1 })
})

test('a comment that was written while its writer was being restricted is found by the fold (V10)', async () => {
  const { account, post, nobody, settle, platform } = engagement
  const [alice, bob] = [await account(), await account()]
  const postId = await post(alice)
  const id = await writes(bob, postId, 'racing')
  // The restriction was heard of before the comment was there.
  await engagement.relates(alice, bob, { restrictsAt: new Date() })
  await engagement.consumers['engagement.counters']['comment.created']([
    eventOf('comment.created', { commentId: id, postId, authorId: bob.id, parentId: null }),
  ])
  expect(await counts(nobody, postId)).toBe(0)
  await settle()
  const row = await platform.db('engagement').collection<{ _id: string }>('comments').findOne({ _id: id })
  expect(row).toMatchObject({ uncounted: 0, withheld: ['RESTRICTED'] })

  await bob.does('deleteComment', { commentId: id })
  await settle()
  expect(await Promise.all([counts(alice, postId), counts(nobody, postId)])).toEqual([0, 0])
})

test('a comment that says a filtered word is seen by its writer and the author of the post alone', async () => {
  const { account, post, nobody, settle } = engagement
  const [alice, bob, carol] = [await account(), await account(), await account()]
  const postId = await post(alice)
  const words = ['Spoiler', 'spoiler', 'the end']
  expect(await alice.does('updateCommentFilters', { words }, 'viewer { commentFilters }')).toEqual({
    viewer: { commentFilters: ['spoiler', 'the end'] },
    userErrors: [],
  })
  const root = await writes(carol, postId, 'nice')
  const filtered = await writes(bob, postId, 'SPOILER: he lives', root)
  await writes(alice, postId, 'no spoiler of mine is held back')
  await settle()
  const seen = async (who: Asker) => (await who.sees('Comment', filtered, 'id isHidden')) !== null
  expect(await Promise.all([alice, bob, carol, nobody].map(seen))).toEqual([true, true, false, false])
  expect(await Promise.all([alice, bob, carol, nobody].map((who) => counts(who, postId)))).toEqual([
    3, 3, 2, 2,
  ])
  expect(await told(carol)).toEqual([])
  expect(await told(alice)).toEqual(['COMMENT'])

  // Its writer thinks better of it, then worse; the author lets it pass.
  await bob.does('updateComment', { commentId: filtered, text: 'he lives' })
  expect(await seen(carol)).toBe(true)
  await bob.does('updateComment', { commentId: filtered, text: 'in The End he lives' })
  expect(await seen(carol)).toBe(false)
  expect((await alice.sees('Comment', filtered, 'isHidden')).isHidden).toBe(true)
  await alice.does('hideComment', { commentId: filtered, hidden: false })
  expect(await seen(carol)).toBe(true)
  expect(await counts(nobody, postId)).toBe(3)
})

test.each([
  ['too many', Array.from({ length: 201 }, (_, n) => `w${n}`), 'TOO_MANY'],
  ['an empty word', [' '], 'INVALID'],
  ['a long word', ['x'.repeat(51)], 'TOO_LONG'],
])('filters with %s are refused', async (_what, words, code) => {
  const alice = await engagement.account()
  expect((await alice.does('updateCommentFilters', { words })).userErrors).toEqual([
    { code, field: ['input', 'words'] },
  ])
})
