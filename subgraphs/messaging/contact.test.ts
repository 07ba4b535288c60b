// Who may write to whom, and how much, with the limits on.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { type RunningMessaging, startMessaging } from './fixtures.ts'

let m: RunningMessaging

beforeAll(async () => {
  m = await startMessaging({ RATE_LIMITS: 'on' })
})
afterAll(() => m?.stack.disposeAsync())

const old = new Date(Date.now() - 400 * 86_400_000)
const sending = (conversationId: string, text: string) => ({
  conversationId,
  text,
  clientMessageId: newId('message'),
})

test.each([
  [false, 'an account whose address is not proven opens five requests a day; friends do not count'],
  [true, 'so does one that is shadow-banned: it meets the limits that others meet (V23)'],
])('shadow-banned: %s, %s', async (shadowBanned) => {
  const newcomer = await m.account({ emailVerifiedAt: null, shadowBanned })
  const friend = await m.account()
  await m.follow(friend, newcomer)
  const answers: unknown[] = []
  for (const other of await m.people(7)) {
    const id = await m.converse(newcomer, [other])
    answers.push(await m.refusal(newcomer, 'sendMessage', sending(id, `Hello ${other}`)))
    // More to the same person is no further request, and the same message again is none at all.
    if (answers.length <= 5) {
      const message = sending(id, 'and another thing')
      expect(await m.refusal(newcomer, 'sendMessage', message)).toBeNull()
      expect(await m.refusal(newcomer, 'sendMessage', message)).toBeNull()
    } else expect(await m.folder(other, 'REQUESTS')).toEqual([])
  }
  expect(answers).toEqual([null, null, null, null, null, 'RATE_LIMITED', 'RATE_LIMITED'])
  const id = await m.converse(newcomer, [friend])
  expect(await m.refusal(newcomer, 'sendMessage', sending(id, 'Dear friend'))).toBeNull()
  const group = await m.converse(newcomer, [friend, await m.account()])
  expect(await m.refusal(newcomer, 'sendMessage', sending(group, 'Both of you'))).toBe('RATE_LIMITED')
  const adding = { conversationId: group, memberIds: await m.people(1) }
  expect(await m.refusal(newcomer, 'addMembers', adding)).toBe('RATE_LIMITED')
})

test('five requests are five, however many are sent at once', async () => {
  const newcomer = await m.account({ emailVerifiedAt: null })
  const others = await m.people(12)
  const answers = await Promise.all(
    others.map(async (other) =>
      m.refusal(newcomer, 'sendMessage', sending(await m.converse(newcomer, [other]), `Hi ${other}`)),
    ),
  )
  expect(answers.filter((answer) => answer === null)).toHaveLength(5)
})

test('an answer to a story that is one request too many leaves nothing behind, not even a conversation', async () => {
  const newcomer = await m.account({ emailVerifiedAt: null })
  const authors = await m.people(6)
  const answers: unknown[] = []
  for (const authorId of authors) {
    const storyId = await m.story({ authorId })
    answers.push(await m.refusal(newcomer, 'replyToStory', { storyId, text: `Hello ${authorId}` }))
  }
  expect(answers).toEqual([null, null, null, null, null, 'RATE_LIMITED'])
  const rows = m.platform.db('messaging').collection('conversations')
  const begun = await Promise.all(authors.map((userId) => rows.countDocuments({ 'members.userId': userId })))
  expect(begun).toEqual([1, 1, 1, 1, 1, 0])
})

test('a double tap on an answer to a story is one request', async () => {
  const newcomer = await m.account({ emailVerifiedAt: null })
  const answers = await Promise.all(
    (await m.people(5)).map(async (authorId) => {
      const input = { storyId: await m.story({ authorId }), text: `Hello ${authorId}` }
      return Promise.all([input, input].map((tap) => m.refusal(newcomer, 'replyToStory', tap)))
    }),
  )
  expect(answers).toEqual(Array(5).fill([null, null]))
})

test('so it is through two processes, as is one on a first message', async () => {
  const other = await m.start()
  const tapTwice = async (userId: string, name: string, input: object) => {
    const taps = [undefined, other].map((process) => m.mutate(userId, name, input, 'message { id }', process))
    for (const { userErrors } of await Promise.all(taps)) expect(userErrors).toEqual([])
  }
  const [newcomer, another] = [
    await m.account({ emailVerifiedAt: null }),
    await m.account({ emailVerifiedAt: null }),
  ]
  // Until both are answered, two taps count two.
  for (const authorId of await m.people(4)) {
    await tapTwice(newcomer, 'replyToStory', { storyId: await m.story({ authorId }), text: `To ${authorId}` })
    const id = await m.converse(another, [authorId])
    await tapTwice(another, 'sendMessage', sending(id, `To ${authorId}`))
  }
})

test('an answer that is tried again and again is no text to many', async () => {
  const newcomer = await m.account({ createdAt: old, emailVerifiedAt: null })
  // With the day's requests spent, nothing is begun.
  for (const other of await m.people(5)) {
    const id = await m.converse(newcomer, [other])
    expect(await m.refusal(newcomer, 'sendMessage', sending(id, `Hello ${other}`))).toBeNull()
  }
  const text = 'Where is this? I would love to go there'
  const storyId = await m.story({ authorId: await m.account() })
  for (let i = 0; i < 9; i++) {
    expect(await m.refusal(newcomer, 'replyToStory', { storyId, text })).toBe('RATE_LIMITED')
  }
  const friend = await m.account()
  const id = await m.converse(newcomer, [friend])
  await m.follow(friend, newcomer)
  await m.send(newcomer, id, text)
  const [event] = await m.emitted('message.sent', id)
  expect(event?.payload.memberIds).toContain(friend)
})

test.each([
  ['EVERYONE', 'nobody', null],
  ['FOLLOWERS', 'nobody', 'BLOCKED_BY_POLICY'],
  ['FOLLOWERS', 'follower', null],
  ['FOLLOWING', 'follower', 'BLOCKED_BY_POLICY'],
  ['FOLLOWING', 'followed', null],
  ['NOBODY', 'followed', 'BLOCKED_BY_POLICY'],
] as const)('who takes messages from %s: %s is answered %s', async (messagePolicy, who, expected) => {
  const [sender, recipient] = [await m.account(), await m.account({ messagePolicy })]
  if (who === 'follower') await m.follow(sender, recipient)
  if (who === 'followed') await m.follow(recipient, sender)
  expect(await m.refusal(sender, 'createConversation', { memberIds: [recipient] })).toBe(expected)
  const third = await m.account()
  expect(await m.refusal(sender, 'createConversation', { memberIds: [third, recipient] })).toBe(expected)
  const group = await m.converse(sender, [third, await m.account()])
  const adding = { conversationId: group, memberIds: [recipient] }
  expect(await m.refusal(sender, 'addMembers', adding)).toBe(expected)
  // Whoever writes first has answered for himself.
  const own = await m.converse(recipient, [sender])
  expect(await m.refusal(sender, 'sendMessage', sending(own, 'an answer'))).toBeNull()
})

test('no adult writes to a minor who does not follow him, whatever the minor has set; minors do', async () => {
  const year = new Date().getUTCFullYear()
  const young = { birthDate: `${year - 15}-01-01`, messagePolicy: 'EVERYONE' } as const
  const [adult, friend, peer] = [await m.account(), await m.account(), await m.account(young)]
  const minor = await m.account(young)
  await m.follow(minor, friend)
  const asks = (from: string) => m.refusal(from, 'createConversation', { memberIds: [minor] })
  expect(await Promise.all([adult, friend, peer].map(asks))).toEqual(['BLOCKED_BY_POLICY', null, null])
  const group = await m.converse(adult, [await m.account(), await m.account()])
  const adding = { conversationId: group, memberIds: [minor] }
  expect(await m.refusal(adult, 'addMembers', adding)).toBe('BLOCKED_BY_POLICY')
  // Following him is no way around it; being written to first is an answer.
  await m.follow(adult, minor)
  expect(await asks(adult)).toBe('BLOCKED_BY_POLICY')
  const own = await m.converse(minor, [adult])
  expect(await m.refusal(adult, 'sendMessage', sending(own, 'an answer'))).toBeNull()
})

test('the same link to many strangers rings with nobody, and then is not sent', async () => {
  const sender = await m.account({ createdAt: old })
  const text = 'You have won! https://win.example/now'
  const answers: unknown[] = []
  const rang: boolean[] = []
  for (const other of await m.people(12)) {
    const id = await m.converse(sender, [other])
    const answer = await m.refusal(sender, 'sendMessage', sending(id, text))
    answers.push(answer)
    const [event] = await m.emitted('message.sent', id)
    rang.push((event?.payload.memberIds as string[] | undefined)?.includes(other) ?? false)
    if (answer === null) expect(await m.folder(other, 'REQUESTS')).toEqual([id])
  }
  expect(answers.slice(0, 3)).toEqual([null, null, null])
  expect(answers.at(-1)).toBe('RATE_LIMITED')
  expect(rang[0]).toBe(true)
  expect(answers.some((answer, i) => answer === null && !rang[i])).toBe(true)
})

test('an account of its first day sends 60 messages a minute, wherever it sends them; an older one more', async () => {
  const friends = await m.people(2)
  const sends = async (createdAt: Date) => {
    const sender = await m.account({ createdAt })
    for (const friend of friends) await m.follow(friend, sender)
    const ids = await Promise.all(friends.map((friend) => m.converse(sender, [friend])))
    const answers = await Promise.all(
      Array.from({ length: 62 }, (_, i) =>
        m.refusal(sender, 'sendMessage', sending(ids[i % 2] ?? '', `message ${i}`)),
      ),
    )
    return Object.groupBy(answers, String)
  }
  const young = await sends(new Date())
  expect([young.null?.length, young.RATE_LIMITED?.length]).toEqual([60, 2])
  expect((await sends(old)).null).toHaveLength(62)
})

test('what a shadow-banned account writes reaches itself alone, and it is not told (V23)', async () => {
  const [banned, other] = [await m.account({ shadowBanned: true }), await m.account()]
  const id = await m.converse(banned, [other])
  const { message } = await m.send(banned, id, 'can you see me?')
  expect(message.text).toBe('can you see me?')
  expect([await m.folder(other, 'PRIMARY'), await m.folder(other, 'REQUESTS')]).toEqual([[], []])
  expect((await m.emitted('message.sent', id)).map((event) => event.payload.memberIds)).toEqual([[banned]])
  expect(JSON.stringify(await m.conversation(other, id))).not.toContain('can you see me?')
})

test('nor does anybody hear of it where all have accepted the conversation (V23)', async () => {
  const [banned = '', other = '', third = ''] = await m.people(3)
  const ids = [await m.converse(banned, [other]), await m.converse(third, [banned, other])]
  for (const id of ids) for (const who of [banned, other]) await m.send(who, id, `from ${who}`)
  await m.send(third, ids[1] ?? '', 'from the third')
  await m.shadowBan(banned)
  const received = 'subscription ($id: ID) { messageReceived(conversationId: $id) { message { text } } }'
  const changed =
    'subscription ($id: ID) { conversationChanged(conversationId: $id) { change actor { id } message { id } } }'
  for (const id of ids) {
    const { unreadCount } = await m.conversation(other, id)
    const messageId = (await m.send(banned, id, 'is anyone here?')).message.id
    const sent = (await m.emitted('message.sent', id)).at(-1)
    expect(sent?.payload.memberIds).toEqual([banned])
    if (!sent) continue
    // Also who listens to the conversation alone.
    expect((await m.hear(other, received, sent, { id })).data.messageReceived).toBeNull()
    expect((await m.hear(banned, received, sent, { id })).data.messageReceived).not.toBeNull()

    await m.mutate(banned, 'editMessage', { messageId, text: 'is anyone here now?' }, '__typename')
    await m.mutate(banned, 'reactToMessage', { messageId }, '__typename')
    const changes = await m.emitted('conversation.changed', id)
    const about = changes.filter(
      ({ payload }) => payload.messageId === messageId && payload.change !== 'DELIVERED',
    )
    expect(about.map(({ payload }) => payload.change)).toEqual(['EDITED', 'REACTION'])
    const previewed = about.map((event) => ({ ...event, payload: { ...event.payload, change: 'PREVIEW' } }))
    for (const event of [...about, ...previewed]) {
      expect((await m.hear(other, changed, event, { id })).data.conversationChanged).toBeNull()
      expect((await m.hear(banned, changed, event, { id })).data.conversationChanged).not.toBeNull()
    }
    expect(await m.conversation(other, id)).toMatchObject({ unreadCount })
    expect(JSON.stringify(await m.conversation(other, id))).not.toContain('is anyone here')
    await m.mutate(banned, 'unsendMessage', { messageId }, '__typename')
    expect(await m.conversation(other, id)).toMatchObject({ unreadCount })
  }
})

test('a copy of one’s data says of conversations what their pages show: nothing of who is hidden from him (V1, V23, A9)', async () => {
  const [owner = '', friend = '', blocked = '', banned = ''] = await m.people(4)
  const group = await m.converse(friend, [owner, blocked, banned])
  const hidden = await m.post({ authorId: blocked })
  await m.send(friend, group, 'from a friend', { sharedPostId: hidden })
  await m.send(blocked, group, 'from one who is blocked since')
  await m.send(banned, group, 'from one who is banned since')
  await m.mutate(
    friend,
    'addMembers',
    { conversationId: group, memberIds: [(await m.people(1))[0]] },
    '__typename',
  )
  const [direct, other] = [await m.converse(blocked, [owner]), await m.converse(banned, [owner])]
  await m.send(blocked, direct, 'directly')
  const texts = async () =>
    (await m.copyOf(owner, 'messages')).map((row) => ('text' in row ? row.text : null))
  expect(await texts()).toEqual(expect.arrayContaining(['from one who is blocked since', 'directly']))

  await m.block(owner, blocked)
  await m.shadowBan(banned)
  await m.send(banned, other, 'to nobody')
  await m.send(owner, group, 'his own')
  expect((await texts()).filter((text) => text !== null)).toEqual(['from a friend', 'his own'])
  expect(await m.copyOf(owner, 'messages')).toMatchObject([
    { text: 'from a friend', sharedPostId: undefined },
    { notice: 'MEMBERS_ADDED' },
    { text: 'his own', fromYou: true },
  ])
  // Of the one who is banned he has heard in the group alone.
  const conversations = await m.copyOf(owner, 'conversations')
  expect(conversations).toMatchObject([{ id: group, role: 'MEMBER' }])
  expect(JSON.stringify(conversations)).not.toContain(blocked)
})
