import { expect, test } from 'vitest'
import type { MessageFieldsFragment } from '../operations.gen.ts'
import { placeMessages } from './thread-layout.ts'

const message = (sequence: number, sender: string, minute: number, clientMessageId = `c${sequence}`) =>
  ({
    id: `message_${sequence}`,
    sequence,
    kind: 'TEXT',
    text: '',
    editedAt: null,
    isChange: false,
    notice: null,
    replyTo: null,
    reactions: [],
    linkPreview: null,
    media: null,
    story: null,
    expiresAt: null,
    sentAt: new Date(minute * 60_000).toISOString(),
    clientMessageId,
    sender: { id: sender, username: sender, displayName: null, isVerified: false, avatar: null },
    sharedPost: null,
  }) satisfies MessageFieldsFragment

test('messages stand in the order of their sequence, grouped by sender and silence', () => {
  const placed = placeMessages([
    message(3, 'bo', 2),
    message(1, 'ana', 0),
    message(2, 'ana', 1),
    message(4, 'bo', 90),
  ])
  expect(
    placed.map(({ message: { sequence }, startsTime, startsRun, endsRun }) => [
      sequence,
      startsTime,
      startsRun,
      endsRun,
    ]),
  ).toEqual([
    [1, true, true, false],
    [2, false, false, true],
    [3, false, true, true],
    [4, true, true, true],
  ])
})

test('a message that is on its way gives place to the one that arrived', () => {
  const placed = placeMessages([
    message(2 ** 31 - 1, 'ana', 1, 'x'),
    message(5, 'ana', 1, 'x'),
    message(4, 'bo', 0, 'x'),
  ])
  expect(placed.map((item) => item.message.sequence)).toEqual([4, 5])
})
