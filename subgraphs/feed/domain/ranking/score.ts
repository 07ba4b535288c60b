// What a post is worth on its own: `Σ wᵢ·p̂ᵢ × 0.5^(age / half-life)`, less what has been seen.
import type { Features, SignalName, Signals } from './features.ts'

export interface Weights {
  /** wᵢ. */
  signals: Readonly<Record<SignalName, number>>
  /**
   * Weights that were chosen by hand add up to the worth itself: null. Trained ones are those of a logistic regression, whose
   * constant this is: then the worth is the chance that it gives.
   */
  bias: number | null
  /** After so many milliseconds a post is worth half. */
  halfLifeMs: number
  /** What is left of the worth of a post that has been seen. */
  seenFactor: number
  /** What is left with each post of the same author that stands before. */
  repetitionFactor: number
}

/** What a post is worth when it is new and has not been seen. Signals that are left out count nothing. */
export function worthOf(signals: Partial<Signals>, weights: Weights): number {
  let sum = weights.bias ?? 0
  for (const name in weights.signals) {
    sum += weights.signals[name as SignalName] * (signals[name as SignalName] ?? 0)
  }
  return weights.bias === null ? Math.max(0, sum) : 1 / (1 + Math.exp(-sum))
}

/**
 * The score as a logarithm to base 2: a product of ages would be no number of its own any more after two years. Minus
 * infinity when nothing speaks for the post.
 */
export function scoreOf(
  { ageMs, seen, signals }: Omit<Features, 'signals'> & { signals: Partial<Signals> },
  weights: Weights,
): number {
  const worth = worthOf(signals, weights)
  return Math.log2(worth) - ageMs / weights.halfLifeMs + (seen ? Math.log2(weights.seenFactor) : 0)
}
