import { expect, test } from 'vitest'
import { formatCount, plural } from './count.ts'

test('counts', () => {
  expect(formatCount(12_437)).toBe('12,437')
  expect(formatCount(12_437, 'compact')).toBe('12.4K')
  expect(plural(0, 'like')).toBe('0 likes')
  expect(plural(1, 'like')).toBe('1 like')
  expect(plural(2, 'reply', 'replies')).toBe('2 replies')
})
