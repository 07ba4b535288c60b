// The ranked order. A first page takes the newest candidates, ranks them, and keeps their order as a snapshot, which the
// cursors of the walk name; below the snapshot the walk goes on chronologically. So a walk is stable, complete and without
// duplicates, whatever is published or seen meanwhile.
import { randomBytes } from 'node:crypto'
import { keysPerRead } from '#platform/loader.ts'
import type { SortKey } from '#platform/page.ts'
import { AppError } from '#schema/errors.ts'
import type { FeedItem, Snapshot } from '../model.ts'
import { type CandidateDeps, feedReader, newestCandidates, type ReadPosts } from './candidates.ts'
import { chronologicalWalk, type Walk } from './chronological-walk.ts'
import { isPersonal, tasteFrom } from './personal.ts'
import { rank } from './ranking/rank.ts'
import { tasteDeeds } from './ranking/taste.ts'

/** A post is new to somebody to whom it was not shown for three days at most. */
const newMs = 3 * 86_400_000

/** The variant of the experiment with the feed's order that gets the control: newest first. */
export const controlVariant = 'chronological'

export interface RankedWalkDeps extends CandidateDeps {
  /** The viewer's variant of the experiment with the ranking: a version of weights, or the control. Null outside of it. */
  rankingVariant: () => Promise<string | null>
  /** Notes that an order of the viewer's feed began as his variant has it. */
  meetRanking: (variant: string) => void
}

/** Posts that are ranked; what is older follows chronologically. With the one that tells whether there is more, a full batch of facts. */
export const snapshotSize = keysPerRead - 1

/**
 * A walk through the ranked feed from a cursor's key on, or from the beginning with `size` posts on the first page. While
 * Redis is away, which would have to keep the order, a new walk is chronological from its beginning.
 *
 * Throws BAD_CURSOR when the snapshot is gone: no other order would continue this one without duplicates or holes. Rejects for a
 * cursor into a snapshot while Redis is away: it is as good as before when Redis is back.
 */
export async function rankedWalk(
  deps: RankedWalkDeps,
  viewerId: string,
  key: SortKey | null,
  size: number,
): Promise<Walk> {
  const read = feedReader(deps, viewerId)
  if (key !== null) {
    const snapshotId = key[0]
    if (typeof snapshotId !== 'string') return chronologicalWalk(read)
    const snapshot = await deps.store.rankings.get(viewerId, snapshotId)
    if (snapshot) return snapshotWalk(snapshot, read)
    throw new AppError(
      'BAD_CURSOR',
      'The order of this feed is no longer kept: start again without a cursor.',
    )
  }
  const variant = await deps.rankingVariant()
  const snapshot = variant === controlVariant ? null : await takeSnapshot(deps, viewerId, read, size)
  // Who gets an order that could not be ranked has not met what ranks it.
  if (variant !== null && (snapshot || variant === controlVariant)) deps.meetRanking(variant)
  return snapshot ? snapshotWalk(snapshot, read) : chronologicalWalk(read)
}

/** Ranks the newest candidates and keeps their order. Null while Redis is away. */
async function takeSnapshot(
  deps: RankedWalkDeps,
  viewerId: string,
  read: ReadPosts,
  size: number,
): Promise<Snapshot | null> {
  const { rankings } = deps.store
  const now = deps.now()
  const [seenIds, { candidates, floor }, weights, recent] = await Promise.all([
    rankings.seen(viewerId).catch(() => null),
    newestCandidates(deps, read, snapshotSize),
    deps.store.weights.get(await deps.rankingVariant()),
    deps.store.signals.recentOf(viewerId, tasteDeeds),
  ])
  if (seenIds === null) return null
  // Asked for after the candidates, whose authors' accounts it came with.
  const taste = (await isPersonal(deps)) ? await tasteFrom(deps.store, recent, candidates, now) : null
  const knowledge = await (taste
    ? deps.store.signals.knowledge(viewerId, candidates, now, taste)
    : deps.store.signals.knowledge(null, candidates, now))
  const postIds = rank(candidates, { viewerId, seenIds, now, knowledge }, weights)
  const newIds = new Set(
    candidates
      .filter(
        ({ id, authorId, publishedAt }) =>
          !seenIds.has(id) && authorId !== viewerId && publishedAt > now - newMs,
      )
      .map(({ id }) => id),
  )
  const newCount = postIds.findLastIndex((id) => newIds.has(id)) + 1
  const snapshot = { id: randomBytes(9).toString('base64url'), postIds, floor, newCount }
  // All candidates have just been found visible, so the first of them are the page.
  const kept = await rankings.keep(viewerId, snapshot, postIds.slice(0, size), now).then(
    () => true,
    () => false,
  )
  return kept ? snapshot : null
}

/** The snapshot, then what is below it. Keys are `[snapshot, offset]` in it and `[time, id]` below. */
function snapshotWalk(snapshot: Snapshot, read: ReadPosts): Walk {
  const below = chronologicalWalk(read)
  return async (key, limit) => {
    if (typeof key?.[0] === 'number') return below(key, limit)
    const from = key === null ? 0 : Number(key[1]) + 1
    const ranked = snapshot.postIds.slice(from, from + limit).map(
      (id, i): FeedItem => ({
        id,
        authorId: null,
        key: [snapshot.id, from + i],
        isNew: from + i < (snapshot.newCount ?? 0),
      }),
    )
    if (ranked.length === limit || snapshot.floor === null) return ranked
    const { publishedAt, id } = snapshot.floor
    return [...ranked, ...(await below([publishedAt, id], limit - ranked.length))]
  }
}
