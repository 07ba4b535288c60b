import { expect, test } from 'vitest'
import { nameOfSubject, roughly, urgencyOf } from './words.ts'

test.each([
  [0, '0 s'],
  [40_000, '40 s'],
  [12 * 60_000, '12 min'],
  [5 * 3_600_000, '5 h'],
  [72 * 3_600_000, '3 days'],
])('%i ms are roughly %s', (ms, words) => expect(roughly(ms)).toBe(words))

test.each([
  [3_000, 'urgent'],
  [1_500, 'high'],
  [300, 'normal'],
] as const)('a priority of %i is %s', (priority, urgency) => expect(urgencyOf(priority)).toBe(urgency))

test('a thing is called by what its id says it is', () => {
  expect(nameOfSubject('comment_01m7zaaggz6xkqce2qt4vcrnm9')).toBe('Comment')
  expect(nameOfSubject('constructor_1')).toBe('Something')
})
