import { expect, test } from 'vitest'
import { type Relation, stranger } from '#schema/facts.ts'
import { type Candidate, featuresOf, type Look } from './features.ts'
import { noKnowledge } from './knowledge.ts'
import { rank, rankingProblems, stages } from './rank.ts'
import { scoreOf, worthOf } from './score.ts'
import { weights } from './weights.ts'

const now = 1_800_000_000_000
const hour = 3_600_000
const followed: Relation = { ...stranger, follow: 'FOLLOWING' }
const mutual: Relation = { ...followed, followedBy: 'FOLLOWING' }

function candidate(id: string, authorId: string, hours: number, relation = followed): Candidate {
  return { id, authorId, kind: 'POST', publishedAt: now - hours * hour, relation }
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
      // Two days old, so that being new says nothing.
      candidate('a1', 'a', 48),
      candidate('a2', 'a', 49),
      candidate('a3', 'a', 50),
      candidate('b1', 'b', 57),
      candidate('c1', 'c', 68),
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

test('the score is Σ wᵢ·p̂ᵢ × 0.5^(age / 18 h); what is not known counts nothing', () => {
  const features = featuresOf(candidate('a', 'a', 36, mutual), look())
  const { following, mutual: friends, recency } = weights.signals
  expect(2 ** scoreOf(features, weights)).toBeCloseTo((following + friends + recency / 37) / 4, 6)
  expect(features.signals).toMatchObject({ engagementRate: 0, affinity: 0, aversion: 0, interest: 0 })
  expect(featuresOf(candidate('a', 'a', -1), look()).ageMs).toBe(0)
})

test('whom one cares for comes before others, whom one passes by after them, and what many like before what few do', () => {
  const worth = { close: 0.6, tired: 0 }
  const knowledge = {
    ...noKnowledge,
    affinity: (authorId: string) => worth[authorId as 'close'] ?? 0,
    aversion: (authorId: string) => (authorId === 'tired' ? 0.8 : 0),
    engagementRate: (id: string) => (id === 'popular' ? 0.2 : 0.05),
    interest: (id: string) => (id === 'of taste' ? 0.9 : 0),
  }
  const posts = [
    candidate('of tired', 'tired', 1),
    candidate('plain', 'a', 1),
    candidate('popular', 'b', 1),
    candidate('of taste', 'c', 1),
    candidate('of close', 'close', 1),
  ]
  expect(rank(posts, { ...look(), knowledge }, weights)).toEqual([
    'of taste',
    'of close',
    'popular',
    'plain',
    'of tired',
  ])
})

test('the table of stages and the weights are checked', () => {
  expect(rankingProblems(stages, weights)).toEqual([])
  const { own: _own, ...others } = weights.signals
  const wrong = {
    ...weights,
    signals: { ...others, charm: 1 } as never,
    seenFactor: 0,
    halfLifeMs: Number.NaN,
  }
  expect(rankingProblems([...stages].reverse(), wrong)).toEqual([
    'The signal own has no weight.',
    'There is a weight for charm, which is no signal.',
    'The half-life is no time.',
    'seenFactor is not above 0 and at most 1.',
    'The stage that gives order needs scored, which is not there yet.',
    'The stage that gives scored needs features, which is not there yet.',
  ])
  expect(rankingProblems([], weights)).toEqual(['No stage gives the order.'])
})

test('trained weights give a chance, those chosen by hand a sum', () => {
  const trained = { ...weights, bias: -2 }
  const { following, own } = weights.signals
  expect(worthOf({ following: 1 }, trained)).toBeCloseTo(1 / (1 + Math.exp(2 - following)))
  expect(worthOf({ following: 1, own: 1 }, weights)).toBeCloseTo(following + own)
  expect(worthOf({ aversion: 1 }, weights)).toBe(0)
})
