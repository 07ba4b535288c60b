import { expect, test } from 'vitest'
import { createSizedMap } from './sized-map.ts'

test('what was used least recently goes first, and all of it together is never larger than it may be', () => {
  const map = createSizedMap<string, number>(10)
  map.set('a', 1, 4)
  map.set('b', 2, 4)
  expect(map.get('a')).toBe(1)
  map.set('c', 3, 4)
  expect(['a', 'b', 'c'].map((key) => map.get(key))).toEqual([1, undefined, 3])
  expect([map.count, map.size]).toEqual([2, 8])
})

test('a value that is set again counts once; one that is too large is not kept, and takes nothing with it', () => {
  const map = createSizedMap<string, number>(10)
  map.set('a', 1, 3)
  map.set('a', 2, 5)
  expect([map.get('a'), map.count, map.size]).toEqual([2, 1, 5])
  map.set('b', 3, 11)
  expect([map.get('a'), map.get('b'), map.size]).toEqual([2, undefined, 5])
  map.set('a', 4, 11)
  expect([map.get('a'), map.count, map.size]).toEqual([undefined, 0, 0])
})
