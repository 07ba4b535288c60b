import { expect, test } from 'vitest'
import { nextDigestAt } from './digest.ts'

const quiet = (timeZone: string, start = 22, end = 7) => ({
  startMinute: start * 60,
  endMinute: end * 60,
  timeZone,
})

test.each([
  // 2026-01-15 is a Thursday.
  ['DAILY', null, '2026-01-15T08:59:00Z', '2026-01-15T09:00:00.000Z'],
  ['DAILY', null, '2026-01-15T09:00:00Z', '2026-01-16T09:00:00.000Z'],
  ['WEEKLY', null, '2026-01-15T12:00:00Z', '2026-01-19T09:00:00.000Z'],
  ['WEEKLY', null, '2026-01-19T09:00:00Z', '2026-01-26T09:00:00.000Z'],
  ['DAILY', quiet('Europe/Berlin'), '2026-01-15T12:00:00Z', '2026-01-16T08:00:00.000Z'],
  ['DAILY', quiet('Europe/Berlin'), '2026-07-15T12:00:00Z', '2026-07-16T07:00:00.000Z'],
  // Clocks go forward on 29 March 2026 in Berlin, and back on 25 October.
  ['DAILY', quiet('Europe/Berlin'), '2026-03-28T12:00:00Z', '2026-03-29T07:00:00.000Z'],
  ['DAILY', quiet('Europe/Berlin'), '2026-10-24T12:00:00Z', '2026-10-25T08:00:00.000Z'],
  ['DAILY', quiet('Pacific/Auckland'), '2026-01-15T12:00:00Z', '2026-01-15T20:00:00.000Z'],
  ['DAILY', quiet('America/Los_Angeles', 0, 11), '2026-01-15T12:00:00Z', '2026-01-15T19:00:00.000Z'],
] as const)('%s with %j after %s: %s', (period, hours, after, due) => {
  expect(nextDigestAt(period, hours, new Date(after))?.toISOString()).toBe(due)
})

test('who wants none gets none', () => {
  expect(nextDigestAt('OFF', null, new Date())).toBe(null)
})
