import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { reconcile } from './domain/counters.ts'
import { type Asker, type RunningEngagement, startEngagement } from './fixtures.ts'
import type { CommentRow } from './model.ts'

let engagement: RunningEngagement
beforeAll(async () => {
  engagement = await startEngagement()
})
afterAll(() => engagement.stack.disposeAsync())

const rows = () => engagement.platform.db('engagement').collection<CommentRow>('comments')

async function writes(who: Asker, postId: string, text: string, parentId?: string): Promise<string> {
  return (await who.does('createComment', { postId, text, parentId }, 'comment { id }')).comment.id
}

async function page(who: Asker, postId: string, options: { first?: number; after?: string; order?: string }) {
  const { first = 50, after = null, order } = options
  const args = `first: ${first}, after: ${JSON.stringify(after)}${order ? `, order: ${order}` : ''}`
  const { comments } = await who.sees(
    'Post',
    postId,
    `comments(${args}) { nodes { id } pageInfo { hasNextPage endCursor } }`,
  )
  return { ids: comments.nodes.map((node: { id: string }) => node.id) as string[], ...comments.pageInfo }
}

/** The ids on all further pages, with something happening before each. */
async function rest(
  who: Asker,
  postId: string,
  from: { endCursor: string },
  meanwhile: () => Promise<unknown>,
) {
  const ids: string[] = []
  for (let at = { ...from, hasNextPage: true }; at.hasNextPage; ) {
    await meanwhile()
    const next = await page(who, postId, { first: 3, after: at.endCursor })
    ids.push(...next.ids)
    at = next
  }
  return ids
}

test('most likes and replies come first, of equals the newest; newest first when asked', async () => {
  const { account, accounts, post, settle } = engagement
  const [alice, ...users] = [await account(), ...(await accounts(3))]
  const postId = await post(alice)
  const [quiet, loved, argued, late] = [
    await writes(alice, postId, 'quiet'),
    await writes(alice, postId, 'loved'),
    await writes(alice, postId, 'argued'),
    await writes(alice, postId, 'late'),
  ]
  for (const user of users) await user.does('likeComment', { commentId: loved })
  const replies = [await writes(alice, postId, 'no', argued), await writes(alice, postId, 'yes', argued)]
  await settle()
  expect((await page(alice, postId, {})).ids).toEqual([loved, argued, late, quiet])
  expect((await page(alice, postId, { order: 'NEWEST' })).ids).toEqual([late, argued, loved, quiet])

  for (const user of users) await user.does('unlikeComment', { commentId: loved })
  await alice.does('deleteComment', { commentId: replies[0] })
  await settle()
  expect((await page(alice, postId, {})).ids).toEqual([argued, late, loved, quiet])
})

test('a like of a comment counts at once, and he who gave it sees that he did', async () => {
  const { account, post, settle, nobody } = engagement
  const [alice, bob, carol] = [await account(), await account(), await account()]
  const commentId = await writes(alice, await post(alice), 'loved')
  const fields = 'comment { likeCount viewerHasLiked }'
  const likes = (who: Asker, deed = 'likeComment') => who.does(deed, { commentId }, fields)
  const seenBy = (who: Asker) => who.sees('Comment', commentId, 'likeCount viewerHasLiked')
  expect((await likes(bob)).comment).toEqual({ likeCount: 1, viewerHasLiked: true })
  expect((await likes(carol)).comment).toEqual({ likeCount: 2, viewerHasLiked: true })
  expect((await likes(bob)).comment).toEqual({ likeCount: 2, viewerHasLiked: true })
  await settle()
  expect(await seenBy(bob)).toEqual({ likeCount: 2, viewerHasLiked: true })
  expect(await seenBy(alice)).toEqual({ likeCount: 2, viewerHasLiked: false })
  expect((await seenBy(nobody)).likeCount).toBe(2)
  expect((await likes(bob, 'unlikeComment')).comment).toEqual({ likeCount: 1, viewerHasLiked: false })
  await settle()
  expect(await seenBy(carol)).toEqual({ likeCount: 1, viewerHasLiked: true })
})

test('pages neither skip nor double while the order changes, comments go and comments come', async () => {
  const { account, accounts, post, settle } = engagement
  const [alice, bob] = [await account(), await account()]
  const fans = await accounts(3)
  const postId = await post(alice)
  const all: string[] = []
  for (let n = 0; n < 12; n++) all.unshift(await writes(alice, postId, `number ${n}`))
  const first = await page(bob, postId, { first: 3 })
  expect(first.ids).toEqual(all.slice(0, 3))
  const gone = all[4] as string
  await alice.does('deleteComment', { commentId: gone })
  let turn = 0
  const seen = await rest(bob, postId, first, async () => {
    // The last rises over all others.
    for (const fan of fans) await fan.does('likeComment', { commentId: all.at(-1 - (turn % 12)) })
    await writes(alice, postId, `late ${turn++}`)
    await settle()
  })
  const old = [...first.ids, ...seen].filter((id) => all.includes(id))
  expect(old).toEqual(all.filter((id) => id !== gone))
  expect(new Set(seen).size).toBe(seen.length)
  expect((await page(bob, postId, {})).ids[0]).not.toBe(all[0])
})

test('after the best 200 come all others, once each, and without the cache too', async () => {
  const { account, post, platform } = engagement
  const alice = await account()
  const postId = await post(alice)
  const at = new Date()
  const ids = Array.from({ length: 205 }, () => newId('comment'))
  const written = { postId, ownerId: alice.id, authorId: alice.id, parentId: null, text: 'x' }
  const row = { ...written, createdAt: at, deletedAt: null }
  await rows().insertMany(ids.map((_id, n) => ({ ...row, _id, score: n === 2 ? 9 : n % 2, uncounted: 0 })))
  const one = await page(alice, postId, { first: 100 })
  expect(one.ids[0]).toBe(ids[2])
  const two = await page(alice, postId, { first: 100, after: one.endCursor })
  const three = await page(alice, postId, { first: 100, after: two.endCursor })
  expect([...one.ids, ...two.ids, ...three.ids].sort()).toEqual(ids)
  expect(three.hasNextPage).toBe(false)

  const { cache, config } = platform
  await cache.del(await cache.keys(`${config.namespace}:comment-head:*`))
  expect((await page(alice, postId, { first: 100, after: one.endCursor })).ids).toEqual(two.ids)
})

test('C9: a corrupted score heals with its counters', async () => {
  const { account, post, settle, store, platform } = engagement
  const alice = await account()
  const postId = await post(alice)
  const commentId = await writes(alice, postId, 'one')
  await writes(alice, postId, 'reply', commentId)
  await alice.does('likeComment', { commentId })
  await settle()
  expect(await rows().findOne({ _id: commentId })).toMatchObject({ score: 2 })
  await rows().updateOne({ _id: commentId }, { $set: { score: -7 } })
  const deps = { store, transact: platform.transact('engagement'), now: () => new Date() }
  await reconcile(deps, 'comment', commentId)
  expect(await rows().findOne({ _id: commentId })).toMatchObject({ score: 2 })
})
