// What comes into conversations from elsewhere: answers to stories, shared posts.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { ShareFactsRow } from '#platform/shares.ts'
import type { StoryFactsRow } from '#platform/stories.ts'
import type { DomainEvent } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import { createConsumers } from './consumers.ts'
import { createServices } from './context.ts'
import { bytes, type RunningMessaging, startMessaging } from './fixtures.ts'

let m: RunningMessaging

beforeAll(async () => {
  m = await startMessaging()
})
afterAll(() => m?.stack.disposeAsync())

const fields = 'message { id kind text story { id } sender { id } }'
const storyOf = async (userId: string, id: string) => {
  const query =
    'query ($id: ID!) { conversation(id: $id) { messages(last: 1) { nodes { text story { id } } } } }'
  return (await m.ask(userId, query, { id })).data.conversation.messages.nodes[0]
}

test('an answer to a story is a message to its author, with the story as long as it is visible (V8)', async () => {
  const [alice = '', bob = ''] = await m.people(2)
  await m.follow(bob, alice)
  await m.follow(alice, bob)
  const storyId = await m.story({ authorId: alice })
  const input = { storyId, text: 'Where is this?', clientMessageId: 'one' }
  const { message } = await m.mutate(bob, 'replyToStory', input, fields)
  expect(message).toMatchObject({ kind: 'STORY_REPLY', text: 'Where is this?', story: { id: storyId } })
  expect((await m.mutate(bob, 'replyToStory', input, fields)).message.id).toBe(message.id)
  const id = await m.converse(alice, [bob])
  expect(await m.folder(alice, 'PRIMARY')).toEqual([id])
  expect((await storyOf(alice, id)).story).toEqual({ id: storyId })
  const rows = m.platform.db('content').collection<StoryFactsRow>('stories')
  await m.platform.facts.stories.changing([storyId], () =>
    rows.updateOne({ _id: storyId }, { $set: { expiresAt: new Date() }, $inc: { version: 1 } }),
  )
  expect(await storyOf(bob, id)).toEqual({ text: 'Where is this?', story: null })
  expect(await m.refusal(bob, 'replyToStory', { storyId, text: 'late' })).toBe('NOT_FOUND')
})

test('only a story that one may see can be answered, and not one’s own', async () => {
  const [alice = '', bob = '', eve = ''] = await m.people(3)
  await m.follow(bob, alice)
  const close = await m.story({ authorId: alice, audience: 'CLOSE_FRIENDS' })
  const open = await m.story({ authorId: alice })
  expect(await m.refusal(bob, 'replyToStory', { storyId: close, text: 'x' })).toBe('NOT_FOUND')
  expect(await m.refusal(alice, 'replyToStory', { storyId: open, text: 'x' })).toBe('FORBIDDEN')
  expect(await m.refusal(bob, 'replyToStory', { storyId: open, text: ' ' })).toBe('INVALID')
  await m.block(alice, eve)
  expect(await m.refusal(eve, 'replyToStory', { storyId: open, text: 'x' })).toBe('NOT_FOUND')
})

test('an answer between two who write encrypted is a ciphertext, and a refused one begins nothing (E1)', async () => {
  const [alice = '', bob = ''] = await m.people(2)
  await m.follow(bob, alice)
  await m.follow(alice, bob)
  for (const userId of [alice, bob]) await m.publish(userId)
  const storyId = await m.story({ authorId: alice })
  const sealed = { storyId, ciphertext: bytes('sealed'), commitment: Buffer.alloc(32, 7).toString('base64') }
  const rows = m.platform.db('messaging').collection('conversations')
  const theirs = { 'members.userId': { $all: [alice, bob] } }
  expect(await m.refusal(bob, 'replyToStory', { storyId, text: 'plain' })).toBe('INVALID')
  expect(await m.refusal(bob, 'replyToStory', sealed)).toBe('CONFLICT')
  expect(await rows.countDocuments(theirs)).toBe(0)

  const id = await m.converse(bob, [alice])
  expect(await m.refusal(bob, 'replyToStory', { storyId, text: 'plain' })).toBe('INVALID')
  expect(await m.refusal(bob, 'replyToStory', { ...sealed, commitment: bytes('short') })).toBe('INVALID')
  expect(await m.refusal(bob, 'replyToStory', { ...sealed, epoch: 3 })).toBe('CONFLICT')
  const said = 'message { kind text ciphertext commitment story { id } }'
  const { message } = await m.mutate(bob, 'replyToStory', { ...sealed, epoch: 0 }, said)
  expect(message).toEqual({
    kind: 'ENCRYPTED',
    text: null,
    ciphertext: sealed.ciphertext,
    commitment: sealed.commitment,
    story: { id: storyId },
  })
  expect(await m.folder(alice, 'PRIMARY')).toEqual([id])
  expect(await rows.countDocuments(theirs)).toBe(1)
})

test('two who answer each other at once, each again and again, begin one conversation (D2)', async () => {
  const people = await m.people(2)
  const [alice = '', bob = ''] = people
  await m.follow(alice, bob)
  await m.follow(bob, alice)
  const processes = [undefined, await m.start()]
  const replies = await Promise.all(
    people.map(async (userId, i) => ({
      userId,
      input: {
        storyId: await m.story({ authorId: i ? alice : bob }),
        text: `by ${i}`,
        clientMessageId: 'one',
      },
    })),
  )
  const answers = await Promise.all(
    processes.flatMap((process) =>
      [...replies, ...replies].map(({ userId, input }) =>
        m.mutate(userId, 'replyToStory', input, fields, process),
      ),
    ),
  )
  expect(new Set(answers.map(({ message }) => message.id)).size).toBe(2)
  const folders = await Promise.all(people.map((userId) => m.folder(userId, 'PRIMARY')))
  expect(folders).toEqual([[expect.any(String)], folders[0]])
  const { messages } = await m.conversation(alice, folders[0]?.[0] ?? '')
  expect(messages.nodes.map(({ sequence }: { sequence: number }) => sequence)).toEqual([1, 2])
})

test('a share is one message in each conversation of the sharer, however often it is told', async () => {
  const [alice = '', bob = '', carol = ''] = await m.people(3)
  const [one, two] = [await m.converse(alice, [bob]), await m.converse(alice, [bob, carol])]
  const foreign = await m.converse(bob, [carol])
  const postId = await m.post({ authorId: carol })
  const share: ShareFactsRow = {
    _id: newId('share'),
    targetId: postId,
    userId: alice,
    conversationIds: [one, foreign, two],
    text: 'look at this',
  }
  await m.platform.db('engagement').collection<ShareFactsRow>('shares').insertOne(share)
  const { 'messaging.shares': handlers } = createConsumers(m.platform, createServices(m.platform))
  const event = { payload: { shareId: share._id, postId, userId: alice } } as DomainEvent<'post.shared'>
  await Promise.all([handlers['post.shared']([event]), handlers['post.shared']([event, event])])
  for (const id of [one, two]) {
    expect((await m.conversation(bob, id)).messages.nodes).toMatchObject([
      { text: 'look at this', sharedPost: { id: postId }, kind: 'SHARED_POST', sender: { id: alice } },
    ])
  }
  expect((await m.conversation(bob, foreign)).messages.nodes).toEqual([])
})
