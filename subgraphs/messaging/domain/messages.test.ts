import { expect, test } from 'vitest'
import type { ConversationRow, MemberRow } from '../model.ts'
import { readMembers } from './conversations.ts'
import { rangeOf, readDraft } from './messages.ts'
import { toldReadMessageId, unreadCount } from './participation.ts'

test.each([
  [0, { first: 10, after: null }, [1, 0]],
  [25, { first: 10, after: null }, [1, 10]],
  [25, { first: 10, after: 10 }, [11, 20]],
  [25, { first: 10, after: 20 }, [21, 25]],
  [25, { first: 10, after: 25 }, [26, 25]],
  [25, { last: 10, before: null }, [16, 25]],
  [25, { last: 10, before: 16 }, [6, 15]],
  [25, { last: 10, before: 6 }, [1, 5]],
  [25, { last: 10, before: 1 }, [1, 0]],
  [0, { last: 10, before: null }, [1, 0]],
])('of %i messages the page %o is %o', (lastSequence, page, [from, to]) => {
  expect(rangeOf(lastSequence, page)).toEqual({ from, to })
})

const draft = { conversationId: 'c', clientMessageId: 'm', text: 'hello' }
test.each([
  [draft, null],
  [{ ...draft, text: 'é'.repeat(4_000) }, null],
  [{ ...draft, clientMessageId: 'x'.repeat(64) }, null],
  [{ ...draft, text: null, sharedPostId: 'post_1' }, null],
  [{ ...draft, text: 'x'.repeat(4_001) }, 'TOO_LONG'],
  [{ ...draft, clientMessageId: 'x'.repeat(65) }, 'TOO_LONG'],
  [{ ...draft, clientMessageId: '' }, 'INVALID'],
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
  ['PRIMARY', 'other', 'message_1'],
  ['REQUESTS', 'other', null],
  ['NONE', 'other', null],
  ['REQUESTS', 'member', 'message_1'],
] as const)('a member in whose %s it is tells %s: %s', (folder, viewerId, told) => {
  const member = { userId: 'member', folder, readMessageId: 'message_1' } as MemberRow
  expect(toldReadMessageId(member, viewerId)).toBe(told)
})
