import { expect, test } from 'vitest'
import { planFanout } from './fanout.ts'

test.each([
  [0, 'none', 'push'],
  [9_999, 'none', 'push'],
  [10_000, 'none', 'promote'],
  [10_000, 'marking', 'promote'],
  [7_999, 'marking', 'promote'],
  [10_000, 'marked', 'pull'],
  [8_000, 'marked', 'pull'],
  [7_999, 'marked', 'demote'],
] as const)('a post of an author with %i followers who is %s: %s', (followers, celebrity, plan) => {
  expect(planFanout(followers, celebrity)).toBe(plan)
})
