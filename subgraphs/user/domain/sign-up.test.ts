import { expect, test } from 'vitest'
import { checkBirthDate, checkPassword, foldUsername } from './sign-up.ts'

/** The value, or the code of the refusal. */
const outcome = (work: () => string) => {
  try {
    return work()
  } catch (error) {
    return (error as { code: string }).code
  }
}

test.each([
  ['alice', 'alice'],
  ['Alice.B_9', 'alice.b_9'],
  ['a'.repeat(30), 'a'.repeat(30)],
  ['', 'INVALID'],
  ['a'.repeat(31), 'INVALID'],
  ['al ice', 'INVALID'],
  ['alice\n', 'INVALID'],
  ['аlice', 'INVALID'], // Cyrillic а
  ['ali\u212Ae', 'INVALID'], // the Kelvin sign, which lower-cases to k
  ['ａlice', 'INVALID'], // full width
  ['Admin', 'TAKEN'],
  ['graphql', 'TAKEN'],
])('the username %j is folded or refused: %s', (given, expected) => {
  expect(outcome(() => foldUsername(given))).toBe(expected)
})

test.each([
  ['12345678', '12345678'],
  ['1234567', 'INVALID'],
  ['🔑'.repeat(8), '🔑'.repeat(8)],
  ['🔑'.repeat(7), 'INVALID'],
  ['x'.repeat(128), 'x'.repeat(128)],
  ['x'.repeat(129), 'TOO_LONG'],
  ['x'.repeat(1_000_000), 'TOO_LONG'],
  ['cafe\u0301 noir', 'café noir'],
])('the password %.20j is taken or refused', (given, expected) => {
  expect(outcome(() => checkPassword(given))).toBe(expected)
})

test.each([
  ['2013-07-15', '2013-07-15'],
  ['2013-07-16', 'INVALID'],
  ['2026-07-15', 'INVALID'],
  ['2026-07-16', 'INVALID'],
  ['1900-01-01', '1900-01-01'],
  ['1899-12-31', 'INVALID'],
])('A8: on 15 July 2026, a day of birth of %s is %s', (given, expected) => {
  expect(outcome(() => checkBirthDate(given, new Date('2026-07-15T12:00:00Z')))).toBe(expected)
})

test('A8: who was born on 29 February comes of age on 1 March', () => {
  expect(outcome(() => checkBirthDate('2012-02-29', new Date('2025-02-28T23:59:59Z')))).toBe('INVALID')
  expect(outcome(() => checkBirthDate('2012-02-29', new Date('2025-03-01T00:00:00Z')))).toBe('2012-02-29')
})
