// What members learn of each other: what was delivered and read, who writes, who is there.
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { LiveEvent } from '#platform/live.ts'
import { createPresence } from '#platform/presence.ts'
import { inboxSubject } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import { type RunningMessaging, startMessaging } from './fixtures.ts'

let m: RunningMessaging

beforeAll(async () => {
  m = await startMessaging()
})
afterAll(() => m?.stack.disposeAsync())

const hearChange = `subscription { conversationChanged { change actor { id } message { id }
  conversation { members { user { id } typingUntil } } } }`
const hearMessage = 'subscription { messageReceived { message { id } } }'
const hearPresence = `subscription ($userIds: [ID!]!) { presenceChanged(userIds: $userIds) {
  user { id } presence { isOnline lastSeenAt } } }`

interface Member {
  user: { id: string } | null
  lastReadMessageId: string | null
  lastDeliveredMessageId: string | null
  presence: { isOnline: boolean } | null
  typingUntil: string | null
}
/** A member as a viewer meets him. */
const memberAs = async (viewerId: string, id: string, userId: string): Promise<Member | undefined> => {
  const query = `query ($id: ID!) { conversation(id: $id) { members { user { id } lastReadMessageId
    lastDeliveredMessageId presence { isOnline } typingUntil } } }`
  const { data } = await m.ask(viewerId, query, { id })
  return data.conversation.members.find((member: Member) => member.user?.id === userId)
}
const friends = async () => {
  const [alice = '', bob = ''] = await m.people(2)
  await m.follow(bob, alice)
  await m.follow(alice, bob)
  return { alice, bob, id: await m.converse(alice, [bob]) }
}
const read = (userId: string, conversationId: string, messageId?: string) =>
  m.mutate(userId, 'markConversationRead', { conversationId, messageId }, 'conversation { unreadCount }')
const changes = async (id: string) =>
  (await m.emitted('conversation.changed', id)).map((event) => event.payload)

test('a message is delivered when a device heard or saw it, and it is told once (D3)', async () => {
  const { alice, bob, id } = await friends()
  const first = (await m.send(alice, id, 'one')).message
  expect((await memberAs(alice, id, bob))?.lastDeliveredMessageId).toBeNull()
  const [event] = await m.emitted('message.sent', id)
  if (event) await Promise.all([m.hear(bob, hearMessage, event), m.hear(bob, hearMessage, event)])
  await expect.poll(async () => (await memberAs(alice, id, bob))?.lastDeliveredMessageId).toBe(first.id)
  const second = (await m.send(alice, id, 'two')).message
  await m.conversation(bob, id)
  await expect.poll(async () => (await memberAs(alice, id, bob))?.lastDeliveredMessageId).toBe(second.id)
  // Old news takes nothing back.
  if (event) await m.hear(bob, hearMessage, event)
  await m.send(alice, id, 'three')
  expect((await memberAs(alice, id, bob))?.lastDeliveredMessageId).toBe(second.id)
  const delivered = (await changes(id)).filter(
    ({ change, actorId }) => change === 'DELIVERED' && actorId === bob,
  )
  expect(delivered.map(({ messageId }) => messageId)).toEqual([first.id, second.id])
})

test('racing receipts end at the newest, on every device (D3)', async () => {
  const { alice, bob, id } = await friends()
  const sent: string[] = []
  for (let i = 0; i < 12; i++) sent.push((await m.send(alice, id, `${i}`)).message.id)
  const second = await m.start()
  await Promise.all(
    sent.map((messageId, i) =>
      m.mutate(
        bob,
        'markConversationRead',
        { conversationId: id, messageId },
        'conversation { id }',
        i % 2 ? second : undefined,
      ),
    ),
  )
  expect(await memberAs(alice, id, bob)).toMatchObject({
    lastReadMessageId: sent.at(-1),
    lastDeliveredMessageId: sent.at(-1),
  })
  expect((await m.conversation(bob, id)).unreadCount).toBe(0)
  // Every receipt that was told moved on.
  const told = (await changes(id)).filter(({ change }) => change === 'READ')
  const places = told.map(({ messageId }) => sent.indexOf(String(messageId)))
  expect(places).toEqual(places.toSorted((a, b) => a - b))
})

test('whoever does not tell what he read, tells nobody and knows himself (R, settings)', async () => {
  const [alice, bob] = [await m.account(), await m.account({ sendsReadReceipts: false })]
  await m.follow(bob, alice)
  const id = await m.converse(alice, [bob])
  const { message } = await m.send(alice, id, 'hello')
  await read(bob, id)
  expect((await memberAs(alice, id, bob))?.lastReadMessageId).toBeNull()
  expect((await memberAs(bob, id, bob))?.lastReadMessageId).toBe(message.id)
  const [event] = await m.emitted('conversation.changed', id)
  expect(event?.payload.memberIds).toEqual([bob])
  if (!event) return
  expect((await m.hear(alice, hearChange, event)).data.conversationChanged).toBeNull()
  expect((await m.hear(bob, hearChange, event)).data.conversationChanged.change).toBe('READ')
})

test('a request tells its sender nothing: no receipt, no presence, no typing, until accepted (D4)', async () => {
  const [alice = '', bob = ''] = await m.people(2)
  const id = await m.converse(alice, [bob])
  const { message } = await m.send(alice, id, 'do you know me?')
  const presence = createPresence(m.platform.cache, m.platform.config.namespace)
  await presence.beat([alice, bob], 'here')
  const [sent] = await m.emitted('message.sent', id)
  if (sent) await m.hear(bob, hearMessage, sent)
  await read(bob, id)
  const nothing = { lastReadMessageId: null, lastDeliveredMessageId: null, presence: null, typingUntil: null }
  await m.mutate(bob, 'setTyping', { conversationId: id }, 'conversation { id }')
  await m.mutate(alice, 'setTyping', { conversationId: id }, 'conversation { id }')
  expect(await memberAs(alice, id, bob)).toMatchObject(nothing)
  expect(await memberAs(bob, id, alice)).toMatchObject({ presence: null, typingUntil: null })
  for (const { change, memberIds } of await changes(id)) {
    if (change === 'READ' || change === 'DELIVERED') expect(memberIds).toEqual([bob])
  }
  const typed = {
    name: 'typing.changed',
    payload: { conversationId: id, userId: bob, typing: true, memberIds: [alice] },
  } as const
  expect((await m.hear(alice, hearChange, typed)).data.conversationChanged).toBeNull()
  const came = { name: 'presence.changed', payload: { userId: bob } } as const
  expect((await m.hear(alice, hearPresence, came, { userIds: [bob] })).data.presenceChanged).toBeNull()

  await m.mutate(bob, 'acceptMessageRequest', { conversationId: id }, 'conversation { id }')
  await m.mutate(bob, 'setTyping', { conversationId: id }, 'conversation { id }')
  expect(await memberAs(alice, id, bob)).toMatchObject({
    lastReadMessageId: message.id,
    lastDeliveredMessageId: message.id,
    presence: { isOnline: true },
    typingUntil: expect.any(String),
  })
  expect((await m.hear(alice, hearPresence, came, { userIds: [bob] })).data.presenceChanged).toMatchObject({
    user: { id: bob },
    presence: { isOnline: true },
  })
})

test('who writes is heard by the other, and ends by itself', async () => {
  const { alice, bob, id } = await friends()
  await m.send(bob, id, 'hello')
  await m.send(alice, id, 'hello')
  const { promise, resolve } = Promise.withResolvers<LiveEvent>()
  const attached = await m.platform.live.attach([inboxSubject(bob, 'typing.changed')], resolve)
  await m.mutate(alice, 'setTyping', { conversationId: id, typing: true }, 'conversation { id }')
  const { event } = await promise
  attached.detach()
  expect((await m.hear(bob, hearChange, event)).data.conversationChanged).toMatchObject({
    change: 'TYPING',
    actor: { id: alice },
    message: null,
  })
  const until = (await memberAs(bob, id, alice))?.typingUntil
  expect(Date.parse(until ?? '') - Date.now()).toBeLessThanOrEqual(5_000)
  // Nobody says that he has stopped; the time does.
  await expect.poll(async () => (await memberAs(bob, id, alice))?.typingUntil, { timeout: 15_000 }).toBeNull()
  await m.mutate(alice, 'setTyping', { conversationId: id }, 'conversation { id }')
  await m.mutate(alice, 'setTyping', { conversationId: id, typing: false }, 'conversation { id }')
  expect((await memberAs(bob, id, alice))?.typingUntil).toBeNull()
  expect(await m.refusal(await m.account(), 'setTyping', { conversationId: id })).toBe('NOT_FOUND')
})

test.each([
  ['friends', {}, {}, true],
  ['one who does not show it', { showsActivityStatus: false }, {}, false],
  ['a viewer who does not show it himself', {}, { showsActivityStatus: false }, false],
])('presence among %s', async (_what, ofBob, ofAlice, shown) => {
  const [alice, bob] = [await m.account(ofAlice), await m.account(ofBob)]
  await m.follow(bob, alice)
  const id = await m.converse(alice, [bob])
  await m.send(alice, id, 'there?')
  const presence = createPresence(m.platform.cache, m.platform.config.namespace)
  await presence.beat([bob], 'gateway-1')
  await presence.beat([bob], 'gateway-2')
  const seen = async () => (await memberAs(alice, id, bob))?.presence ?? null
  expect(await seen()).toEqual(shown ? { isOnline: true } : null)
  await presence.leave(bob, 'gateway-1')
  expect(await seen()).toEqual(shown ? { isOnline: true } : null)
  await presence.leave(bob, 'gateway-2')
  expect(await seen()).toEqual(shown ? { isOnline: false } : null)
  const event = { name: 'presence.changed', payload: { userId: bob } } as const
  const heard = (await m.hear(alice, hearPresence, event, { userIds: [bob] })).data.presenceChanged
  expect(heard?.presence.isOnline ?? null).toBe(shown ? false : null)
  await m.block(bob, alice)
  expect((await m.hear(alice, hearPresence, event, { userIds: [bob] })).data.presenceChanged).toBeNull()
})

test('a gateway that died leaves nobody behind who is there', async () => {
  let now = Date.now()
  const presence = createPresence(m.platform.cache, m.platform.config.namespace, () => now)
  const userId = newId('user')
  await presence.beat([userId], 'dies')
  now += 60_000
  expect((await presence.get([userId])).get(userId)).toEqual({ isOnline: false, lastSeenAt: now - 60_000 })
})

test('strangers may not watch, and what is no id is refused', async () => {
  const [alice = '', bob = ''] = await m.people(2)
  const event = { name: 'presence.changed', payload: { userId: bob } } as const
  expect((await m.hear(alice, hearPresence, event, { userIds: [bob] })).data.presenceChanged).toBeNull()
  for (const userIds of [[], ['*'], ['user_1'], Array.from({ length: 101 }, () => bob)]) {
    expect((await m.hear(alice, hearPresence, event, { userIds })).codes).toEqual(['BAD_USER_INPUT'])
  }
  expect((await m.hear(null, hearPresence, event, { userIds: [bob] })).codes).toEqual(['UNAUTHENTICATED'])
})
