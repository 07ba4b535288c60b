import { expect, test } from 'vitest'
import { timeAgo, timeAgoBrief, timeOfRun } from './time-ago.ts'

const now = Date.parse('2026-06-15T12:00:00.000Z')
const before = (ms: number) => new Date(now - ms).toISOString()
const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

test.each([
  [-5_000, 'now', 'now'],
  [0, 'now', 'now'],
  [9_999, 'now', 'now'],
  [42_000, '42 sec. ago', 'now'],
  [5 * minute, '5 min. ago', '5m'],
  [59 * minute + 59_000, '59 min. ago', '59m'],
  [3 * hour, '3 hr. ago', '3h'],
  [6 * day + 23 * hour, '6 days ago', '6d'],
  [7 * day, '1 wk. ago', '1w'],
  [34 * day, '4 wk. ago', '4w'],
  [60 * day, 'April 16', '8w'],
  [400 * day, 'May 11, 2025', '57w'],
])('%d ms ago', (ms, long, brief) => {
  expect(timeAgo(before(ms), now, 'en-US')).toBe(long)
  expect(timeAgoBrief(before(ms), now)).toBe(brief)
})

test('a run of messages names the day only when it is not today', () => {
  const noon = new Date(2026, 5, 15, 12).getTime()
  const at = (ms: number) => timeOfRun(new Date(noon - ms).toISOString(), noon, 'en-GB')
  expect(at(hour)).toBe('11:00')
  expect(at(2 * day)).toMatch(/Saturday.*12:00/)
  expect(at(10 * day)).toMatch(/5 June.*12:00/)
})
