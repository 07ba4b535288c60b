import { expect, test } from 'vitest'
import { clock } from './clock.ts'

test.each([
  [0, '0:00'],
  [6.6, '0:07'],
  [59.5, '1:00'],
  [750, '12:30'],
])('%s seconds are shown as %s', (seconds, shown) => {
  expect(clock(seconds)).toBe(shown)
})
