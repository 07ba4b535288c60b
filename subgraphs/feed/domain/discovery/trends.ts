// What more accounts talk about than is usual for it.

/** How many accounts used a hashtag. */
export interface HashtagUse {
  name: string
  /** Accounts that used it within the last day. */
  accounts: number
  /** The same, each counted half after `trendHalfLifeMs` since its last use. */
  fresh: number
  /** Accounts a day in the week before. */
  usual: number
}

/** A use counts half after six hours. */
export const trendHalfLifeMs = 6 * 3_600_000
/** What is recent, and what it is compared with. */
export const recentMs = 86_400_000
export const usualDays = 7
/** Fewer accounts make no trend. */
export const fewestAccounts = 3
/** An account that used more hashtags than this in a day means none of them. */
export const mostHashtags = 60

/**
 * The names that trend, the strongest first: by how far the accounts of the last day exceed what was to be expected, in standard
 * deviations of a Poisson count, and by how fresh their uses are. What is used as ever trends not at all, however large it is.
 */
export function trendsOf(uses: readonly HashtagUse[]): string[] {
  return uses
    .map((use) => ({ name: use.name, strength: strengthOf(use) }))
    .filter(({ strength }) => strength > 0)
    .sort((a, b) => b.strength - a.strength || (a.name < b.name ? -1 : 1))
    .map(({ name }) => name)
}

function strengthOf({ accounts, fresh, usual }: HashtagUse): number {
  if (accounts < fewestAccounts) return 0
  // Nothing is known of a new one but that most of them stay small.
  const expected = Math.max(usual, 1)
  return ((accounts - expected) / Math.sqrt(expected)) * (fresh / accounts)
}
