import { expect, test } from 'vitest'
import { pushLevel } from './pushing.ts'

test('ten thousand likes are eight pushes (N3)', () => {
  const seen = new Set(Array.from({ length: 10_000 }, (_, i) => pushLevel(i + 1)))
  expect(seen.size).toBe(8)
  expect(pushLevel(0)).toBe(0)
  expect(pushLevel(1)).toBe(1)
})
