// What rankings ask for at every look: a post's sums are the same for all who look, so a process keeps them for a moment.
import { affinityHalfLifeMs, popularityOf, worthAt } from '../domain/heat.ts'
import { certaintyOf, type Knowledge, noKnowledge, rateOf, usualRate } from '../domain/ranking/knowledge.ts'
import type { Taste } from '../domain/ranking/taste.ts'
import type { AffinityRow, PostStatsRow } from '../model.ts'

/** A post's sums are as old as this at most, in milliseconds. */
const keptMs = 15_000
const keptPosts = 50_000

type FindStats = (ids: readonly string[], comment?: string) => Promise<Map<string, PostStatsRow>>
type FindAffinities = (ids: readonly string[]) => Promise<AffinityRow[]>

/** What all viewers together say for a post. */
interface PostWorth {
  rate: number
  popularity: number
}
const worthOfPost = (row: PostStatsRow | undefined, now: number): PostWorth => ({
  rate: rateOf(row),
  popularity: popularityOf(row?.heat, now),
})

/** Reads what is known; what is known of posts is kept for 15 seconds. */
export function createKnowledge(findStats: FindStats, findAffinities: FindAffinities) {
  const kept = new Map<string, PostWorth & { until: number }>()
  const worthOfPosts = async (postIds: readonly string[], now: number) => {
    const missing = postIds.filter((id) => (kept.get(id)?.until ?? 0) <= now)
    if (missing.length > 0) {
      // For all who look in the next moments, not for this look alone.
      const found = await findStats(missing, 'background')
      if (kept.size + missing.length > keptPosts) kept.clear()
      for (const id of missing) kept.set(id, { ...worthOfPost(found.get(id), now), until: now + keptMs })
    }
    // A copy: another look may empty what is kept before this one has ranked.
    const worth = new Map<string, PostWorth>()
    for (const id of postIds) worth.set(id, kept.get(id) ?? worthOfPost(undefined, now))
    return worth
  }
  const knowledgeOf = (
    affinities: ReadonlyMap<string, AffinityRow>,
    posts: ReadonlyMap<string, PostWorth>,
    now: number,
    taste: Taste,
  ): Knowledge => {
    const worth = (heat: number | null | undefined) => certaintyOf(worthAt(heat, now, affinityHalfLifeMs))
    return {
      affinity: (authorId) => worth(affinities.get(authorId)?.warmth),
      aversion: (authorId) => worth(affinities.get(authorId)?.coolness),
      engagementRate: (postId) => posts.get(postId)?.rate ?? usualRate,
      popularity: (postId) => posts.get(postId)?.popularity ?? 0,
      interest: taste.interest,
      contentType: taste.contentType,
      session: taste.session,
    }
  }
  return {
    async read(
      viewerId: string | null,
      posts: readonly { id: string; authorId: string }[],
      now: number,
      taste: Taste = noKnowledge,
    ) {
      const authorIds = [...new Set(posts.map((post) => post.authorId))]
      const [affinities, worth] = await Promise.all([
        viewerId === null ? [] : findAffinities(authorIds.map((id) => `${viewerId}:${id}`)),
        worthOfPosts(
          posts.map((post) => post.id),
          now,
        ),
      ])
      return knowledgeOf(new Map(affinities.map((row) => [row.authorId, row])), worth, now, taste)
    },
    async readPairs(
      pairs: readonly { viewerId: string; postId: string; authorId: string; at: number }[],
    ): Promise<(viewerId: string, taste: Taste) => Knowledge> {
      if (pairs.length === 0) return () => noKnowledge
      const [affinities, stats] = await Promise.all([
        findAffinities([...new Set(pairs.map(({ viewerId, authorId }) => `${viewerId}:${authorId}`))]),
        findStats([...new Set(pairs.map(({ postId }) => postId))]),
      ])
      const byViewer = Map.groupBy(affinities, (row) => row.viewerId)
      const now = Math.max(...pairs.map(({ at }) => at))
      const worth = new Map(pairs.map(({ postId }) => [postId, worthOfPost(stats.get(postId), now)]))
      return (viewerId, taste) => {
        const own = byViewer.get(viewerId) ?? []
        return knowledgeOf(new Map(own.map((row) => [row.authorId, row])), worth, now, taste)
      }
    },
  }
}
