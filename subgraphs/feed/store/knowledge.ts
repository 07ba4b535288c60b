// What rankings ask for at every look: a post's sums are the same for all who look, so a process keeps them for a moment.
import { affinityHalfLifeMs, worthAt } from '../domain/heat.ts'
import { certaintyOf, type Knowledge, noKnowledge, rateOf, usualRate } from '../domain/ranking/knowledge.ts'
import type { AffinityRow, PostStatsRow } from '../model.ts'

/** A post's sums are as old as this at most, in milliseconds. */
const keptMs = 15_000
const keptPosts = 50_000

/** How near a post is to what a viewer likes. */
export type Interest = Knowledge['interest']

type FindStats = (ids: readonly string[], comment?: string) => Promise<Map<string, PostStatsRow>>
type FindAffinities = (ids: readonly string[]) => Promise<AffinityRow[]>

/** Reads what is known; rates of posts are kept for 15 seconds. */
export function createKnowledge(findStats: FindStats, findAffinities: FindAffinities) {
  const rates = new Map<string, { rate: number; until: number }>()
  const ratesOf = async (postIds: readonly string[], now: number) => {
    const missing = postIds.filter((id) => (rates.get(id)?.until ?? 0) <= now)
    if (missing.length > 0) {
      // For all who look in the next moments, not for this look alone.
      const found = await findStats(missing, 'background')
      if (rates.size + missing.length > keptPosts) rates.clear()
      for (const id of missing) rates.set(id, { rate: rateOf(found.get(id)), until: now + keptMs })
    }
    return new Map(postIds.map((id) => [id, rates.get(id)?.rate ?? usualRate]))
  }
  const knowledgeOf = (
    affinities: ReadonlyMap<string, AffinityRow>,
    postRates: ReadonlyMap<string, number>,
    now: number,
    interest: Interest = () => 0,
  ): Knowledge => {
    const worth = (heat: number | null | undefined) => certaintyOf(worthAt(heat, now, affinityHalfLifeMs))
    return {
      affinity: (authorId) => worth(affinities.get(authorId)?.warmth),
      aversion: (authorId) => worth(affinities.get(authorId)?.coolness),
      engagementRate: (postId) => postRates.get(postId) ?? usualRate,
      interest,
    }
  }
  return {
    async read(
      viewerId: string | null,
      posts: readonly { id: string; authorId: string }[],
      now: number,
      interest: Interest = () => 0,
    ) {
      const authorIds = [...new Set(posts.map((post) => post.authorId))]
      const [affinities, postRates] = await Promise.all([
        viewerId === null ? [] : findAffinities(authorIds.map((id) => `${viewerId}:${id}`)),
        ratesOf(
          posts.map((post) => post.id),
          now,
        ),
      ])
      return knowledgeOf(new Map(affinities.map((row) => [row.authorId, row])), postRates, now, interest)
    },
    async readPairs(
      pairs: readonly { viewerId: string; postId: string; authorId: string; at: number }[],
    ): Promise<(viewerId: string) => Knowledge> {
      if (pairs.length === 0) return () => noKnowledge
      const [affinities, stats] = await Promise.all([
        findAffinities([...new Set(pairs.map(({ viewerId, authorId }) => `${viewerId}:${authorId}`))]),
        findStats([...new Set(pairs.map(({ postId }) => postId))]),
      ])
      const postRates = new Map(pairs.map(({ postId }) => [postId, rateOf(stats.get(postId))]))
      const byViewer = Map.groupBy(affinities, (row) => row.viewerId)
      const now = Math.max(...pairs.map(({ at }) => at))
      return (viewerId) =>
        knowledgeOf(new Map((byViewer.get(viewerId) ?? []).map((row) => [row.authorId, row])), postRates, now)
    },
  }
}
