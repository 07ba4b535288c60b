import { expect, test } from 'vitest'
import { entityOf, idTime, isId, newId } from './ids.ts'

test('ids ascend, tell their time and their type', () => {
  const now = Date.now()
  const ids = Array.from({ length: 1_000 }, () => newId('post', now))
  expect([...ids].sort()).toEqual(ids)
  expect(new Set(ids).size).toBe(1_000)
  expect(idTime(ids[0] as string)).toBe(now)
  expect(entityOf(ids[0] as string)).toBe('Post')
  expect(isId(newId('session'), 'session')).toBe(true)
})

test.each([
  '',
  'post_',
  'post_123',
  'nobody_01j00000000000000000000000',
  'post_8zzzzzzzzzzzzzzzzzzzzzzzzz',
  "user_'; drop",
])('%j is no id', (text) => {
  expect(entityOf(text)).toBeNull()
})
