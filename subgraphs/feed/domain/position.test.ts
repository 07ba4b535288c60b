import { expect, test } from 'vitest'
import { comparePositions, floorPosition, laterPosition, mergePositions } from './position.ts'

const at = (publishedAt: number, id = `post_${publishedAt}`) => ({ publishedAt, id })

test.each([
  ['nothing', [], 5, []],
  ['one list', [[at(3), at(1)]], 5, [at(3), at(1)]],
  [
    'interleaved',
    [
      [at(5), at(2)],
      [at(4), at(3)],
    ],
    5,
    [at(5), at(4), at(3), at(2)],
  ],
  [
    'cut at the limit',
    [
      [at(5), at(2)],
      [at(4), at(3)],
    ],
    3,
    [at(5), at(4), at(3)],
  ],
  [
    'a post in two lists once',
    [
      [at(5), at(2)],
      [at(5), at(3)],
    ],
    5,
    [at(5), at(3), at(2)],
  ],
  ['equal times by id', [[at(5, 'post_a')], [at(5, 'post_b')]], 5, [at(5, 'post_b'), at(5, 'post_a')]],
])('merges %s', (_name, lists, limit, merged) => {
  expect(mergePositions(lists, limit)).toEqual(merged)
})

test('a floor stands before every post of its millisecond', () => {
  expect(comparePositions(floorPosition(5), at(5, 'post_7zzz'))).toBeLessThan(0)
  expect(comparePositions(floorPosition(5), at(6))).toBeGreaterThan(0)
})

test('the later of two positions', () => {
  expect(laterPosition(null, at(5))).toEqual(at(5))
  expect(laterPosition(at(4), at(5))).toEqual(at(4))
  expect(laterPosition(at(6), at(5))).toEqual(at(5))
})
