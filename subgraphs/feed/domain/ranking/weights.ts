// The weights of the ranking: data. These here are chosen by hand, for as long as there are none that were trained.
import { type SignalName, signalNames } from './features.ts'
import type { Weights } from './score.ts'

/** The weights that are used when none were trained. */
export const weights: Weights = {
  signals: {
    recency: 0.5,
    following: 0.4,
    own: 0.6,
    mutual: 0.3,
    favorite: 0.3,
    affinity: 1.6,
    aversion: -0.3,
    engagementRate: 4,
    interest: 2,
    contentType: 0.5,
    session: 0.3,
    popularity: 1.2,
  },
  bias: null,
  halfLifeMs: 18 * 3_600_000,
  // As if the post were six half-lives older: four and a half days.
  seenFactor: 1 / 64,
  repetitionFactor: 0.7,
}

/**
 * What is wrong with weights, a sentence each: they must name every signal and no other, and be numbers that the formula can
 * work with. A process does not start with its own wrong, and does not serve wrong rows.
 */
export function weightProblems(candidate: Weights): string[] {
  const problems: string[] = []
  const known = new Set<string>(signalNames)
  for (const name of signalNames) {
    if (!Number.isFinite(candidate.signals[name as SignalName]))
      problems.push(`The signal ${name} has no weight.`)
  }
  for (const name of Object.keys(candidate.signals)) {
    if (!known.has(name)) problems.push(`There is a weight for ${name}, which is no signal.`)
  }
  const { bias, halfLifeMs, seenFactor, repetitionFactor } = candidate
  if (bias !== null && !Number.isFinite(bias)) problems.push('The bias is no number.')
  if (!(halfLifeMs > 0 && Number.isFinite(halfLifeMs))) problems.push('The half-life is no time.')
  for (const [name, factor] of Object.entries({ seenFactor, repetitionFactor })) {
    if (!(factor > 0 && factor <= 1)) problems.push(`${name} is not above 0 and at most 1.`)
  }
  return problems
}
