// What becomes of messages: edited, taken back, answered, reacted to; and what they carry.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createMessageMedia } from '#platform/message-media.ts'
import { newId } from '#schema/ids.ts'
import { type RunningMessaging, startMessaging } from './fixtures.ts'

let m: RunningMessaging

beforeAll(async () => {
  m = await startMessaging()
})
afterAll(() => m?.stack.disposeAsync())

const rows = () =>
  m.platform.db('messaging').collection<{ _id: string; sentAt: Date; expiresAt?: Date }>('messages')
/** The changes of one kind that were told of a conversation: receipts may come at any time between others. */
const told = async (id: string, change: string) =>
  (await m.emitted('conversation.changed', id)).filter(({ payload }) => payload.change === change)
const hearChange = `subscription ($conversationId: ID) { conversationChanged(conversationId: $conversationId) {
  change actor { id } conversation { id } message { id text kind } } }`
const hearMessage = 'subscription { messageReceived { message { id text kind replyTo { text } } } }'

test('an edit changes the text for 15 minutes, for its sender alone', async () => {
  const [alice = '', bob = '', eve = ''] = await m.people(3)
  const id = await m.converse(alice, [bob])
  const { message } = await m.send(alice, id, 'helo')
  const messageId = message.id
  const edited = await m.mutate(
    alice,
    'editMessage',
    { messageId, text: 'hello' },
    'message { text editedAt sequence }',
  )
  expect(edited.message).toMatchObject({ text: 'hello', sequence: 1, editedAt: expect.any(String) })
  expect((await m.conversation(bob, id)).lastMessage.text).toBe('hello')
  expect(await m.refusal(bob, 'editMessage', { messageId, text: 'x' })).toBe('FORBIDDEN')
  expect(await m.refusal(eve, 'editMessage', { messageId, text: 'x' })).toBe('NOT_FOUND')
  expect(await m.refusal(alice, 'editMessage', { messageId, text: ' ' })).toBe('INVALID')
  expect(await m.refusal(alice, 'editMessage', { messageId, text: 'x'.repeat(4_001) })).toBe('TOO_LONG')
  await rows().updateOne({ _id: messageId }, { $set: { sentAt: new Date(Date.now() - 16 * 60_000) } })
  expect(await m.refusal(alice, 'editMessage', { messageId, text: 'late' })).toBe('EXPIRED')
  expect(await told(id, 'EDITED')).toHaveLength(1)
})

test('what is taken back is gone for everyone: lists, previews, quotes, replay, the database (D5)', async () => {
  const [alice = '', bob = '', carol = ''] = await m.people(3)
  const id = await m.converse(alice, [bob, carol], 'Three')
  const secret = 'the canary sings'
  const input = { conversationId: id, text: secret, clientMessageId: 'one', idempotencyKey: newId('message') }
  const sent = (await m.mutate(alice, 'sendMessage', input, 'message { id }')).message
  const reply = (await m.send(bob, id, 'what?', { replyToId: sent.id })).message
  expect(reply.replyTo).toEqual({ id: sent.id, text: secret })
  await m.mutate(bob, 'reactToMessage', { messageId: sent.id }, 'message { id }')
  expect((await m.conversation(carol, id)).unreadCount).toBe(2)

  expect(await m.refusal(bob, 'unsendMessage', { messageId: sent.id })).toBe('FORBIDDEN')
  for (let i = 0; i < 2; i++) {
    const { message } = await m.mutate(
      alice,
      'unsendMessage',
      { messageId: sent.id },
      'message { text kind unsentAt }',
    )
    expect(message).toMatchObject({ text: null, kind: 'UNSENT', unsentAt: expect.any(String) })
  }
  for (const userId of [alice, bob, carol]) {
    const seen = await m.conversation(userId, id)
    expect(JSON.stringify(seen)).not.toContain(secret)
    expect(seen.messages.nodes[0]).toMatchObject({ kind: 'UNSENT', sequence: 1, reactions: [] })
    expect(seen.messages.nodes[1]).toMatchObject({ text: 'what?', replyTo: null })
  }
  expect((await m.conversation(carol, id)).unreadCount).toBe(1)
  for (const event of await m.emitted('message.sent', id)) {
    expect(JSON.stringify(await m.hear(carol, hearMessage, event))).not.toContain(secret)
  }
  // The same call again sends nothing and brings nothing back.
  const again = (await m.mutate(alice, 'sendMessage', input, 'message { id text }')).message
  expect(again).toEqual({ id: sent.id, text: null })
  for (const { name } of await m.platform.db('messaging').listCollections().toArray()) {
    const kept = await m.platform.db('messaging').collection(name).find().toArray()
    expect(JSON.stringify(kept), name).not.toContain(secret)
  }
  for (const name of ['editMessage', 'reactToMessage']) {
    expect(await m.refusal(alice, name, { messageId: sent.id, text: 'x' })).not.toBeNull()
  }
  expect(await m.refusal(bob, 'reactToMessage', { messageId: sent.id })).toBe('NOT_FOUND')
})

test('unread counts stay exact when something is taken back or read meanwhile (D3)', async () => {
  const [alice = '', bob = ''] = await m.people(2)
  const id = await m.converse(alice, [bob])
  const sent: string[] = []
  for (let i = 0; i < 8; i++) sent.push((await m.send(alice, id, `${i}`)).message.id)
  const read = (messageId?: string) =>
    m.mutate(bob, 'markConversationRead', { conversationId: id, messageId }, 'conversation { unreadCount }')
  const unsend = (i: number) => m.mutate(alice, 'unsendMessage', { messageId: sent[i] }, 'message { id }')
  await Promise.all([unsend(0), unsend(4), unsend(6), read(sent[2]), unsend(4), m.send(alice, id, 'more')])
  // 3, 5, 7 and the one more.
  expect((await m.conversation(bob, id)).unreadCount).toBe(4)
  await read(sent[5])
  expect((await m.conversation(bob, id)).unreadCount).toBe(2)
  await read()
  expect((await m.conversation(bob, id)).unreadCount).toBe(0)
  await unsend(7)
  expect((await m.conversation(bob, id)).unreadCount).toBe(0)
})

test('a reaction is one emoji of each, the last one; those of hidden people are not shown', async () => {
  const [alice = '', bob = '', carol = ''] = await m.people(3)
  const id = await m.converse(alice, [bob, carol])
  const { message } = await m.send(alice, id, 'look')
  const react = (userId: string, emoji?: string) =>
    m.mutate(
      userId,
      'reactToMessage',
      { messageId: message.id, emoji },
      'message { reactions { emoji user { id } } }',
    )
  await Promise.all([react(bob, '😂'), react(bob, '😮'), react(carol, '👏'), react(bob, '😂')])
  await react(bob)
  const shown = async (userId: string) => (await m.conversation(userId, id)).messages.nodes[0].reactions
  expect(await shown(alice)).toHaveLength(2)
  expect(await shown(alice)).toContainEqual({ emoji: '❤️', user: { id: bob } })
  for (const emoji of ['', 'x', '❤️❤️', '<3']) {
    expect(await m.refusal(bob, 'reactToMessage', { messageId: message.id, emoji })).toBe('INVALID')
  }
  const before = (await told(id, 'REACTION')).length
  await react(bob, '❤️')
  expect(await told(id, 'REACTION')).toHaveLength(before)
  await m.block(alice, carol)
  expect(await shown(alice)).toEqual([{ emoji: '❤️', user: { id: bob } }])
  await m.mutate(bob, 'removeMessageReaction', { messageId: message.id }, 'message { id }')
  expect(await shown(alice)).toEqual([])
  // V7: the blocked one cannot react to what is hidden from him.
  expect(await m.refusal(carol, 'reactToMessage', { messageId: message.id })).toBe('NOT_FOUND')
})

test('changes are heard by members alone, and not those of hidden people (D1, V1)', async () => {
  const [alice = '', bob = '', carol = '', eve = ''] = await m.people(4)
  const id = await m.converse(alice, [bob, carol])
  const { message } = await m.send(alice, id, 'first')
  await m.mutate(alice, 'editMessage', { messageId: message.id, text: 'second' }, 'message { id }')
  const [event] = await m.emitted('conversation.changed', id)
  if (!event) throw new Error('no event')
  expect(event.payload.memberIds).toEqual(expect.arrayContaining([alice, bob, carol]))
  expect((await m.hear(bob, hearChange, event)).data.conversationChanged).toEqual({
    change: 'EDITED',
    actor: { id: alice },
    conversation: { id },
    message: { id: message.id, text: 'second', kind: 'TEXT' },
  })
  expect((await m.hear(eve, hearChange, event)).data.conversationChanged).toBeNull()
  expect((await m.hear(eve, hearChange, event, { conversationId: id })).codes).toEqual(['FORBIDDEN'])
  expect((await m.hear(null, hearChange, event)).codes).toEqual(['UNAUTHENTICATED'])
  await m.block(carol, alice)
  expect((await m.hear(carol, hearChange, event)).data.conversationChanged).toBeNull()
})

test('replies and media: what is not there for the sender cannot be used', async () => {
  const [alice = '', bob = '', carol = ''] = await m.people(3)
  const [id, elsewhere] = [await m.converse(alice, [bob]), await m.converse(alice, [carol])]
  const { message } = await m.send(alice, id, 'here')
  const foreign = (await m.send(carol, elsewhere, 'there')).message
  const sending = (input: object) => ({ conversationId: id, clientMessageId: newId('message'), ...input })
  for (const replyToId of [foreign.id, newId('message'), 'message_1', '']) {
    expect(await m.refusal(bob, 'sendMessage', sending({ text: 'x', replyToId })), replyToId).toBe(
      'NOT_FOUND',
    )
  }
  expect((await m.send(bob, id, 'reply', { replyToId: message.id })).message.replyTo.id).toBe(message.id)

  const photo = await m.media(alice)
  const sent = (await m.send(alice, id, null, { mediaId: photo })).message
  expect(sent).toMatchObject({ kind: 'MEDIA', text: null, media: { id: photo } })
  expect((await m.conversation(bob, id)).messages.nodes.at(-1)).toMatchObject({ media: { id: photo } })
  expect(await m.refusal(bob, 'sendMessage', sending({ mediaId: photo }))).toBe('NOT_FOUND')
  expect(await m.refusal(alice, 'sendMessage', sending({ mediaId: newId('media') }))).toBe('NOT_FOUND')
  for (const status of ['PENDING', 'FAILED']) {
    const mediaId = await m.media(alice, status)
    expect(await m.refusal(alice, 'sendMessage', sending({ mediaId })), status).toBe('CONFLICT')
  }
  const film = await m.media(alice, 'PROCESSING', 'VIDEO')
  expect(await m.refusal(alice, 'sendMessage', sending({ mediaId: film }))).toBeNull()
  const voice = await m.media(alice, 'READY', 'AUDIO')
  await m.send(alice, id, null, { mediaId: voice })
  const heard = (await m.conversation(bob, id)).messages.nodes.at(-1)
  expect(heard).toMatchObject({ kind: 'MEDIA', text: null, media: { id: voice }, sender: { id: alice } })
})

test('media are for those to whom they were sent, as long as the message is there (D1, D5)', async () => {
  const [alice = '', bob = '', carol = '', dave = ''] = await m.people(4)
  const id = await m.converse(alice, [bob, carol])
  const photo = await m.media(alice)
  const { message } = await m.send(alice, id, null, { mediaId: photo })
  await m.mutate(alice, 'addMembers', { conversationId: id, memberIds: [dave] }, 'conversation { id }')
  const sent = createMessageMedia(m.platform.mongo, m.platform.config.namespace)
  const seenBy = async () => {
    const people = [bob, carol, dave, await m.account()]
    const sets = await Promise.all(
      people.map((userId) => sent.sentTo(userId, [photo, newId('media')], new Date())),
    )
    return sets.map((set) => set.has(photo))
  }
  expect(await seenBy()).toEqual([true, true, false, false])
  await m.mutate(carol, 'leaveConversation', { conversationId: id }, 'conversation { id }')
  expect(await seenBy()).toEqual([true, false, false, false])
  await rows().updateOne({ _id: message.id }, { $set: { expiresAt: new Date() } })
  expect(await seenBy()).toEqual([false, false, false, false])
  await rows().updateOne({ _id: message.id }, { $unset: { expiresAt: '' } })
  await m.mutate(alice, 'unsendMessage', { messageId: message.id }, 'message { id }')
  expect(await seenBy()).toEqual([false, false, false, false])
})
