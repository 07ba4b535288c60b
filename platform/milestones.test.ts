import { expect, test } from 'vitest'
import { roundNumberReached } from './milestones.ts'

test.each([
  [0, 99, null],
  [99, 100, 100],
  [100, 101, null],
  [100, 999, null],
  [990, 10_003, 10_000],
  [1_000, 1_000, null],
  [101, 100, null],
])('from %i to %i the round number is %s', (before, after, round) => {
  expect(roundNumberReached(before, after)).toBe(round)
})
