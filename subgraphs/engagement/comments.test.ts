import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { foldComments, reconcile } from './domain/counters.ts'
import { type Asker, eventOf, type RunningEngagement, startEngagement } from './fixtures.ts'
import type { CommentRow } from './model.ts'

let engagement: RunningEngagement
beforeAll(async () => {
  engagement = await startEngagement()
})
afterAll(() => engagement.stack.disposeAsync())

const db = () => engagement.platform.db('engagement')
const rows = () => db().collection<CommentRow>('comments')
const stored = async (id: string) => db().collection<{ _id: string }>('postCounters').findOne({ _id: id })

async function writes(who: Asker, postId: string, text: string, parentId?: string): Promise<string> {
  const payload = await who.does('createComment', { postId, text, parentId }, 'comment { id }')
  if (payload.userErrors.length > 0) throw new Error(payload.userErrors[0].code)
  return payload.comment.id
}

test('a comment is there at once, under its post and in its count', async () => {
  const { account, post, nobody } = engagement
  const [alice, bob] = [await account(), await account()]
  const postId = await post(alice)
  const fields =
    'comment { id text author { id } parent { id } replyCount likeCount post { id } } post { commentCount }'
  const payload = await bob.does('createComment', { postId, text: '  so good 🎉 ' }, fields)
  const { id } = payload.comment
  expect(payload).toEqual({
    comment: {
      ...{ id, text: 'so good 🎉', author: { id: bob.id }, parent: null, replyCount: 0, likeCount: 0 },
      post: { id: postId },
    },
    post: { commentCount: 1 },
    userErrors: [],
  })
  const reply = await writes(alice, postId, 'thanks', id)
  const deeper = await writes(bob, postId, 'welcome', reply)
  const seen = await nobody.sees(
    'Post',
    postId,
    'commentCount comments(first: 5) { nodes { id replyCount viewerHasLiked replies(first: 5) { nodes { id text parent { id } } } } }',
  )
  expect(seen).toEqual({
    commentCount: 3,
    comments: {
      nodes: [
        {
          ...{ id, replyCount: 2, viewerHasLiked: null },
          replies: {
            nodes: [
              { id: reply, text: 'thanks', parent: { id } },
              { id: deeper, text: 'welcome', parent: { id } },
            ],
          },
        },
      ],
    },
  })
})

test.each([
  { text: '', code: 'INVALID', field: 'text' },
  { text: ' \n ', code: 'INVALID', field: 'text' },
  { text: 'x'.repeat(1_001), code: 'TOO_LONG', field: 'text' },
  { text: 'ok', parentId: 'comment_0', code: 'NOT_FOUND', field: 'parentId' },
  { text: 'ok', postId: 'post_0', code: 'NOT_FOUND', field: 'postId' },
])('a comment of $text.length characters is refused with $code', async ({ code, field, ...input }) => {
  const { account, post } = engagement
  const alice = await account()
  const postId = await post(alice)
  const payload = await alice.does('createComment', { postId, ...input }, 'comment { id }')
  expect(payload).toEqual({ comment: null, userErrors: [{ code, field: ['input', field] }] })
  expect(await rows().countDocuments({ postId })).toBe(0)
})

test('a reply stays under the post of its parent; 1,000 characters are allowed', async () => {
  const { account, post } = engagement
  const alice = await account()
  const [one, two] = [await post(alice), await post(alice)]
  const parentId = await writes(alice, one, '🎉'.repeat(1_000))
  const payload = await alice.does('createComment', { postId: two, text: 'x', parentId })
  expect(payload.userErrors[0].code).toBe('NOT_FOUND')
})

test('C4: one idempotency key is one comment, another body is a mismatch', async () => {
  const { account, post } = engagement
  const alice = await account()
  const input = { postId: await post(alice), text: 'once', idempotencyKey: 'k1' }
  const payloads = await Promise.all(
    Array.from({ length: 20 }, () => alice.does('createComment', input, 'comment { id text }')),
  )
  expect(new Set(payloads.map((payload) => payload.comment.id)).size).toBe(1)
  expect(await rows().countDocuments({ postId: input.postId })).toBe(1)
  const other = await alice.does('createComment', { ...input, text: 'twice' })
  expect(other.userErrors[0].code).toBe('IDEMPOTENCY_MISMATCH')
})

test('writer and post author delete a comment; its replies, likes and notifications go with it', async () => {
  const { account, post, settle } = engagement
  const [alice, bob, carol] = [await account(), await account(), await account()]
  const postId = await post(alice)
  const root = await writes(bob, postId, 'root')
  const replies = [await writes(carol, postId, 'one', root), await writes(bob, postId, 'two', root)]
  const kept = await writes(carol, postId, 'kept')
  await alice.does('likeComment', { commentId: replies[0] })
  await settle()
  expect(await stored(postId)).toMatchObject({ comments: 4 })

  const refused = await carol.does('deleteComment', { commentId: root }, 'comment { id }')
  expect(refused).toEqual({
    comment: null,
    userErrors: [{ code: 'FORBIDDEN', field: ['input', 'commentId'] }],
  })
  const fields = 'comment { id text } post { commentCount previewComments { id } }'
  const payload = await alice.does('deleteComment', { commentId: root, idempotencyKey: 'd' }, fields)
  expect(payload).toEqual({
    comment: { id: root, text: 'root' },
    post: { commentCount: 1, previewComments: [{ id: kept }] },
    userErrors: [],
  })
  for (const id of [root, ...replies]) expect(await carol.sees('Comment', id, 'id')).toBeNull()
  const again = await alice.does('deleteComment', { commentId: root })
  expect(again.userErrors[0].code).toBe('NOT_FOUND')
  expect((await carol.does('likeComment', { commentId: replies[1] })).userErrors[0].code).toBe('NOT_FOUND')
  await settle()
  expect(await alice.does('deleteComment', { commentId: root, idempotencyKey: 'd' }, fields)).toEqual(payload)

  expect(await rows().find({ postId }).toArray()).toMatchObject([{ _id: kept }])
  expect(await stored(postId)).toMatchObject({ comments: 1 })
  const left = await Promise.all(
    ['commentCounters', 'commentLikes', 'notifications'].map((name) =>
      db()
        .collection(name)
        .countDocuments({ $or: [{ _id: root as never }, { targetId: replies[0] }, { threadId: root }] }),
    ),
  )
  expect(left).toEqual([0, 0, 0])
  expect(await db().collection('notifications').countDocuments({ postId, subjectId: kept })).toBe(1)
})

test('a reply that raced with the deletion of its thread goes with it', async () => {
  const { account, post, settle, store, platform } = engagement
  const alice = await account()
  const postId = await post(alice)
  const root = await writes(alice, postId, 'root')
  await alice.does('deleteComment', { commentId: root })
  await settle()
  // What a transaction that began before the deletion and committed after it leaves behind.
  const orphan: CommentRow = {
    ...{ _id: newId('comment'), postId, ownerId: alice.id, authorId: alice.id, parentId: root, text: 'late' },
    ...{ createdAt: new Date(), score: 0, deletedAt: null, uncounted: 1 },
  }
  await rows().insertOne(orphan)
  expect(await alice.sees('Comment', orphan._id, 'id')).toBeNull()
  const { facts } = platform
  const deps = { store, facts, transact: platform.transact('engagement'), now: () => new Date() }
  await foldComments(deps, [orphan._id])
  expect(await rows().countDocuments({ postId })).toBe(0)
  expect(await alice.sees('Post', postId, 'commentCount')).toEqual({ commentCount: 0 })
})

test('C3, C10: comments written and deleted in a storm, events replayed: the count equals the rows', async () => {
  const { account, accounts, post, settle, consumers, store, platform } = engagement
  const postId = await post(await account())
  const ids: string[] = []
  await Promise.all(
    (await accounts(6)).map(async (user) => {
      for (let turn = 0; turn < 4; turn++) {
        const root = await writes(user, postId, `root ${turn}`)
        ids.push(root, await writes(user, postId, 'reply', root))
        if (turn % 2 === 0) await user.does('deleteComment', { commentId: root })
      }
    }),
  )
  await settle()
  expect(await rows().countDocuments({ postId })).toBe(24)
  expect(await stored(postId)).toMatchObject({ comments: 24 })
  const dump = () =>
    Promise.all(['comments', 'postCounters'].map((name) => db().collection(name).find().toArray()))
  const before = await dump()
  const events = await db().collection('outbox').find({ 'payload.postId': postId }).toArray()
  for (const { name, payload } of events) {
    const [one, two] = [consumers['engagement.counters'], consumers['engagement.notifications']]
    const event = eventOf(name, payload) as never
    await one[name as 'comment.created']([event])
    await two[name as 'comment.created']([event])
  }
  expect(await dump()).toEqual(before)
  const deps = { store, transact: platform.transact('engagement'), now: () => new Date() }
  expect(await reconcile(deps, 'post', postId)).toEqual([])
})

test('lists are refilled around hidden writers; a hidden comment hides its replies', async () => {
  const { account, accounts, post, nobody } = engagement
  const [alice, troll, ...others] = (await accounts(5)) as [Asker, Asker, Asker, Asker, Asker]
  const viewer = await account()
  const postId = await post(alice)
  const kept: string[] = []
  for (const [n, who] of [troll, ...others, troll, troll].entries()) {
    const id = await writes(who, postId, `comment ${n}`)
    if (who !== troll) kept.unshift(id)
  }
  const bad = await writes(troll, postId, 'bait')
  const reply = await writes(alice, postId, 'do not feed', bad)
  await engagement.blocks(viewer, troll)

  const page = (after: string) =>
    `comments(first: 2, after: ${after}) { nodes { id } pageInfo { hasNextPage hasPreviousPage endCursor } }`
  const one = (await viewer.sees('Post', postId, page('null'))).comments
  expect(one.nodes.map((node: { id: string }) => node.id)).toEqual(kept.slice(0, 2))
  expect(one.pageInfo).toMatchObject({ hasNextPage: true, hasPreviousPage: false })
  const two = (await viewer.sees('Post', postId, page(JSON.stringify(one.pageInfo.endCursor)))).comments
  expect(two.nodes.map((node: { id: string }) => node.id)).toEqual(kept.slice(2))
  expect(two.pageInfo).toMatchObject({ hasNextPage: false, hasPreviousPage: true })
  await expect(nobody.sees('Post', postId, page(JSON.stringify(one.pageInfo.endCursor)))).rejects.toThrow(
    'BAD_CURSOR',
  )

  expect(await viewer.sees('Post', postId, 'previewComments(first: 2) { id }')).toEqual({
    previewComments: kept
      .slice(0, 2)
      .reverse()
      .map((id) => ({ id })),
  })
  expect(await viewer.sees('Comment', bad, 'id')).toBeNull()
  expect(await viewer.sees('Comment', reply, 'id')).toBeNull()
  expect(await nobody.sees('Comment', reply, 'parent { id }')).toEqual({ parent: { id: bad } })
})

test('previews look farther for a post whose newest comments are all hidden', async () => {
  const { account, post } = engagement
  const [alice, troll, viewer] = [await account(), await account(), await account()]
  const postId = await post(alice)
  const first = await writes(alice, postId, 'first')
  for (let n = 0; n < 9; n++) await writes(troll, postId, 'spam')
  await engagement.blocks(viewer, troll)
  expect(await viewer.sees('Post', postId, 'previewComments { id }')).toEqual({
    previewComments: [{ id: first }],
  })
})

test('commentAdded carries the comment, and is silent when its writer is hidden', async () => {
  const { account, post } = engagement
  const [alice, bob, carol] = [await account(), await account(), await account()]
  const postId = await post(alice)
  const commentId = await writes(bob, postId, 'hi')
  const event = eventOf('comment.created', { commentId, postId, authorId: bob.id, parentId: null })
  const hears = async (asker: Asker) =>
    (
      await asker.asks(
        'subscription ($id: ID!) { commentAdded(postId: $id) { cursor comment { id text } } }',
        { id: postId },
        { cursor: 'c1', event },
      )
    ).data.commentAdded
  expect(await hears(alice)).toEqual({ cursor: 'c1', comment: { id: commentId, text: 'hi' } })
  await engagement.blocks(carol, bob)
  expect(await hears(carol)).toBeNull()
})

test.each([0, 101])('a page of %i is refused', async (first) => {
  const { account, post } = engagement
  const alice = await account()
  const postId = await post(alice)
  await expect(alice.sees('Post', postId, `comments(first: ${first}) { nodes { id } }`)).rejects.toThrow(
    'BAD_USER_INPUT',
  )
})
