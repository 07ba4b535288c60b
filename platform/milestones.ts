// Round numbers, which are worth telling: 100, 1,000, 10,000 and so on.

/** The highest round number that a count reached by growing from `before` to `after`; null when it passed none. */
export function roundNumberReached(before: number, after: number): number | null {
  let reached: number | null = null
  for (let round = 100; round <= after; round *= 10) if (round > before) reached = round
  return reached
}
