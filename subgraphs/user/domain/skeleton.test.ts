import { expect, test } from 'vitest'
import { skeletonOf } from './skeleton.ts'

test.each([
  ['alice', 'a1ice'],
  ['alice', 'allce'],
  ['bill', 'bi11'],
  ['modern', 'modem'],
  ['otto', '0tt0'],
  ['william', 'vvilliam'],
  ['a.b', 'a_b'],
  ['a.b', 'a._b'],
  ['a__b', 'a_b'],
  ['warn', 'vvam'],
])('C8: %s and %s can be taken for one another', (one, other) => {
  expect(skeletonOf(one)).toBe(skeletonOf(other))
})

test.each([
  ['alice', 'alicia'],
  ['ab', 'a.b'],
  ['fan1', 'fan11'],
  ['fan10', 'fan100'],
  ['ann', 'anna'],
  ['nora', 'mora'],
])('%s and %s are two names', (one, other) => {
  expect(skeletonOf(one)).not.toBe(skeletonOf(other))
})

test('a skeleton is its own', () => {
  for (const name of ['rrn', 'vvv', 'r.n', 'i1l', '._.', '0o0', 'rnrn']) {
    expect(skeletonOf(skeletonOf(name))).toBe(skeletonOf(name))
  }
})
