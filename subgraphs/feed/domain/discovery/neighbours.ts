// Who likes what: posts that people liked who liked what the viewer liked (collaborative filtering over the bipartite graph of
// viewers and posts, two steps from the viewer, as in GraphJet, Sharma et al., VLDB 2016).
import type { EngagementRow } from '../../model.ts'

type Deed = Pick<EngagementRow, 'viewerId' | 'postId'>

/** How near others are to somebody who did something with the `seeds`: what few share counts more. */
export function kinship(
  seeds: ReadonlySet<string>,
  deeds: readonly Deed[],
  viewerId: string | null,
): Map<string, number> {
  const takers = new Map<string, number>()
  for (const { postId } of deeds) takers.set(postId, (takers.get(postId) ?? 0) + 1)
  const kin = new Map<string, number>()
  for (const { viewerId: other, postId } of deeds) {
    if (other === viewerId || !seeds.has(postId)) continue
    kin.set(other, (kin.get(other) ?? 0) + 1 / Math.log2(1 + (takers.get(postId) ?? 1)))
  }
  return kin
}

/** The nearest people, the nearest first. */
export function nearest(kin: ReadonlyMap<string, number>, limit: number): string[] {
  return [...kin]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, limit)
    .map(([id]) => id)
}

/**
 * What their deeds say for posts, from 0 to 1 with the best at 1. Divided by a root of how many did something with it, so that
 * what everybody likes does not stand before what these people like.
 */
export function endorsements(
  kin: ReadonlyMap<string, number>,
  deeds: readonly Deed[],
  popularity: (postId: string) => number,
): Map<string, number> {
  const worth = new Map<string, number>()
  for (const { viewerId, postId } of deeds) {
    worth.set(postId, (worth.get(postId) ?? 0) + (kin.get(viewerId) ?? 0))
  }
  for (const [postId, sum] of worth) worth.set(postId, sum / (1 + popularity(postId)) ** 0.3)
  const best = Math.max(...worth.values(), Number.MIN_VALUE)
  for (const [postId, sum] of worth) worth.set(postId, sum / best)
  return worth
}
