// Previews of comments, which the counters of a post name, against brute force over the rows.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRandom } from '#platform/random.ts'
import { reconcile } from './domain/counters.ts'
import { type Asker, type RunningEngagement, startEngagement } from './fixtures.ts'
import { type CommentRow, type CounterRow, newestKept } from './model.ts'

let engagement: RunningEngagement
beforeAll(async () => {
  engagement = await startEngagement()
})
afterAll(() => engagement.stack.disposeAsync())

const db = () => engagement.platform.db('engagement')
const counters = () => db().collection<CounterRow>('postCounters')
const writes = async (who: Asker, postId: string, parentId?: string): Promise<string> =>
  (await who.does('createComment', { postId, parentId, text: 'hi' }, 'comment { id }')).comment.id
const removes = (who: Asker, commentId: string) => who.does('deleteComment', { commentId })
const previewOf = async (who: Asker, postId: string, first: number): Promise<string[]> =>
  (await who.sees('Post', postId, `previewComments(first: ${first}) { id }`)).previewComments.map(
    ({ id }: { id: string }) => id,
  )
const newestOf = async (postId: string, first: number): Promise<string[]> => {
  const rows = await db()
    .collection<CommentRow>('comments')
    .find({ postId, parentId: null, deletedAt: null })
    .sort({ _id: -1 })
    .limit(first)
    .toArray()
  return rows.map((row) => row._id).reverse()
}

test('the newest comments are there at every moment: before they are counted, afterwards, and when some are gone', async () => {
  const { account, post, settle } = engagement
  const random = createRandom(9)
  const below = (count: number) => Math.floor(random() * count)
  const alice = await account()
  const posts = await Promise.all(Array.from({ length: 4 }, () => post(alice)))
  const alive = new Map(posts.map((id) => [id, [] as string[]]))
  for (let step = 0; step < 90; step++) {
    const postId = posts[below(posts.length)] as string
    const ids = alive.get(postId) ?? []
    const choice = below(10)
    if (choice < 6 || ids.length === 0) ids.push(await writes(alice, postId))
    else if (choice < 7) await writes(alice, postId, ids[below(ids.length)])
    // The last ones go more often: it is them that previews show.
    else for (const id of ids.splice(-1 - below(3))) await removes(alice, id)
    if (below(5) === 0) await settle()
    const first = 1 + below(5)
    expect(await previewOf(alice, postId, first)).toEqual(await newestOf(postId, first))
  }
  await settle()
  for (const id of posts) {
    expect(await previewOf(alice, id, 5)).toEqual(await newestOf(id, 5))
    expect((await counters().findOne({ _id: id }))?.newest?.length).toBeLessThanOrEqual(newestKept)
  }
})

test('where counters name no comments yet they are looked up, and named when the counters are compared with the rows', async () => {
  const { account, post, settle, store, platform } = engagement
  const alice = await account()
  const postId = await post(alice)
  for (let i = 0; i < newestKept + 3; i++) await writes(alice, postId)
  await settle()
  const expected = await newestOf(postId, newestKept)
  const named = async () => (await counters().findOne({ _id: postId }))?.newest
  expect(await named()).toEqual(expected.toReversed())
  await counters().updateOne({ _id: postId }, { $unset: { newest: true } })
  expect(await previewOf(alice, postId, 3)).toEqual(expected.slice(-3))
  // What is counted now stands behind others that nobody knows.
  const last = await writes(alice, postId)
  await settle()
  expect(await named()).toBeUndefined()
  expect(await previewOf(alice, postId, 2)).toEqual([expected.at(-1), last])
  const deps = { store, transact: platform.transact('engagement'), now: () => new Date() }
  await reconcile(deps, 'post', postId)
  expect(await named()).toEqual([last, ...expected.toReversed()].slice(0, newestKept))
})
