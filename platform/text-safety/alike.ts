// Texts that are nearly the same, bursts of them, and accounts that act as one. Pure.
import { createHash } from 'node:crypto'
import { foldWords } from './fold.ts'

/**
 * The simhash of a text, 64 bits, over its folded words and pairs of words: texts that share most of them differ in few bits (M.
 * Charikar, Similarity Estimation Techniques from Rounding Algorithms, 2002). Null for fewer than four words, which say too little.
 */
export function simhash(text: string): bigint | null {
  const words = foldWords(text)
  if (words.length < 4) return null
  const weights = new Int32Array(64)
  const shingles = [...words, ...words.slice(1).map((word, i) => `${words[i]} ${word}`)]
  for (const shingle of shingles) {
    const bits = createHash('sha256').update(shingle).digest().readBigUInt64BE()
    for (let i = 0; i < 64; i++) weights[i] = (weights[i] ?? 0) + ((bits >> BigInt(i)) & 1n ? 1 : -1)
  }
  return weights.reduce((hash, weight, i) => (weight > 0 ? hash | (1n << BigInt(i)) : hash), 0n)
}

/** Words in a row by which a text is looked up, and how many such rows are kept of it. */
const [rowLength, rowsKept] = [4, 4]

/**
 * Keys by which near-duplicates of a text are found: the least of the hashes of its rows of four words. Two texts that share most
 * rows have one of them in common (A. Broder, On the resemblance and containment of documents, 1997). None for fewer than eight
 * words, which many people say by chance.
 */
export function sketch(text: string): string[] {
  const words = foldWords(text)
  if (words.length < 2 * rowLength) return []
  const hashes = words.slice(rowLength - 1).map((_, i) =>
    createHash('sha256')
      .update(words.slice(i, i + rowLength).join(' '))
      .digest('hex')
      .slice(0, 16),
  )
  return [...new Set(hashes)].sort().slice(0, rowsKept)
}

/** In how many bits two hashes differ. */
export function distance(one: bigint, other: bigint): number {
  let count = 0
  for (let rest = one ^ other; rest > 0n; rest &= rest - 1n) count++
  return count
}

/** Bits in which near-duplicates differ at most. */
export const nearBits = 10

/** Whether so many of the texts of a window are nearly the one at hand that they are a burst. */
export function isBurst(hash: bigint, recent: readonly bigint[], atLeast = 4): boolean {
  let alike = 0
  for (const other of recent) if (distance(hash, other) <= nearBits && ++alike >= atLeast) return true
  return false
}

/** Something that an account did: liked a post, followed somebody, wrote a text, as one key for the same thing. */
export interface Deed {
  accountId: string
  key: string
  /** Milliseconds since 1970. */
  at: number
}

/**
 * Accounts that do the same things at the same moments: groups of at least `minSize` that are joined by pairs with `minShared`
 * deeds of the same key within `windowMs` of each other. What more than 100 people do at once is a fashion, and joins nobody.
 */
export function findRings(
  deeds: readonly Deed[],
  { windowMs = 60_000, minShared = 3, minSize = 3 } = {},
): string[][] {
  const shared = new Map<string, number>()
  for (const same of Map.groupBy(deeds, ({ key }) => key).values()) {
    const inOrder = same.toSorted((one, other) => one.at - other.at)
    const pairs = new Set<string>()
    let start = 0
    for (const [end, deed] of inOrder.entries()) {
      while (deed.at - (inOrder[start]?.at ?? deed.at) > windowMs) start++
      if (end - start > 100) continue
      for (const other of inOrder.slice(start, end)) {
        if (other.accountId === deed.accountId) continue
        pairs.add([other.accountId, deed.accountId].sort().join(' '))
      }
    }
    for (const pair of pairs) shared.set(pair, (shared.get(pair) ?? 0) + 1)
  }
  const leaders = new Map<string, string>()
  const leaderOf = (id: string): string => {
    let leader = id
    for (let next = leaders.get(leader); next !== undefined && next !== leader; next = leaders.get(leader)) {
      leader = next
    }
    leaders.set(id, leader)
    return leader
  }
  for (const [pair, count] of shared) {
    if (count < minShared) continue
    const [one = '', other = ''] = pair.split(' ')
    leaders.set(leaderOf(one), leaderOf(other))
    if (!leaders.has(leaderOf(other))) leaders.set(leaderOf(other), leaderOf(other))
  }
  const groups = Map.groupBy([...leaders.keys()], leaderOf)
  return [...groups.values()].filter((group) => group.length >= minSize).map((group) => group.sort())
}
