import { expect, test } from 'vitest'
import { caughtUpPlace } from './feed-edges.ts'

const fresh = { reason: 'FRIEND', isNew: true } as const
const seen = { reason: 'FOLLOWING', isNew: false } as const
const own = { reason: 'OWN', isNew: false } as const
const unknown = { reason: 'FOLLOWING', isNew: null } as const

test.each([
  ['between what is new and what was seen', [fresh, fresh, seen, seen], 2],
  ['on top when nothing is new', [seen, seen], 0],
  ['below his own that stand on top, which are never new to him', [own, own, seen], 2],
  ['nowhere while all is new', [fresh, fresh], -1],
  ['nowhere in an order that says nothing of it', [unknown, unknown], -1],
])('one is told that he is all caught up %s', (_where, edges, place) => {
  expect(caughtUpPlace(edges)).toBe(place)
})
