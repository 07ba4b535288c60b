import { afterAll, beforeAll, expect, test } from 'vitest'
import { sendDueDigests } from './domain/digest.ts'
import { type Asker, type RunningEngagement, startEngagement } from './fixtures.ts'

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
