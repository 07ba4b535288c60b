import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import { type Asker, type RunningEngagement, startEngagement } from './fixtures.ts'

let engagement: RunningEngagement
beforeAll(async () => {
  engagement = await startEngagement()
})
afterAll(() => engagement.stack.disposeAsync())

/** Gives an account a username, and whom it lets mention it. */
async function called(who: Asker, username: string, change: Partial<AccountRow> = {}): Promise<Asker> {
  const { platform } = engagement
  const users = platform.db('user').collection<AccountRow>('users')
  await platform.facts.accounts.changing([who.id], () =>
    users.updateOne({ _id: who.id }, { $set: { username, ...change }, $inc: { version: 1 } }),
  )
  return who
}
const writes = async (who: Asker, postId: string, text: string) =>
  (await who.does('createComment', { postId, text }, 'comment { id }')).comment.id as string
const entities = async (who: Asker, id: string) =>
  (await who.sees('Comment', id, 'textEntities { kind start length user { id } hashtag { id } url }'))
    .textEntities
const told = async (who: Asker) => {
  await engagement.settle()
  const { notifications } = await who.sees(
    'Viewer',
    who.id,
    'notifications(first: 20) { nodes { kind subject { id } } }',
  )
  return notifications.nodes.map((node: { kind: string; subject: { id: string } }) => [
    node.kind,
    node.subject?.id,
  ])
}

test('a comment names people, hashtags and addresses; who may not be mentioned stays plain text (V7)', async () => {
  const { account, post, blocks } = engagement
  const [alice, bob, carol, dave] = [await account(), await account(), await account(), await account()]
  await called(bob, 'bob')
  await called(carol, 'carol', { mentionPolicy: 'NOBODY' })
  await called(dave, 'dave')
  await blocks(dave, alice)
  const id = await writes(alice, await post(alice), '@bob @carol @dave @nobody #Sun https://example.org/x')
  expect(await entities(alice, id)).toEqual([
    { kind: 'MENTION', start: 0, length: 4, user: { id: bob.id }, hashtag: null, url: null },
    { kind: 'HASHTAG', start: 26, length: 4, user: null, hashtag: null, url: null },
    { kind: 'URL', start: 31, length: 21, user: null, hashtag: null, url: 'https://example.org/x' },
  ])
  expect(await told(bob)).toEqual([['MENTION', id]])
  expect([await told(carol), await told(dave)]).toEqual([[], []])
  // Whom a reader may not see is no link for him.
  await blocks(bob, carol)
  expect((await entities(carol, id)).map((entity: { kind: string }) => entity.kind)).toEqual([
    'HASHTAG',
    'URL',
  ])
})

test('an edit tells new mentions only (K4), and a mention of who is told anyway is told once', async () => {
  const { account, post } = engagement
  const [alice, erin, frank] = [await account(), await account(), await account()]
  await called(alice, 'alice')
  await called(erin, 'erin')
  await called(frank, 'frank')
  const id = await writes(erin, await post(alice), '@alice look')
  expect(await told(alice)).toEqual([['COMMENT', id]])
  const edits = (text: string) => erin.does('updateComment', { commentId: id, text }, 'comment { id }')
  await edits('@alice and @frank look')
  await edits('@frank and @alice, look!')
  expect(await told(frank)).toEqual([['MENTION', id]])
  const outbox = engagement.platform.db('engagement').collection('outbox')
  expect(await outbox.countDocuments({ name: 'comment.mentioned', 'payload.commentId': id })).toBe(2)
  // A mention that is taken out takes its notification along.
  await edits('@alice, look!')
  expect(await told(frank)).toEqual([])
  await edits('@alice and @frank, look!')
  expect(await told(frank)).toEqual([['MENTION', id]])
  await erin.does('deleteComment', { commentId: id }, 'comment { id }')
  expect(await told(frank)).toEqual([])
})

test.each([
  ['#Größe', ['HASHTAG'], 'accents'],
  ['来看 #旅行，好', ['HASHTAG'], 'Chinese, up to its punctuation'],
  ['🌞#sun🌞', ['HASHTAG'], 'emoji around'],
  ['write to bob@example.org', [], 'an address of mail, which mentions nobody'],
  ['(#one) #two!', ['HASHTAG', 'HASHTAG'], 'punctuation around'],
])('a comment “%s” has entities %j: %s (K5)', async (text, types) => {
  const { account, post } = engagement
  const alice = await account()
  const postId = await post(alice)
  const fields = 'comment { text textEntities { kind } }'
  const { comment } = await alice.does('createComment', { postId, text }, fields)
  const found = comment.textEntities.map((one: { kind: string }) => one.kind)
  expect([comment.text, found]).toEqual([text, types])
})
