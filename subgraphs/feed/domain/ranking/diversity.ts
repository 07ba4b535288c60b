// No author fills a page: each further post of his is worth less.
import { comparePositions } from '../position.ts'
import type { Candidate } from './features.ts'

type Placed = Pick<Candidate, 'id' | 'authorId' | 'publishedAt'>

/** A candidate with its score, a logarithm to base 2. */
export interface Scored {
  candidate: Placed
  score: number
}

/**
 * The candidates, best first, the k-th post of an author (from 0) at `factor^k` of its worth. Since an author's own posts
 * keep their order, this is what picking the best of the rest again and again comes to. Equals stand newest first.
 */
export function diversify(scored: readonly Scored[], factor: number): Placed[] {
  const standing = new Map<string, number>()
  return scored
    .toSorted(compareScored)
    .map(({ candidate, score }) => {
      const before = standing.get(candidate.authorId) ?? 0
      standing.set(candidate.authorId, before + 1)
      return { candidate, score: score + before * Math.log2(factor) }
    })
    .sort(compareScored)
    .map(({ candidate }) => candidate)
}

function compareScored(a: Scored, b: Scored): number {
  // Minus infinity less itself is no number.
  if (a.score !== b.score) return b.score - a.score
  return comparePositions(a.candidate, b.candidate)
}
