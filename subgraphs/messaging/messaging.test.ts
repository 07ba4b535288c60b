// Messaging as its schema answers, on real MongoDB, Redis and NATS.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { PostFactsRow } from '#platform/posts.ts'
import type { DomainEvent } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import { type RunningMessaging, startMessaging } from './fixtures.ts'

let messaging: RunningMessaging
let { account, people, follow, block, ask, mutate, converse, send, conversation, folder, emitted, hear } =
  {} as RunningMessaging

beforeAll(async () => {
  messaging = await startMessaging()
  ;({ account, people, follow, block, ask, mutate, converse, send, conversation, folder, emitted, hear } =
    messaging)
})
afterAll(() => messaging?.stack.disposeAsync())

interface Answer {
  // biome-ignore lint/suspicious/noExplicitAny: what a document selects is known by its test alone
  data: any
  codes: unknown[]
}

test('a hundred parallel calls with one clientMessageId send one message (D2)', async () => {
  const [alice = '', bob = ''] = await people(2)
  const id = await converse(alice, [bob])
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => send(alice, id, 'once', { clientMessageId: 'the one' })),
  )
  expect(new Set(answers.map((answer) => answer.message.id)).size).toBe(1)
  expect((await conversation(bob, id)).messages.nodes).toHaveLength(1)
  const outbox = messaging.platform.db('messaging').collection('outbox')
  expect(await outbox.countDocuments({ 'payload.conversationId': id })).toBe(1)
  const other = await send(alice, id, 'other', { clientMessageId: 'the one' })
  expect(other).toEqual({
    message: null,
    userErrors: [{ code: 'IDEMPOTENCY_MISMATCH', field: ['input', 'clientMessageId'] }],
  })
  // The id is the sender's own.
  expect((await send(bob, id, 'mine', { clientMessageId: 'the one' })).message.sequence).toBe(2)
})

test('a hundred parallel messages are in one order without gaps, also from two processes (D2)', async () => {
  const [alice = '', bob = ''] = await people(2)
  const id = await converse(alice, [bob])
  const second = await messaging.start()
  const answers = await Promise.all(
    Array.from({ length: 100 }, (_, i) =>
      send(i % 2 ? alice : bob, id, `message ${i}`, {}, i % 5 === 0 ? second : undefined),
    ),
  )
  const sequences = answers.map((answer) => answer.message.sequence).sort((a, b) => a - b)
  expect(sequences).toEqual(Array.from({ length: 100 }, (_, i) => i + 1))
  const { messages, unreadCount } = await conversation(bob, id)
  expect(messages.nodes.map((node: { sequence: number }) => node.sequence)).toEqual(sequences)
  expect(unreadCount).toBe(50)
})

test('parallel starts of a conversation of two end in one', async () => {
  const [alice = '', bob = ''] = await people(2)
  const ids = await Promise.all(
    Array.from({ length: 20 }, (_, i) => (i % 2 ? converse(alice, [bob]) : converse(bob, [alice, bob]))),
  )
  expect(new Set(ids).size).toBe(1)
  const groups = await Promise.all([
    converse(alice, [bob, await account()]),
    converse(alice, [bob, await account()]),
  ])
  expect(new Set(groups).size).toBe(2)
})

test('whoever takes no part reads and hears nothing (D1)', async () => {
  const [alice = '', bob = '', eve = ''] = await people(3)
  const id = await converse(alice, [bob])
  const { message } = await send(alice, id, 'secret')
  const entities = `query ($representations: [_Any!]!) { _entities(representations: $representations) {
    ... on Conversation { id } ... on Message { id text } } }`
  const representations = [
    { __typename: 'Conversation', id },
    { __typename: 'Message', id: message.id },
  ]
  expect((await ask(bob, entities, { representations })).data._entities).toEqual([
    { id },
    { id: message.id, text: 'secret' },
  ])
  for (const userId of [eve, null]) {
    expect(await conversation(userId, id)).toBeNull()
    expect((await ask(userId, entities, { representations })).data._entities).toEqual([null, null])
  }
  expect((await send(eve, id, 'let me in')).userErrors).toEqual([
    { code: 'NOT_FOUND', field: ['input', 'conversationId'] },
  ])
  for (const name of ['markConversationRead', 'acceptMessageRequest', 'declineMessageRequest']) {
    const payload = await mutate(eve, name, { conversationId: id }, 'conversation { id }')
    expect(payload).toMatchObject({ conversation: null, userErrors: [{ code: 'NOT_FOUND' }] })
  }
  const hear = 'subscription ($id: ID) { messageReceived(conversationId: $id) { cursor message { text } } }'
  const event = {
    name: 'message.sent',
    payload: { messageId: message.id, conversationId: id, memberIds: [bob, eve] },
  } as unknown as DomainEvent
  const root = { cursor: '1', event }
  expect((await ask(bob, hear, { id }, root)).data.messageReceived).toEqual({
    cursor: '1',
    message: { text: 'secret' },
  })
  expect((await ask(eve, hear, { id }, root)).codes).toEqual(['FORBIDDEN'])
  expect((await ask(null, hear, {}, root)).codes).toEqual(['UNAUTHENTICATED'])
  expect((await ask(eve, hear, {}, root)).data.messageReceived).toBeNull()
  expect((await ask(eve, hear, {}, { cursor: null, event: null })).codes).toEqual([])
})

test("a stranger's message is a request without receipts until accepted (D4)", async () => {
  const [alice = '', bob = ''] = await people(2)
  const id = await converse(alice, [bob])
  expect([await folder(alice, 'PRIMARY'), await folder(bob, 'REQUESTS')]).toEqual([[id], []])
  const { message } = await send(alice, id, 'hello')
  expect([await folder(bob, 'PRIMARY'), await folder(bob, 'REQUESTS')]).toEqual([[], [id]])
  await mutate(bob, 'markConversationRead', { conversationId: id }, 'conversation { id }')
  const bobsReceipt = async (viewerId: string) => {
    const { members } = await conversation(viewerId, id)
    const found = members.find((member: { user: { id: string } }) => member.user.id === bob)
    return found.lastReadMessageId
  }
  expect([await bobsReceipt(alice), await bobsReceipt(bob)]).toEqual([null, message.id])
  const accepted = await mutate(
    bob,
    'acceptMessageRequest',
    { conversationId: id },
    'conversation { folder }',
  )
  expect(accepted.conversation).toEqual({ folder: 'PRIMARY' })
  expect([await folder(bob, 'PRIMARY'), await bobsReceipt(alice)]).toEqual([[id], message.id])
})

test('those whom the recipient follows write into his primary folder; an answer accepts; a refusal lasts', async () => {
  const [alice = '', bob = '', carol = '', dave = ''] = await people(4)
  await follow(bob, alice)
  const followed = await converse(alice, [bob])
  await send(alice, followed, 'hello')
  expect(await folder(bob, 'PRIMARY')).toEqual([followed])
  const answered = await converse(carol, [bob])
  await send(carol, answered, 'hello')
  await send(bob, answered, 'hello yourself')
  expect(await folder(bob, 'PRIMARY')).toEqual([answered, followed])
  const refused = await converse(dave, [bob])
  await send(dave, refused, 'hello')
  for (let i = 0; i < 2; i++) {
    const payload = await mutate(
      bob,
      'declineMessageRequest',
      { conversationId: refused },
      'conversation { id }',
    )
    expect(payload.userErrors).toEqual([])
  }
  await send(dave, refused, 'hello?')
  expect([await folder(bob, 'PRIMARY'), await folder(bob, 'REQUESTS')]).toEqual([[answered, followed], []])
  const conflict = await mutate(
    bob,
    'declineMessageRequest',
    { conversationId: answered },
    'conversation { id }',
  )
  expect(conflict.userErrors[0].code).toBe('CONFLICT')
  expect(await converse(bob, [dave])).toBe(refused)
  expect(await folder(bob, 'PRIMARY')).toContain(refused)
})

test('unread counts are exact and reading never goes back (D3)', async () => {
  const [alice = '', bob = ''] = await people(2)
  const id = await converse(alice, [bob])
  const sent: string[] = []
  for (let i = 0; i < 6; i++) sent.push((await send(i === 3 ? bob : alice, id, `${i}`)).message.id)
  const read = async (messageId?: string) => {
    const input = { conversationId: id, messageId }
    const { conversation } = await mutate(bob, 'markConversationRead', input, 'conversation { unreadCount }')
    return conversation.unreadCount
  }
  expect((await conversation(bob, id)).unreadCount).toBe(5)
  expect((await conversation(alice, id)).unreadCount).toBe(1)
  expect(await read(sent[1])).toBe(3)
  expect(await read(sent[4])).toBe(1)
  expect(await read(sent[0])).toBe(1)
  await send(bob, id, 'mine')
  expect(await read()).toBe(0)
  await send(alice, id, 'more')
  expect((await conversation(bob, id)).unreadCount).toBe(1)
  const elsewhere = await send(alice, await converse(alice, [bob, await account()]), 'x')
  const foreign = await mutate(
    bob,
    'markConversationRead',
    { conversationId: id, messageId: elsewhere.message.id },
    'conversation { id }',
  )
  expect(foreign.userErrors).toEqual([{ code: 'NOT_FOUND', field: ['input', 'messageId'] }])
})

test('a block ends a conversation of two and hides its sender and what he says in a group (V1, V2, V6)', async () => {
  const [alice = '', bob = '', carol = ''] = await people(3)
  const direct = await converse(alice, [bob])
  const group = await converse(carol, [alice, bob], 'Three')
  await send(alice, direct, 'before')
  await send(alice, group, 'in the group')
  await mutate(bob, 'acceptMessageRequest', { conversationId: direct }, 'conversation { id }')
  const [accepting] = await emitted('conversation.changed', direct)
  await block(bob, alice)
  // What is heard late says nothing of the block: not even that there is no such conversation any more.
  const changes = 'subscription { conversationChanged { conversationId change conversation { id } } }'
  expect(accepting?.payload.memberIds).toEqual(expect.arrayContaining([alice, bob]))
  for (const userId of [alice, bob]) {
    if (accepting)
      expect((await hear(userId, changes, accepting)).data).toEqual({ conversationChanged: null })
  }
  for (const [from, to] of [
    [alice, bob],
    [bob, alice],
  ] as const) {
    expect((await send(from, direct, 'after')).userErrors[0].code).toBe('NOT_FOUND')
    const again = await mutate(from, 'createConversation', { memberIds: [to] }, 'conversation { id }')
    expect(again).toEqual({
      conversation: null,
      userErrors: [{ code: 'NOT_FOUND', field: ['input', 'memberIds'] }],
    })
  }
  const seen = await conversation(bob, group)
  expect(seen).toMatchObject({ title: 'Three', kind: 'GROUP' })
  expect(seen.messages.nodes[0]).toMatchObject({ text: null, sender: null, kind: 'UNAVAILABLE' })
  expect(seen.members.map((member: { user: { id: string } | null }) => member.user?.id ?? null)).toEqual([
    carol,
    null,
    bob,
  ])
  expect((await conversation(carol, group)).messages.nodes[0]).toMatchObject({
    text: 'in the group',
    sender: { id: alice },
  })
})

test('a shared post is there for those only who may see it (D5, V8)', async () => {
  const [alice = '', bob = '', carol = ''] = await people(3)
  const post = (audience: PostFactsRow['audience']) => messaging.post({ authorId: carol, audience })
  const [open, close] = [await post('PUBLIC'), await post('FOLLOWERS')]
  await follow(alice, carol)
  const id = await converse(alice, [bob])
  expect((await send(alice, id, 'look', { sharedPostId: open })).message.sharedPost).toEqual({ id: open })
  expect((await send(alice, id, 'look', { sharedPostId: close, text: null })).message.sharedPost).toEqual({
    id: close,
  })
  const seen = (await conversation(bob, id)).messages.nodes
  expect(seen.map((node: { sharedPost: unknown }) => node.sharedPost)).toEqual([{ id: open }, null])
  for (const sharedPostId of [close, 'post_x', newId('post')]) {
    expect((await send(bob, id, 'look', { sharedPostId })).userErrors[0].code).toBe('NOT_FOUND')
  }
})

test('messages and conversations are paged both ways', async () => {
  const [alice = '', bob = ''] = await people(2)
  const id = await converse(alice, [bob])
  for (let i = 1; i <= 7; i++) await send(alice, id, `${i}`)
  const page = async (args: string, variables: object = {}) => {
    const query = `query ($id: ID!, $cursor: String) { conversation(id: $id) { messages(${args}) {
      nodes { text } pageInfo { hasNextPage hasPreviousPage startCursor endCursor } } } }`
    const { data, codes } = await ask(alice, query, { id, ...variables })
    const messages = data?.conversation?.messages
    return {
      texts: messages?.nodes.map((node: { text: string }) => node.text).join(''),
      ...messages?.pageInfo,
      codes,
    }
  }
  const newest = await page('last: 3')
  expect(newest).toMatchObject({ texts: '567', hasNextPage: false, hasPreviousPage: true })
  const older = await page('last: 3, before: $cursor', { cursor: newest.startCursor })
  expect(older).toMatchObject({ texts: '234', hasNextPage: true, hasPreviousPage: true })
  expect(await page('last: 3, before: $cursor', { cursor: older.startCursor })).toMatchObject({
    texts: '1',
    hasPreviousPage: false,
  })
  expect(await page('first: 5, after: $cursor', { cursor: older.endCursor })).toMatchObject({
    texts: '567',
    hasNextPage: false,
  })
  for (const args of ['first: 1, last: 1', 'first: 0', 'last: 101', 'first: 1, before: $cursor']) {
    expect((await page(args, { cursor: older.startCursor })).codes).toEqual(['BAD_USER_INPUT'])
  }
  expect((await page('last: 3, before: $cursor', { cursor: 'x' })).codes).toEqual(['BAD_CURSOR'])

  const others = await people(5)
  const ids: string[] = [id]
  for (const other of others) ids.unshift(await converse(alice, [other]))
  const list = `query ($after: String) { conversations(first: 2, after: $after) {
    nodes { id messages(last: 1) { nodes { text } } } pageInfo { hasNextPage endCursor } } }`
  const walked: string[] = []
  let after: string | null = null
  do {
    const { data }: Answer = await ask(alice, list, { after })
    walked.push(...data.conversations.nodes.map((node: { id: string }) => node.id))
    after = data.conversations.pageInfo.hasNextPage ? data.conversations.pageInfo.endCursor : null
  } while (after)
  expect(walked).toEqual(ids)
})
