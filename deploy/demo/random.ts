// Chance that repeats itself: the same seed draws the same picture on every machine.

export interface Random {
  /** From 0 up to, and without, 1. */
  next(): number
  between(low: number, high: number): number
  /** A whole number from `low` to `high`, both included. */
  whole(low: number, high: number): number
  pick<T>(list: readonly T[]): T
}

/** A generator of its own for a seed (mulberry32 over an FNV-1a hash of the text). */
export function createRandom(seed: string): Random {
  let state = 2_166_136_261
  for (const character of seed) state = Math.imul(state ^ (character.codePointAt(0) ?? 0), 16_777_619)
  const next = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
  const whole = (low: number, high: number) => low + Math.floor(next() * (high - low + 1))
  return {
    next,
    between: (low, high) => low + next() * (high - low),
    whole,
    pick: (list) => list[whole(0, list.length - 1)] as (typeof list)[number],
  }
}

/** A smooth curve through random heights, −1 to 1, with finer ones on top: the outline of mountains. */
export function createOutline(random: Random, octaves: number): (x: number) => number {
  const heights = Array.from({ length: 512 }, () => random.between(-1, 1))
  const at = (i: number) => heights[((i % 512) + 512) % 512] as number
  const smooth = (x: number) => {
    const left = Math.floor(x)
    const t = x - left
    return at(left) + (at(left + 1) - at(left)) * t * t * (3 - 2 * t)
  }
  return (x) => {
    let sum = 0
    let total = 0
    for (let octave = 0; octave < octaves; octave++) {
      const weight = 0.5 ** octave
      sum += smooth(x * 2 ** octave + octave * 37.7) * weight
      total += weight
    }
    return sum / total
  }
}
