import { expect, test } from 'vitest'
import { beginning, next, previous } from './order.ts'

const ring = (...seen: boolean[]) => ({ stories: seen.map((viewerHasSeen) => ({ viewerHasSeen })) })
const rings = [ring(true, false, false), ring(true, true), ring(false)]

test('one begins at what is unseen, or at the first when all is seen', () => {
  expect(rings.map((_, i) => beginning(rings, i).story)).toEqual([1, 0, 0])
})

test('the way through the tray and back', () => {
  const forth = []
  for (let place = beginning(rings, 0), more = true; more; ) {
    forth.push([place.ring, place.story])
    const then = next(rings, place)
    if (then) place = then
    else more = false
  }
  expect(forth).toEqual([
    [0, 1],
    [0, 2],
    [1, 0],
    [1, 1],
    [2, 0],
  ])
  expect(previous(rings, { ring: 0, story: 0 })).toBeNull()
  expect(previous(rings, { ring: 0, story: 2 })).toEqual({ ring: 0, story: 1 })
  expect(previous(rings, { ring: 2, story: 0 })).toEqual({ ring: 1, story: 0 })
})
