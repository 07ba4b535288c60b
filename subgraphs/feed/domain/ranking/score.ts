// What a post is worth on its own: `Σ wᵢ·p̂ᵢ × 0.5^(age / half-life)`, less what has been seen.
import type { Features, Signals } from './features.ts'

export interface Weights {
  /** wᵢ. */
  signals: Readonly<Record<keyof Signals, number>>
  /** After so many milliseconds a post is worth half. */
  halfLifeMs: number
  /** What is left of the worth of a post that has been seen. */
  seenFactor: number
  /** What is left with each post of the same author that stands before. */
  repetitionFactor: number
}

/**
 * The score as a logarithm to base 2: a product of ages would be no number of its own any more after two years. Minus
 * infinity when nothing speaks for the post. Signals that are left out count nothing.
 */
export function scoreOf({ ageMs, seen, signals }: Features, weights: Weights): number {
  const names = Object.keys(weights.signals) as (keyof Signals)[]
  const worth = names.reduce((sum, name) => sum + weights.signals[name] * (signals[name] ?? 0), 0)
  return Math.log2(worth) - ageMs / weights.halfLifeMs + (seen ? Math.log2(weights.seenFactor) : 0)
}
