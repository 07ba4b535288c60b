import { expect, test } from 'vitest'
import type { ConversationRowFragment, MessageFieldsFragment } from '../operations.gen.ts'
import {
  describeNotice,
  describeStay,
  isOver,
  presenceOf,
  previewOf,
  receiptOf,
  typingOf,
} from './message-text.ts'

const user = (username: string) => ({ id: username, username }) as never
const member = (username: string, change: object) => ({ user: user(username), ...change }) as never
const newest = { id: 'm2', sender: user('ana'), kind: 'TEXT' } as unknown as MessageFieldsFragment
const conversation = (kind: 'DIRECT' | 'GROUP', ...members: never[]) =>
  ({ kind, members }) as unknown as ConversationRowFragment

test.each([
  ['DIRECT', {}, 'Sent'],
  ['DIRECT', { lastDeliveredMessageId: 'm1' }, 'Sent'],
  ['DIRECT', { lastDeliveredMessageId: 'm2' }, 'Delivered'],
  ['DIRECT', { lastDeliveredMessageId: 'm2', lastReadMessageId: 'm2' }, 'Seen'],
  ['GROUP', { lastReadMessageId: 'm2' }, 'Seen by bo'],
] as const)('in a %s the newest message with %o is said to be %s', (kind, change, line) => {
  const seen = conversation(kind, member('ana', { lastReadMessageId: 'm2' }), member('bo', change))
  expect(receiptOf(seen, newest, 'ana')).toBe(line)
  expect(receiptOf(seen, newest, 'bo')).toBeNull()
})

test('who writes is named until his time is over', () => {
  const now = Date.now()
  const until = (ms: number) => ({ typingUntil: new Date(now + ms).toISOString() })
  const one = conversation('GROUP', member('bo', until(1_000)), member('cy', until(-1)))
  expect(typingOf(one, now)).toBe('bo is typing…')
  expect(typingOf(one, now + 1_000)).toBeNull()
})

test('lines of the system and what was taken back have words', () => {
  const notice = { kind: 'MEMBERS_ADDED', users: [user('cy')] } as never
  expect(describeNotice({ notice, sender: user('ana') })).toBe('ana added cy')
  expect(previewOf({ ...newest, kind: 'UNSENT' })).toBe('Message unsent')
  expect(previewOf(null)).toBe('Say hello')
})

test('who is there is said in words, and nothing of whoever does not show it', () => {
  const now = Date.now()
  const lastSeenAt = new Date(now - 5 * 60_000).toISOString()
  expect(presenceOf({ isOnline: true, lastSeenAt }, now)).toBe('Active now')
  expect(presenceOf({ isOnline: false, lastSeenAt }, now)).toMatch(/^Last seen 5 min/)
  expect(presenceOf({ isOnline: false, lastSeenAt: null }, now)).toBeNull()
  expect(presenceOf(null, now)).toBeNull()
})

test.each([
  [5_000, '5 seconds'],
  [90_000, '90 seconds'],
  [3_600_000, '1 hour'],
  [86_400_000, '24 hours'],
  [7 * 86_400_000, '7 days'],
])('%s ms are %s', (ms, words) => {
  expect(describeStay(ms)).toBe(words)
})

test('a message is there until its time comes', () => {
  const now = Date.now()
  const until = (ms: number) => ({ expiresAt: new Date(now + ms).toISOString() })
  expect([isOver({ expiresAt: null }, now), isOver(until(1), now), isOver(until(0), now)]).toEqual([
    false,
    false,
    true,
  ])
})
