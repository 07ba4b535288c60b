// The weights of the ranking. Chosen by hand until there are logged impressions to train them from.
import type { Weights } from './score.ts'

/** The weights in use. */
export const weights: Weights = {
  signals: {
    following: 0.4,
    own: 0.6,
    mutual: 0.3,
    engagementRate: 1,
  },
  halfLifeMs: 18 * 3_600_000,
  // As if the post were six half-lives older: four and a half days.
  seenFactor: 1 / 64,
  repetitionFactor: 0.7,
}
