import { expect, test } from 'vitest'
import type { ConversationRow, MemberRow } from '../model.ts'
import { readMembers } from './conversations.ts'
import { isEmoji } from './message-changes.ts'
import { readDraft } from './messages.ts'
import { tellsReceipts, unreadCount } from './participation.ts'

const draft = { conversationId: 'c', clientMessageId: 'm', text: 'hello' }
test.each([
  [draft, null],
  [{ ...draft, text: 'é'.repeat(4_000) }, null],
  [{ ...draft, clientMessageId: 'x'.repeat(64) }, null],
  [{ ...draft, text: null, sharedPostId: 'post_1' }, null],
  [{ ...draft, text: null, mediaId: 'media_1' }, null],
  [{ ...draft, mediaId: 'media_1', sharedPostId: 'post_1' }, 'INVALID'],
  [{ ...draft, text: 'x'.repeat(4_001) }, 'TOO_LONG'],
  [{ ...draft, clientMessageId: 'x'.repeat(65) }, 'TOO_LONG'],
  [{ ...draft, clientMessageId: '' }, 'INVALID'],
  [{ ...draft, clientMessageId: 'm\ud83d' }, 'INVALID'],
  [{ ...draft, clientMessageId: '😀' }, null],
  [{ ...draft, text: '  ' }, 'INVALID'],
  [{ ...draft, text: null }, 'INVALID'],
])('a draft %# is %s', (input, code) => {
  if (code === null) expect(() => readDraft(input)).not.toThrow()
  else expect(() => readDraft(input)).toThrow(expect.objectContaining({ code }))
})

const ids = (count: number) => Array.from({ length: count }, (_, i) => `user_${i}`)
test.each([
  [['me', 'you', 'you'], ['you']],
  [ids(249), ids(249)],
  [[...ids(249), 'me'], ids(249)],
  [ids(250), 'TOO_MANY'],
  [ids(251), 'TOO_MANY'],
  [['me'], 'INVALID'],
  [[], 'INVALID'],
])('members %#', (input, expected) => {
  if (Array.isArray(expected)) expect(readMembers('me', input)).toEqual(expected)
  else expect(() => readMembers('me', input)).toThrow(expect.objectContaining({ code: expected }))
})

test('unread are the messages of others after the newest read one', () => {
  const member = { readSequence: 4, sentUnread: 2 } as MemberRow
  expect(unreadCount({ lastSequence: 10 } as ConversationRow, member)).toBe(4)
})

test.each([
  ['PRIMARY', 'other', true],
  ['REQUESTS', 'other', false],
  ['NONE', 'other', false],
  ['REQUESTS', 'member', true],
] as const)('a member in whose %s it is tells %s: %s (D4)', (folder, viewerId, told) => {
  expect(tellsReceipts({ userId: 'member', folder } as MemberRow, viewerId)).toBe(told)
})

test.each([
  ['❤️', true],
  ['👍🏽', true],
  ['👩‍👩‍👧‍👦', true],
  ['🇨🇭', true],
  ['1️⃣', true],
  ['🏴󠁧󠁢󠁥󠁮󠁧󠁿', true],
  ['', false],
  ['a', false],
  ['1', false],
  ['❤️❤️', false],
  [' ❤️', false],
  ['<b>', false],
  ['😀'.repeat(50), false],
])('a reaction %s is an emoji: %s', (text, expected) => {
  expect(isEmoji(text)).toBe(expected)
})
