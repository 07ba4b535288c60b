import { expect, test } from 'vitest'
import { published } from './review-rules.ts'

test('neither a published count nor the difference of two tells of fewer than five', () => {
  expect([0, 4, 5, 9, 10, 1_234].map(published)).toEqual([null, null, 5, 5, 10, 1_230])
  for (let before = 0; before < 60; before++) {
    for (let after = before; after < 60; after++) {
      const difference = (published(after) ?? 0) - (published(before) ?? 0)
      expect(difference === 0 || difference >= 5).toBe(true)
      // The same answers come of at least five different differences, but for the few next to nothing.
      expect(Math.abs(difference - (after - before))).toBeLessThan(5)
    }
  }
})
