import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PostFactsRow } from '#platform/posts.ts'
import { newId } from '#schema/ids.ts'
import { type Asker, eventOf, type RunningEngagement, startEngagement } from './fixtures.ts'
import { type CommentRow, type ReactionRow, reactionId } from './model.ts'

let engagement: RunningEngagement
beforeAll(async () => {
  engagement = await startEngagement()
})
afterAll(() => engagement.stack.disposeAsync())

const db = () => engagement.platform.db('engagement')

/** How many rows of each collection are about a post or its comments. */
async function left(postId: string, commentIds: string[]): Promise<Record<string, number>> {
  const about = { $in: [postId, ...commentIds] }
  const names = ['likes', 'dislikes', 'saves', 'commentLikes', 'comments']
  const counts: Record<string, number> = {}
  for (const name of [...names, 'pins', 'postCounters', 'commentCounters', 'notifications']) {
    const count = await db()
      .collection(name)
      .countDocuments({ $or: [{ _id: about as never }, { targetId: about }, { postId }] })
    if (count > 0) counts[name] = count
  }
  return counts
}

async function deletes(author: Asker, postId: string): Promise<void> {
  const posts = engagement.platform.db('content').collection<PostFactsRow>('posts')
  await posts.updateOne({ _id: postId }, { $set: { status: 'DELETED' }, $inc: { version: 1 } })
  await engagement.platform.facts.posts.refresh([postId])
  const event = eventOf('post.deleted', { postId, authorId: author.id })
  // Delivered twice, as after a crash.
  for (let turn = 0; turn < 2; turn++) {
    await engagement.consumers['engagement.counters']['post.deleted']([event])
    await engagement.consumers['engagement.notifications']['post.deleted']([event])
  }
}

test('with a post goes all that was said and felt about it, and nothing else', async () => {
  const { account, accounts, post, settle } = engagement
  const [alice, bob, carol] = (await accounts(3)) as [Asker, Asker, Asker]
  const [postId, other] = [await post(alice), await post(await account())]
  const commentIds: string[] = []
  for (const id of [postId, other]) {
    await bob.does('likePost', { postId: id })
    await carol.does('dislikePost', { postId: id })
    await bob.does('savePost', { postId: id })
    const written = await bob.does('createComment', { postId: id, text: 'one' }, 'comment { id }')
    const parentId = written.comment.id
    const reply = await carol.does('createComment', { postId: id, text: 'two', parentId }, 'comment { id }')
    for (const commentId of [parentId, reply.comment.id]) {
      await alice.does('likeComment', { commentId })
      if (id === postId) commentIds.push(commentId)
    }
    await alice.does('pinComment', { commentId: parentId })
  }
  // More than goes in one part.
  const at = new Date()
  const fans = Array.from({ length: 1_001 }, () => newId('user'))
  const comments = fans.map((authorId): CommentRow => {
    const row = { postId, ownerId: alice.id, authorId, parentId: null, text: 'x', createdAt: at, score: 0 }
    return { ...row, deletedAt: null, _id: newId('comment'), uncounted: 0 }
  })
  await db().collection<CommentRow>('comments').insertMany(comments)
  const likes = fans.map((userId): ReactionRow => {
    return { _id: reactionId(postId, userId), targetId: postId, userId, state: 'ON', uncounted: 0, at }
  })
  await db().collection<ReactionRow>('likes').insertMany(likes)
  await settle()
  const before = await left(other, [])
  expect(Object.keys(await left(postId, commentIds)).length).toBeGreaterThan(6)

  // What the counters have not heard of goes as well.
  await carol.does('savePost', { postId })
  await deletes(alice, postId)
  expect(await left(postId, commentIds)).toEqual({})
  expect(await left(other, [])).toEqual(before)
  await settle()
  expect(await left(postId, commentIds)).toEqual({})
})

test('what was on its way when the post was deleted goes too (C7)', async () => {
  const { account, post, settle, consumers } = engagement
  const alice = await account()
  const postId = await post(alice)
  await deletes(alice, postId)
  // What transactions that began before the deletion and committed after it leave behind.
  const userId = alice.id
  const comment: CommentRow = {
    ...{ _id: newId('comment'), postId, ownerId: userId, authorId: userId, parentId: null, text: 'late' },
    ...{ createdAt: new Date(), score: 0, deletedAt: null, uncounted: 1 },
  }
  await db().collection<CommentRow>('comments').insertOne(comment)
  const like = { _id: reactionId(postId, userId), targetId: postId, userId, at: new Date() }
  await db()
    .collection<ReactionRow>('likes')
    .insertOne({ ...like, state: 'ON', uncounted: 1 })
  const handlers = consumers['engagement.counters']
  await handlers['post.liked']([eventOf('post.liked', { postId, userId })])
  const payload = { commentId: comment._id, postId, authorId: userId, parentId: null }
  await handlers['comment.created']([eventOf('comment.created', payload)])
  await settle()
  expect(await left(postId, [comment._id])).toEqual({})
})
