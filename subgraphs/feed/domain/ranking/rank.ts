// The ranking, stage after stage: candidates → features → score → diversity. What follows, the page, is the feed's.
import { diversify } from './diversity.ts'
import { type Candidate, featuresOf, type Look } from './features.ts'
import { scoreOf, type Weights } from './score.ts'

/** The candidates' ids, best first: all of them, and always the same for the same arguments. */
export function rank(candidates: readonly Candidate[], look: Look, weights: Weights): string[] {
  const scored = candidates.map((candidate) => ({
    candidate,
    score: scoreOf(featuresOf(candidate, look), weights),
  }))
  return diversify(scored, weights.repetitionFactor).map(({ id }) => id)
}
