// Sums that fade: each part is worth half after a half-life. They are kept as one number that never has to be touched because
// time passes, the logarithm to base 2 of what the parts are worth seen from 1970 (forward decay, Cormode et al., ICDE 2009):
// it grows with each part, orders things by what they are worth now, and can be indexed.

/** Half-life of what is done with a post, in milliseconds. */
export const heatHalfLifeMs = 18 * 3_600_000
/** A post whose deeds are worth so many likes now has half of the popularity that can be. */
const hotWorth = 8
/** Half-life of what a viewer does with an author's posts. */
export const affinityHalfLifeMs = 30 * 86_400_000

/** One part of a fading sum. `at` in milliseconds since 1970; `weight` above 0. */
export function heatOf(weight: number, at: number, halfLifeMs: number): number {
  return Math.log2(weight) + at / halfLifeMs
}

/** Two fading sums together; null is an empty one. */
export function addHeat(a: number | null, b: number | null): number | null {
  if (a === null || b === null) return a ?? b
  return Math.max(a, b) + Math.log2(1 + 2 ** -Math.abs(a - b))
}

/** What a fading sum is worth at a moment; 0 for an empty one. */
export function worthAt(heat: number | null | undefined, now: number, halfLifeMs: number): number {
  return heat === null || heat === undefined ? 0 : 2 ** (heat - now / halfLifeMs)
}

/** How much is done with a post lately, from 0 to 1. */
export function popularityOf(heat: number | null | undefined, now: number): number {
  const worth = worthAt(heat, now, heatHalfLifeMs)
  return worth / (worth + hotWorth)
}
