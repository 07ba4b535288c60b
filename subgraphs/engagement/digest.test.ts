import { afterAll, beforeAll, expect, test } from 'vitest'
import type { StoryFactsRow } from '#platform/stories.ts'
import { storyRow } from '../../tests/rows.ts'
import { sendDueDigests } from './domain/digest.ts'
import { type Asker, eventOf, type RunningEngagement, startEngagement } from './fixtures.ts'

let engagement: RunningEngagement
beforeAll(async () => {
  engagement = await startEngagement()
})
afterAll(() => engagement.stack.disposeAsync())

const outbox = (userId: string) =>
  engagement.platform
    .db('engagement')
    .collection('outbox')
    .find({ name: 'digest.due', 'payload.userId': userId })
    .sort({ _id: 1 })
    .toArray()
const run = (at: Date) => {
  const { platform, store } = engagement
  return sendDueDigests({
    store,
    transact: platform.transact('engagement'),
    facts: platform.facts,
    now: () => at,
  })
}
const wants = (who: Asker, input: Record<string, unknown>) =>
  who.does('updateNotificationSettings', input, 'viewer { id }')
const days = (n: number) => new Date(Date.now() + n * 86_400_000)

test('a digest goes once per period, however many processes try, and tells what was not read (N6)', async () => {
  const { account, post, settle, blocks } = engagement
  const [alice, bob, carol] = [await account(), await account(), await account()]
  await wants(alice, { digest: 'DAILY', kinds: [{ kind: 'COMMENT', channels: ['IN_APP', 'PUSH'] }] })
  const [one, other] = [await post(alice), await post(alice)]
  await bob.does('likePost', { postId: one })
  await bob.does('likePost', { postId: other })
  await bob.does('createComment', { postId: one, text: 'hello' })
  await carol.does('likePost', { postId: await post(alice) })
  await settle()
  await blocks(alice, carol)
  await run(new Date())
  expect(await outbox(alice.id)).toEqual([])

  await Promise.all(Array.from({ length: 5 }, () => run(days(1.5))))
  // The comment is wanted elsewhere, and the blocked one's like is told to nobody.
  expect((await outbox(alice.id)).map(({ payload }) => payload.counts)).toEqual([
    [{ kind: 'POST_LIKE', count: 2 }],
  ])

  await run(days(2.5))
  expect(await outbox(alice.id)).toHaveLength(1)
  await bob.does('likePost', { postId: await post(alice) })
  await settle()
  const row = await engagement.store.findSettings(alice.id)
  // What came meanwhile is newer than the digest, whose clock was ahead.
  await engagement.platform
    .db('engagement')
    .collection<{ _id: string }>('notificationSettings')
    .updateOne({ _id: row?._id ?? '' }, { $set: { digestedAt: new Date(Date.now() - 60_000) } })
  await Promise.all([run(days(3.5)), run(days(3.5))])
  expect(await outbox(alice.id)).toHaveLength(2)
})

test('who turns it off gets no more', async () => {
  const { account, post, settle } = engagement
  const [alice, bob] = [await account(), await account()]
  await wants(alice, { digest: 'WEEKLY' })
  await bob.does('likePost', { postId: await post(alice) })
  await settle()
  await wants(alice, { digest: 'OFF' })
  await run(days(9))
  expect(await outbox(alice.id)).toEqual([])
})

test('a digest and a copy of one’s data tell what the list does: nothing of a story, a comment or people that are hidden (V17, N4, A9)', async () => {
  const { account, post, settle, consumers, platform, copyOf, blocks } = engagement
  const [alice, bob, carol] = [await account(), await account(), await account()]
  await wants(alice, { digest: 'DAILY' })
  const listed = async () =>
    (await alice.sees('Viewer', alice.id, 'notifications(first: 50) { nodes { kind actorCount } }'))
      .notifications.nodes
  const copied = () => copyOf(alice, 'notifications')

  const row = storyRow({ authorId: bob.id, audience: 'CLOSE_FRIENDS' })
  await platform.db('content').collection<StoryFactsRow>('stories').insertOne(row)
  const named = { storyId: row._id, authorId: bob.id, userId: alice.id }
  await consumers['engagement.notifications']['story.mentioned']([eventOf('story.mentioned', named)])
  const [own, bobs] = [await post(alice), await post(bob)]
  const writes = async (who: Asker, text: string, parentId?: string) =>
    (await who.does('createComment', { postId: bobs, text, parentId }, 'comment { id }')).comment.id
  const reply = await writes(carol, 'a reply', await writes(alice, 'a comment'))
  for (const who of [bob, carol]) await who.does('likePost', { postId: own })
  await settle()
  await bob.does('hideComment', { commentId: reply })
  expect(await copied()).toMatchObject([{ kind: 'POST_LIKE', actorCount: 2 }])
  await blocks(carol, alice)
  const like = { kind: 'POST_LIKE', actorCount: 1 }
  expect(await listed()).toEqual([like])
  expect(await copied()).toMatchObject([like])
  expect(JSON.stringify(await copied())).not.toContain(carol.id)
  await run(new Date())
  await run(days(1.5))
  expect((await outbox(alice.id)).map(({ payload }) => payload.counts)).toEqual([
    [{ kind: 'POST_LIKE', count: 1 }],
  ])
})
