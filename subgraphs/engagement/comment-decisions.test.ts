import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Asker, eventOf, type RunningEngagement, startEngagement } from './fixtures.ts'

let engagement: RunningEngagement
beforeAll(async () => {
  engagement = await startEngagement()
})
afterAll(() => engagement.stack.disposeAsync())

const writes = async (who: Asker, postId: string): Promise<string> =>
  (await who.does('createComment', { postId, text: 'hello' }, 'comment { id }')).comment.id
const isSeen = async (who: Asker, postId: string, id: string) =>
  (await who.sees('Post', postId, 'comments(first: 50) { nodes { id } }')).comments.nodes.some(
    (comment: { id: string }) => comment.id === id,
  )
const decided = (commentId: string, removed: boolean) => eventOf('comment.decided', { commentId, removed })

test('a comment that moderators took down is not shown again by the post’s author, and comes back as he had left it', async () => {
  const { account, post, consumers } = engagement
  const [alice, bob, carol] = [await account(), await account(), await account()]
  const postId = await post(alice)
  const [shown, hidden] = [await writes(bob, postId), await writes(bob, postId)]
  await alice.does('hideComment', { commentId: hidden, hidden: true })
  const follow = consumers['engagement.moderation']['comment.decided']
  const down = [decided(shown, true), decided(hidden, true)]
  await follow(down)
  expect(await isSeen(carol, postId, shown)).toBe(false)
  const { userErrors } = await alice.does('hideComment', { commentId: shown, hidden: false })
  expect(userErrors).toMatchObject([{ code: 'BLOCKED_BY_POLICY' }])
  await follow([decided(shown, false), decided(hidden, false)])
  // Delivered again, the old decisions do nothing (C10).
  await follow(down)
  expect(await isSeen(carol, postId, shown)).toBe(true)
  expect(await isSeen(carol, postId, hidden)).toBe(false)
  await alice.does('hideComment', { commentId: hidden, hidden: false })
  expect(await isSeen(carol, postId, hidden)).toBe(true)
})
