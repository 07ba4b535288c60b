import { expect, test } from 'vitest'
import { type Relation, stranger } from '#schema/facts.ts'
import { type Candidate, featuresOf, type Look } from './features.ts'
import { rank } from './rank.ts'
import { scoreOf } from './score.ts'
import { weights } from './weights.ts'

const now = 1_800_000_000_000
const hour = 3_600_000
const followed: Relation = { ...stranger, follow: 'FOLLOWING' }
const mutual: Relation = { ...followed, followedBy: 'FOLLOWING' }

function candidate(id: string, authorId: string, hours: number, relation = followed): Candidate {
  return { id, authorId, publishedAt: now - hours * hour, relation }
}
function look(...seen: string[]): Look {
  return { viewerId: 'me', seenIds: new Set(seen), now }
}

test.each<[string, Candidate[], Look, string[]]>([
  ['nothing', [], look(), []],
  ['the newer first', [candidate('old', 'a', 5), candidate('new', 'b', 1)], look(), ['new', 'old']],
  [
    'a friend before someone whom one only follows',
    [candidate('follow', 'a', 1), candidate('friend', 'b', 3, mutual)],
    look(),
    ['friend', 'follow'],
  ],
  [
    'but not for ever',
    [candidate('follow', 'a', 1), candidate('friend', 'b', 30, mutual)],
    look(),
    ['follow', 'friend'],
  ],
  [
    "one's own, just published, on top",
    [
      candidate('friend', 'b', 0.1, { ...stranger, follow: 'FOLLOWING' }),
      candidate('own', 'me', 0, stranger),
    ],
    look(),
    ['own', 'friend'],
  ],
  [
    'an author who repeats himself lower each time: 0.7 is 9.3 hours',
    [
      candidate('a1', 'a', 0),
      candidate('a2', 'a', 1),
      candidate('a3', 'a', 2),
      candidate('b1', 'b', 9),
      candidate('c1', 'c', 20),
    ],
    look(),
    ['a1', 'b1', 'a2', 'c1', 'a3'],
  ],
  [
    'what was seen below what was not, still there',
    [candidate('seen', 'a', 1), candidate('also seen', 'b', 2), candidate('unseen', 'c', 80)],
    look('seen', 'also seen'),
    ['unseen', 'seen', 'also seen'],
  ],
  [
    'decades are told apart, and equals stand newest first',
    [candidate('a', 'a', 300_000), candidate('c', 'b', 299_999), candidate('b', 'c', 300_000)],
    look(),
    ['c', 'b', 'a'],
  ],
])('%s', (_name, candidates, at, expected) => {
  expect(rank(candidates, at, weights)).toEqual(expected)
  expect(rank(candidates.toReversed(), at, weights)).toEqual(expected)
})

test('the score is Σ wᵢ·p̂ᵢ × 0.5^(age / 18 h); what nobody publishes counts nothing', () => {
  const features = featuresOf(candidate('a', 'a', 36, mutual), look())
  const { following, mutual: friends } = weights.signals
  expect(2 ** scoreOf(features, weights)).toBeCloseTo((following + friends) / 4)
  expect(features.signals).not.toHaveProperty('engagementRate')
  expect(featuresOf(candidate('a', 'a', -1), look()).ageMs).toBe(0)
})
