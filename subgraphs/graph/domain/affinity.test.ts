import { expect, test } from 'vitest'
import type { Neighbours } from '../model.ts'
import {
  alike,
  compareCandidates,
  followedByAlike,
  friendsOfFriends,
  interestsIn,
  popularFor,
  telling,
} from './affinity.ts'

const person = (userId: string, otherIds: string[], degree: Partial<Neighbours> = {}): Neighbours => ({
  userId,
  otherIds,
  followers: 0,
  following: otherIds.length,
  ...degree,
})
const nobody = new Set<string>()

test('a friend with few acquaintances tells more than one with thousands', () => {
  const found = friendsOfFriends(
    [person('hub', ['a', 'b'], { followers: 10_000 }), person('loner', ['b', 'c'])],
    new Set(['c']),
  )
  expect(found.toSorted(compareCandidates).map(({ otherId, mutualCount }) => [otherId, mutualCount])).toEqual(
    [
      ['b', 2],
      ['a', 1],
    ],
  )
  const [rare, common] = ['x', 'y'].map((id, i) =>
    friendsOfFriends([person('f', [id], { followers: i ? 10_000 : 1 })], nobody),
  )
  expect(rare?.[0]?.weight).toBeGreaterThan(common?.[0]?.weight ?? 0)
  expect(telling(-5)).toBe(telling(0))
})

test('who shares two follows is alike, and the rarer what is shared, the more', () => {
  const followed = [
    person('star', ['p', 'q', 'r'], { followers: 100_000 }),
    person('band', ['p', 'q'], { followers: 50 }),
    person('club', ['q', 'me'], { followers: 5 }),
    person('cook', ['p', 's'], { followers: 5_000 }),
  ]
  expect(alike(followed, new Set(['me']), 10).map(({ userId }) => userId)).toEqual(['q', 'p'])
  expect(alike(followed, nobody, 1)).toHaveLength(1)
})

test('who follows everyone is like nobody', () => {
  const found = followedByAlike(
    [person('a', ['x'], { following: 3 }), person('b', ['y'], { following: 7_000 })],
    new Map([
      ['a', 1],
      ['b', 1],
    ]),
    nobody,
  )
  expect(found.toSorted(compareCandidates).map(({ otherId }) => otherId)).toEqual(['x', 'y'])
})

test('what more people post about is more of an interest, and a hashtag that is followed as three people’s', () => {
  const about = (authorId: string, ...topicIds: string[]) => ({ authorId, topicIds })
  const posts = [
    about('a', '#sea', 'harbour'),
    about('b', '#sea'),
    ...Array.from({ length: 9 }, () => about('a', '#soup')),
  ]
  expect([...interestsIn(posts, ['#light', '#sea'], 3)]).toEqual([
    ['#sea', 5],
    ['#light', 3],
    ['#soup', 1],
  ])
})

test('who is followed by more comes earlier among those who post about the same, and who posts about more of it', () => {
  const posts = [
    ...[...Array(9).keys()].map(() => ({ authorId: 'often', topicId: '#sea' })),
    { authorId: 'star', topicId: '#sea' },
    { authorId: 'keeper', topicId: '#sea' },
    { authorId: 'keeper', topicId: '#light' },
  ]
  const interests = new Map([
    ['#sea', 1],
    ['#light', 3],
  ])
  const found = popularFor(posts, interests, new Map([['star', 6]]))
  expect(
    found.toSorted(compareCandidates).map(({ otherId, reason, weight }) => [otherId, reason, weight]),
  ).toEqual([
    ['keeper', 'SHARED_INTERESTS', 4e6],
    ['star', 'SHARED_INTERESTS', 3e6],
    ['often', 'SHARED_INTERESTS', 1e6],
  ])
})

test('friends of friends come before the similar, those before who shares interests, and the popular last', () => {
  const reasons = ['POPULAR', 'SHARED_INTERESTS', 'SIMILAR_FOLLOWS', 'MUTUAL_FOLLOWS'] as const
  const candidates = reasons.map((reason, i) => ({ otherId: 'x', reason, weight: 100 - i, mutualCount: 0 }))
  expect(candidates.toSorted(compareCandidates).map(({ reason }) => reason)).toEqual(reasons.toReversed())
})
