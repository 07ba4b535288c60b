import { expect, test } from 'vitest'
import { stranger } from '#schema/facts.ts'
import { isQuiet, isWanted, timeOfDay } from './notification-settings.ts'

const at = (time: string) => new Date(`2026-01-15T${time}:00Z`)
const quiet = (start: number, end: number, timeZone = 'UTC') => ({
  startMinute: start * 60,
  endMinute: end * 60,
  timeZone,
})

test.each([
  [quiet(22, 7), '23:00', true],
  [quiet(22, 7), '06:59', true],
  [quiet(22, 7), '07:00', false],
  [quiet(9, 17), '12:00', true],
  [quiet(9, 17), '17:00', false],
  // Berlin is an hour ahead in winter.
  [quiet(22, 7, 'Europe/Berlin'), '21:30', true],
  [quiet(22, 7, 'Europe/Berlin'), '06:30', false],
  [null, '03:00', false],
] as const)('%j at %s: %s', (hours, time, expected) => {
  expect(isQuiet(hours, at(time))).toBe(expected)
})

test.each([
  ['EVERYONE', 'NONE', true],
  ['FOLLOWING', 'NONE', false],
  ['FOLLOWING', 'FOLLOWING', true],
  ['NOBODY', 'FOLLOWING', false],
] as const)('from %s, by someone whom he follows %s: %s (N5)', (from, follow, wanted) => {
  expect(isWanted({ from, channels: ['IN_APP'] }, { ...stranger, follow })).toBe(wanted)
  expect(isWanted({ from, channels: [] }, { ...stranger, follow })).toBe(false)
})

test('times of day', () => {
  expect([timeOfDay(0), timeOfDay(7 * 60 + 5), timeOfDay(1_439)]).toEqual(['00:00', '07:05', '23:59'])
})
