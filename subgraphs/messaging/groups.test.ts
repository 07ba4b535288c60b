// Groups: who is in, who leads, and what those see who come later or have left.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { bytes, type RunningMessaging, startMessaging } from './fixtures.ts'

let m: RunningMessaging

beforeAll(async () => {
  m = await startMessaging()
})
afterAll(() => m?.stack.disposeAsync())

const texts = async (userId: string, id: string) =>
  (await m.conversation(userId, id))?.messages.nodes.map(
    (node: { text: string | null; kind: string }) => node.text ?? node.kind,
  )
const act = (userId: string, name: string, input: object) =>
  m.mutate(userId, name, input, 'conversation { id members { role user { id } } }')
const roles = async (userId: string, id: string) =>
  (await m.conversation(userId, id)).members.map((member: { user: { id: string }; role: string }) => [
    member.user.id,
    member.role,
  ])

test('who comes later sees what is said from then on, and nothing before (D1)', async () => {
  const [alice = '', bob = '', carol = '', dave = ''] = await m.people(4)
  const id = await m.converse(alice, [bob, carol], 'Three')
  const before = (await m.send(alice, id, 'before')).message
  await act(bob, 'addMembers', { conversationId: id, memberIds: [dave, bob, carol] })
  expect(await m.folder(dave, 'REQUESTS')).toEqual([id])
  await m.send(alice, id, 'after')
  expect(await texts(alice, id)).toEqual(['before', 'NOTICE', 'after'])
  expect(await texts(dave, id)).toEqual(['NOTICE', 'after'])
  expect(await m.conversation(dave, id)).toMatchObject({ unreadCount: 1 })
  expect(await m.conversation(carol, id)).toMatchObject({ unreadCount: 2 })
  const query = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Message { text } } }'
  const r = [{ __typename: 'Message', id: before.id }]
  expect((await m.ask(dave, query, { r })).data._entities).toEqual([null])
  const reply = { conversationId: id, text: 'x', replyToId: before.id, clientMessageId: 'x' }
  expect(await m.refusal(dave, 'sendMessage', reply)).toBe('NOT_FOUND')
  const [event] = await m.emitted('message.sent', id)
  const hear = 'subscription ($id: ID) { messageReceived(conversationId: $id) { message { text } } }'
  if (event) expect((await m.hear(dave, hear, event, { id })).data.messageReceived).toBeNull()
})

test('what people write is counted apart from what the system tells', async () => {
  const [alice = '', bob = '', carol = ''] = await m.people(3)
  const id = await m.converse(alice, [bob, carol])
  for (const title of ['One', 'Two', 'Three']) {
    await act(alice, 'updateConversation', { conversationId: id, title })
  }
  await m.send(alice, id, 'first')
  await act(bob, 'updateConversation', { conversationId: id, title: 'Four' })
  await m.send(bob, id, 'second')
  const told = (await m.emitted('message.sent', id)).map(({ payload }) => [payload.sequence, payload.ordinal])
  expect(told).toEqual([[1], [2], [3], [4, 1], [5], [6, 2]].map(([at, ordinal]) => [at, ordinal]))
})

test('who has left or was taken out sees and hears nothing more, and can be brought back (D1)', async () => {
  const [alice = '', bob = '', carol = ''] = await m.people(3)
  const id = await m.converse(alice, [bob, carol])
  await m.send(alice, id, 'one')
  await m.mutate(carol, 'leaveConversation', { conversationId: id }, 'conversation { id }')
  await act(alice, 'removeMember', { conversationId: id, userId: bob })
  await m.send(alice, id, 'two')
  const events = await m.emitted('message.sent', id)
  const hear = 'subscription { messageReceived { message { text } } }'
  for (const userId of [bob, carol]) {
    expect(await m.conversation(userId, id)).toBeNull()
    expect(await m.folder(userId, 'PRIMARY')).toEqual([])
    expect(events.at(-1)?.payload.memberIds).toEqual([alice])
    for (const event of events) {
      expect((await m.hear(userId, hear, event)).data.messageReceived).toBeNull()
    }
    const message = { conversationId: id, text: 'x', clientMessageId: newId('message') }
    expect(await m.refusal(userId, 'sendMessage', message)).toBe('NOT_FOUND')
  }
  await act(alice, 'addMembers', { conversationId: id, memberIds: [carol] })
  await m.send(alice, id, 'three')
  expect(await texts(carol, id)).toEqual(['NOTICE', 'three'])
})

test('who is in, the name and each new epoch are heard by all members, and by nobody else (D1)', async () => {
  const [alice = '', bob = '', carol = '', dave = '', eve = ''] = await m.people(5)
  const query = `subscription ($id: ID) { conversationChanged(conversationId: $id) {
    change actor { id } conversation { id title epoch members { user { id } } } } }`
  /** What members and others hear of the newest change of a conversation. */
  const heard = async (id: string, hearers: string[], others: string[]) => {
    const event = (await m.emitted('conversation.changed', id)).at(-1)
    if (!event) throw new Error('nothing was told')
    const changed = await Promise.all(
      hearers.map(async (userId) => (await m.hear(userId, query, event)).data.conversationChanged),
    )
    for (const userId of others)
      expect((await m.hear(userId, query, event)).data?.conversationChanged).toBeNull()
    for (const each of changed) expect(each).toEqual(changed[0])
    return changed[0]
  }
  const id = await m.converse(alice, [bob, dave])
  // Whoever has met no message yet has it in no folder, and hears of no change.
  await m.send(alice, id, 'hello')
  await act(bob, 'addMembers', { conversationId: id, memberIds: [carol] })
  expect(await heard(id, [alice, bob, carol, dave], [eve])).toMatchObject({
    change: 'MEMBERS',
    actor: { id: bob },
    conversation: { members: [alice, bob, dave, carol].map((userId) => ({ user: { id: userId } })) },
  })
  await act(bob, 'updateConversation', { conversationId: id, title: 'Four' })
  expect(await heard(id, [alice, bob, carol, dave], [eve])).toMatchObject({
    change: 'UPDATED',
    conversation: { title: 'Four' },
  })
  await act(alice, 'removeMember', { conversationId: id, userId: carol })
  expect(await heard(id, [alice, bob, dave], [eve])).toMatchObject({ change: 'MEMBERS' })

  for (const userId of [alice, bob]) await m.publish(userId)
  const sealed = await m.converse(alice, [bob])
  const ciphertext = bytes('sealed')
  await m.send(alice, sealed, null, { ciphertext })
  await act(bob, 'sendGroupCommit', { conversationId: sealed, epoch: 0, commit: bytes('commit') })
  expect(await heard(sealed, [alice, bob], [carol])).toMatchObject({
    change: 'EPOCH',
    actor: { id: bob },
    conversation: { id: sealed, epoch: 1 },
  })
})

test('who leaves, is taken out or declines is told on all his devices that it is his no more, and nothing else (D1)', async () => {
  const [alice = '', bob = '', carol = '', dave = '', eve = ''] = await m.people(5)
  const id = await m.converse(alice, [bob, carol, dave])
  await m.send(alice, id, 'hello')
  const query = `subscription { conversationChanged {
    conversationId change actor { id } message { id } conversation { id } } }`
  const changes = () => m.emitted('conversation.changed', id)
  const hear = async (userId: string, event?: Awaited<ReturnType<typeof changes>>[number]) =>
    event && (await m.hear(userId, query, event)).data.conversationChanged
  const gone = { conversationId: id, actor: null, message: null, conversation: null }

  await act(alice, 'removeMember', { conversationId: id, userId: bob })
  const [removal] = await changes()
  expect(await hear(bob, removal)).toEqual({ ...gone, change: 'MEMBERS' })
  expect(await hear(eve, removal)).toBeNull()
  await m.mutate(carol, 'leaveConversation', { conversationId: id }, 'conversation { id }')
  const leaving = (await changes()).at(-1)
  expect(await hear(carol, leaving)).toEqual({ ...gone, change: 'MEMBERS' })
  expect(await hear(bob, leaving)).toBeNull()
  await act(dave, 'declineMessageRequest', { conversationId: id })
  expect(await hear(dave, (await changes()).at(-1))).toEqual({ ...gone, change: 'UPDATED' })

  // Whoever is brought back has it again, also by what he hears late.
  await act(alice, 'addMembers', { conversationId: id, memberIds: [bob] })
  expect(await hear(bob, (await changes()).at(-1))).toMatchObject({ conversation: { id } })
  expect(await hear(bob, removal)).toMatchObject({ conversation: { id } })
  // Whoever has met no message of it does not learn that there was one.
  const silent = await m.converse(alice, [bob, carol])
  await act(alice, 'removeMember', { conversationId: silent, userId: bob })
  expect((await m.emitted('conversation.changed', silent)).at(-1)?.payload.memberIds).toEqual([alice])
})

test('admins alone remove and promote, and a group always has one', async () => {
  const [alice = '', bob = '', carol = ''] = await m.people(3)
  const id = await m.converse(alice, [bob, carol])
  const conversationId = id
  expect(await m.refusal(bob, 'removeMember', { conversationId, userId: carol })).toBe('FORBIDDEN')
  expect(await m.refusal(bob, 'setMemberRole', { conversationId, userId: bob, role: 'ADMIN' })).toBe(
    'FORBIDDEN',
  )
  expect(await m.refusal(alice, 'setMemberRole', { conversationId, userId: alice })).toBe('CONFLICT')
  expect(await m.refusal(alice, 'removeMember', { conversationId, userId: newId('user') })).toBe('NOT_FOUND')
  expect(await m.refusal(alice, 'removeMember', { conversationId, userId: alice })).toBe('INVALID')
  await m.mutate(alice, 'leaveConversation', { conversationId }, 'conversation { id }')
  expect(await roles(bob, id)).toEqual([
    [bob, 'ADMIN'],
    [carol, 'MEMBER'],
  ])
  await act(bob, 'setMemberRole', { conversationId, userId: carol, role: 'ADMIN' })
  // Each takes the other's role away at once: one of them must be told no.
  await Promise.all([
    m.refusal(bob, 'setMemberRole', { conversationId, userId: carol, role: 'MEMBER' }),
    m.refusal(carol, 'setMemberRole', { conversationId, userId: bob, role: 'MEMBER' }),
  ])
  const left = (await roles(bob, id)).filter(([, role]: string[]) => role === 'ADMIN')
  expect(left).toHaveLength(1)
})

test('who may invite is for admins to say; the name is for everyone; a conversation of two stays one', async () => {
  const [alice = '', bob = '', carol = '', dave = ''] = await m.people(4)
  const id = await m.converse(alice, [bob, carol])
  const conversationId = id
  await act(bob, 'updateConversation', { conversationId, title: 'Harbour' })
  expect(await m.conversation(carol, id)).toMatchObject({ title: 'Harbour' })
  expect(await m.refusal(bob, 'updateConversation', { conversationId, invitePolicy: 'ADMINS' })).toBe(
    'FORBIDDEN',
  )
  await act(alice, 'updateConversation', { conversationId, invitePolicy: 'ADMINS' })
  expect(await m.refusal(bob, 'addMembers', { conversationId, memberIds: [dave] })).toBe('FORBIDDEN')
  expect(await m.refusal(bob, 'updateConversation', { conversationId, title: 'x'.repeat(101) })).toBe(
    'TOO_LONG',
  )
  expect(await m.refusal(dave, 'addMembers', { conversationId, memberIds: [bob] })).toBe('NOT_FOUND')
  await m.block(dave, alice)
  expect(await m.refusal(alice, 'addMembers', { conversationId, memberIds: [dave] })).toBe('NOT_FOUND')
  const kinds =
    'query ($id: ID!) { conversation(id: $id) { messages(first: 9) { nodes { notice { kind users { id } } } } } }'
  expect((await m.ask(carol, kinds, { id })).data.conversation.messages.nodes).toEqual([
    { notice: { kind: 'TITLE_CHANGED', users: [] } },
    { notice: { kind: 'INVITE_POLICY_CHANGED', users: [] } },
  ])
  const direct = await m.converse(alice, [bob])
  for (const [name, input] of [
    ['addMembers', { memberIds: [carol] }],
    ['removeMember', { userId: bob }],
    ['leaveConversation', {}],
    ['updateConversation', { title: 'Two' }],
    ['setMemberRole', { userId: bob, role: 'ADMIN' }],
  ] as const) {
    expect(await m.refusal(alice, name, { conversationId: direct, ...input }), name).toBe('FORBIDDEN')
  }
})

test('a group holds 250 people, however they are brought in at once', async () => {
  const [alice = '', bob = '', ...others] = await m.people(252)
  const id = await m.converse(alice, [bob, ...others.slice(0, 240)])
  const late = others.slice(240)
  const answers = await Promise.all(
    [late.slice(0, 5), late.slice(5, 10)].map((memberIds) =>
      m.refusal(alice, 'addMembers', { conversationId: id, memberIds }),
    ),
  )
  expect(answers.sort()).toEqual(['TOO_MANY', null])
  expect((await m.conversation(alice, id)).members).toHaveLength(247)
})

test('a mute is its member’s own and ends by itself', async () => {
  const [alice = '', bob = ''] = await m.people(2)
  const id = await m.converse(alice, [bob])
  const fields = 'conversation { viewerHasMuted viewerMutedUntil }'
  const mute = async (name: string, input: object = {}) =>
    (await m.mutate(alice, name, { conversationId: id, ...input }, fields)).conversation
  expect(await mute('muteConversation')).toEqual({ viewerHasMuted: true, viewerMutedUntil: null })
  const until = new Date(Date.now() + 3_600_000).toISOString()
  expect(await mute('muteConversation', { until })).toEqual({ viewerHasMuted: true, viewerMutedUntil: until })
  const query = 'query ($id: ID!) { conversation(id: $id) { viewerHasMuted } }'
  expect((await m.ask(bob, query, { id })).data.conversation.viewerHasMuted).toBe(false)
  const past = new Date(Date.now() - 1).toISOString()
  expect(await mute('muteConversation', { until: past })).toMatchObject({ viewerHasMuted: false })
  await mute('muteConversation')
  expect(await mute('unmuteConversation')).toMatchObject({ viewerHasMuted: false })
})

test('what disappears is there for nobody from its time on, though no worker runs', async () => {
  const [alice = '', bob = ''] = await m.people(2)
  const id = await m.converse(alice, [bob])
  await m.send(alice, id, 'stays')
  for (const disappearAfterMs of [0, 4_999, -1]) {
    expect(await m.refusal(alice, 'updateConversation', { conversationId: id, disappearAfterMs })).toBe(
      'INVALID',
    )
  }
  await act(alice, 'updateConversation', { conversationId: id, disappearAfterMs: 60_000 })
  const gone = (await m.send(alice, id, 'goes')).message
  const reply = (await m.send(bob, id, 'reply', { replyToId: gone.id })).message
  expect(reply.replyTo.text).toBe('goes')
  expect((await m.conversation(bob, id)).unreadCount).toBe(2)
  const rows = m.platform.db('messaging').collection<{ _id: string }>('messages')
  await rows.updateOne({ _id: gone.id }, { $set: { expiresAt: new Date() } })
  expect(await texts(bob, id)).toEqual(['stays', 'NOTICE', 'reply'])
  expect((await m.conversation(bob, id)).messages.nodes[2].replyTo).toBeNull()
  expect((await m.conversation(bob, id)).unreadCount).toBe(1)
  const node = 'query ($r: [_Any!]!) { _entities(representations: $r) { ... on Message { id } } }'
  expect((await m.ask(bob, node, { r: [{ __typename: 'Message', id: gone.id }] })).data._entities).toEqual([
    null,
  ])
  expect(await m.refusal(bob, 'reactToMessage', { messageId: gone.id })).toBe('NOT_FOUND')
  // A page is full though something within it has gone.
  const query =
    'query ($id: ID!) { conversation(id: $id) { messages(last: 3) { nodes { text } pageInfo { hasPreviousPage } } } }'
  const page = (await m.ask(bob, query, { id })).data.conversation.messages
  expect(page).toMatchObject({ nodes: [{ text: 'stays' }, { text: null }, { text: 'reply' }] })
  expect(page.pageInfo.hasPreviousPage).toBe(false)
})

test('what a shadow-banned account names a group it reads alone, and whom it brings in does not hear of it (V23)', async () => {
  const [banned, alice = '', bob = '', carol = ''] = [
    await m.account({ shadowBanned: true }),
    ...(await m.people(3)),
  ]
  const titles = async (id: string) =>
    Promise.all([banned, alice].map(async (who) => (await m.conversation(who, id))?.title))
  const own = await m.converse(banned, [alice, bob], 'Buy here')
  expect(await titles(own)).toEqual(['Buy here', null])
  await act(banned, 'addMembers', { conversationId: own, memberIds: [carol] })

  const id = await m.converse(alice, [banned, bob], 'Friends')
  await m.send(alice, id, 'hello')
  await act(banned, 'addMembers', { conversationId: id, memberIds: [carol] })
  for (const name of ['PRIMARY', 'REQUESTS']) expect(await m.folder(carol, name)).toEqual([])
  await act(banned, 'updateConversation', { conversationId: id, title: 'Buy here' })
  expect(await titles(id)).toEqual(['Buy here', 'Friends'])
  for (const event of ['message.sent', 'conversation.changed'] as const)
    expect((await m.emitted(event, id)).at(-1)?.payload.memberIds).toEqual([banned])
  expect(await m.copyOf(alice, 'conversations')).toMatchObject([{ id, title: 'Friends' }])

  // Another's name for it is everybody's; what others say reaches whom he brought in.
  await act(alice, 'updateConversation', { conversationId: id, title: 'Old friends' })
  expect(await titles(id)).toEqual(['Old friends', 'Old friends'])
  await m.send(alice, id, 'hello again')
  expect(await m.folder(carol, 'REQUESTS')).toEqual([id])
})

test('what a shadow-banned member does that binds all is read anew by all, without him; the rest he has alone (V23)', async () => {
  const [alice = '', banned = '', bob = '', carol = ''] = await m.people(4)
  const id = await m.converse(alice, [banned, bob, carol], 'Friends')
  const conversationId = id
  await m.send(alice, id, 'hello')
  await act(alice, 'setMemberRole', { conversationId, userId: banned, role: 'ADMIN' })
  await m.shadowBan(banned)
  const query = 'subscription ($id: ID) { conversationChanged(conversationId: $id) { change actor { id } } }'
  /** What the others hear of what he does. */
  const heard = async (name: string, input: object = {}) => {
    await m.mutate(banned, name, { conversationId, ...input }, 'conversation { id }')
    expect((await m.emitted('message.sent', id)).at(-1)?.payload.memberIds).toEqual([banned])
    const event = (await m.emitted('conversation.changed', id)).at(-1)
    return event && (await m.hear(alice, query, event, { id })).data.conversationChanged
  }
  const silently = (change: string) => ({ change, actor: null })
  expect(await heard('removeMember', { userId: carol })).toEqual(silently('MEMBERS'))
  expect(await heard('setMemberRole', { userId: bob, role: 'ADMIN' })).toEqual(silently('MEMBERS'))
  expect(await heard('updateConversation', { disappearAfterMs: 60_000 })).toEqual(silently('UPDATED'))
  expect(await heard('updateConversation', { invitePolicy: 'ADMINS' })).toEqual(silently('UPDATED'))
  expect(await heard('updateConversation', { title: 'Buy here' })).toBeNull()
  expect(await heard('addMembers', { memberIds: [carol] })).toBeNull()

  // Once he is heard again, the name that he gave it for himself is no reason not to give it to all.
  await m.shadowBan(banned, false)
  await act(banned, 'updateConversation', { conversationId, title: 'Buy here' })
  expect((await m.conversation(alice, id)).title).toBe('Buy here')
  await m.shadowBan(banned)
  expect(await heard('leaveConversation')).toEqual(silently('MEMBERS'))
})
