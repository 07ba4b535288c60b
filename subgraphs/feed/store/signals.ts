// What Feed has learned, in MongoDB. Shard keys: `viewerId` of engagements, seen posts and affinities; `_id` of a post's sums.

import type { ClientSession, Db } from 'mongodb'
import { chunksOf } from '#platform/parallel.ts'
import type { Knowledge } from '../domain/ranking/knowledge.ts'
import type { Taste } from '../domain/ranking/taste.ts'
import type { Lesson } from '../domain/signals.ts'
import type { AffinityRow, EngagementRow, PostStatsRow, SeenRow } from '../model.ts'
import { createKnowledge } from './knowledge.ts'

/** Deeds and looks are forgotten after so long. */
const engagementSeconds = 90 * 86_400
const seenSeconds = 30 * 86_400

export interface Signals {
  /** Rows of engagements, and which pairs have been seen, of those that are named. */
  known(
    engagementIds: readonly string[],
    seenIds: readonly string[],
    session: ClientSession,
  ): Promise<[Map<string, EngagementRow>, Set<string>]>
  /** Carries out a lesson. */
  apply(lesson: Lesson, seen: readonly SeenRow[], session: ClientSession): Promise<void>
  /** What is known for a viewer's look at these posts; null is somebody of whom nothing is to be known. */
  knowledge(
    viewerId: string | null,
    posts: readonly { id: string; authorId: string }[],
    now: number,
    taste?: Taste,
  ): Promise<Knowledge>
  /** The same for pairs of several viewers, read as it is now. */
  knowledgeOfPairs(
    pairs: readonly { viewerId: string; postId: string; authorId: string; at: number }[],
  ): Promise<(viewerId: string, taste: Taste) => Knowledge>
  /** Those of the posts that the viewer has had on a screen in the last 30 days. */
  seenAmong(viewerId: string, postIds: readonly string[]): Promise<Set<string>>
  /** What the viewer did last, the newest first. */
  recentOf(viewerId: string, limit: number): Promise<EngagementRow[]>
  /** What others did last with these posts, the newest first, at most `limit` together. */
  recentWith(postIds: readonly string[], limit: number): Promise<EngagementRow[]>
  /** What each of these viewers did last until a time, in milliseconds, the newest first, at most `limit` each. One query. */
  recentOfEach(
    viewers: readonly { viewerId: string; until: number }[],
    limit: number,
  ): Promise<Map<string, EngagementRow[]>>
  /** What these viewers did last, the newest first, at most `limit` together. */
  recentOfMany(viewerIds: readonly string[], limit: number): Promise<EngagementRow[]>
  /** Sums of posts. */
  stats(postIds: readonly string[]): Promise<Map<string, PostStatsRow>>
  /** The hottest posts. */
  hottest(kind: 'POST' | 'REEL' | null, limit: number): Promise<PostStatsRow[]>
  /** What people did last and did not take back, in the order of time. */
  newestDeeds(limit: number): Promise<Pick<EngagementRow, 'viewerId' | 'postId'>[]>
  /** First looks at the home feed with what was known then, and whether a deed followed, in the order of time. */
  loggedLooks(limit: number): Promise<{ signals: Record<string, number>; engaged: boolean }[]>
  /** Forgets a post. */
  forget(postId: string): Promise<void>
  /** Forgets whose posts a viewer is thought to like, and what spoke for those that he saw. */
  forgetLiking(viewerId: string): Promise<void>
}

/** Adds to a fading sum that is kept as `heatOf` has it. */
function heated(field: string, by: number | null) {
  if (by === null) return { $ifNull: [`$${field}`, null] }
  const old = `$${field}`
  const difference = { $subtract: [{ $min: [old, by] }, { $max: [old, by] }] }
  const sum = {
    $add: [{ $max: [old, by] }, { $log: [{ $add: [1, { $pow: [2, difference] }] }, 2] }],
  }
  return { $cond: [{ $eq: [{ $ifNull: [old, null] }, null] }, by, sum] }
}
const added = (field: string, by: number) => ({ $add: [{ $ifNull: [`$${field}`, 0] }, by] })

/** What was learned, in one database. */
export function createSignals(db: Db): Signals {
  const engagements = db.collection<EngagementRow>('engagements')
  const seen = db.collection<SeenRow>('seen')
  const stats = db.collection<PostStatsRow>('postStats')
  const affinities = db.collection<AffinityRow>('affinities')
  const held = { 'now.0': { $exists: true } } as const
  const findStats = async (ids: readonly string[], comment?: string) => {
    const options = comment ? { comment } : {}
    const rows = await stats.find({ _id: { $in: [...ids] } }, options).toArray()
    return new Map(rows.map((row) => [row._id, row]))
  }
  const knowledge = createKnowledge(findStats, async (ids) =>
    affinities.find({ _id: { $in: [...ids] } }).toArray(),
  )
  return {
    async known(engagementIds, seenIds, session) {
      const rows = await engagements.find({ _id: { $in: [...engagementIds] } }, { session }).toArray()
      const looks = await seen
        .find({ _id: { $in: [...seenIds] } }, { session, projection: { _id: 1 } })
        .toArray()
      return [new Map(rows.map((row) => [row._id, row])), new Set(looks.map((row) => row._id))]
    },
    async apply(lesson, seenRows, session) {
      const updatedAt = new Date()
      if (lesson.engagements.size > 0) {
        await engagements.bulkWrite(
          [...lesson.engagements.values()].map((row) => ({
            replaceOne: { filter: { _id: row._id }, replacement: row, upsert: true },
          })),
          { session },
        )
      }
      if (seenRows.length > 0) await seen.insertMany([...seenRows], { session })
      if (lesson.posts.size > 0) {
        await stats.bulkWrite(
          [...lesson.posts].map(([_id, gain]) => {
            const { authorId, kind, shows, skips, deeds, watchedMs, watches, heat } = gain
            const set = {
              authorId,
              kind,
              shows: added('shows', shows),
              skips: added('skips', skips),
              deeds: added('deeds', deeds),
              watchedMs: added('watchedMs', watchedMs),
              watches: added('watches', watches),
              heat: heated('heat', heat),
              updatedAt,
            }
            return { updateOne: { filter: { _id }, update: [{ $set: set }], upsert: true } }
          }),
          { session },
        )
      }
      if (lesson.affinities.size > 0) {
        await affinities.bulkWrite(
          [...lesson.affinities].map(([_id, { viewerId, authorId, warmth, coolness }]) => {
            const sums = { warmth: heated('warmth', warmth), coolness: heated('coolness', coolness) }
            const set = { viewerId, authorId, ...sums, updatedAt }
            return { updateOne: { filter: { _id }, update: [{ $set: set }], upsert: true } }
          }),
          { session },
        )
      }
    },
    knowledge: (viewerId, posts, now, taste) => knowledge.read(viewerId, posts, now, taste),
    knowledgeOfPairs: (pairs) => knowledge.readPairs(pairs),
    async seenAmong(viewerId, postIds) {
      const ids = postIds.map((id) => `${viewerId}:${id}`)
      const rows = await seen.find({ _id: { $in: ids } }, { projection: { postId: 1 } }).toArray()
      return new Set(rows.map((row) => row.postId))
    },
    recentOf: (viewerId, limit) =>
      engagements
        .find({ viewerId, ...held })
        .sort({ at: -1 })
        .limit(limit)
        .toArray(),
    recentWith: (postIds, limit) =>
      engagements
        .find({ postId: { $in: [...postIds] }, ...held })
        .sort({ at: -1 })
        .limit(limit)
        .toArray(),
    async recentOfEach(viewers, limit) {
      if (viewers.length === 0) return new Map()
      const rows = await db
        .aggregate<{ viewerId: string; deeds: EngagementRow[] }>([
          { $documents: viewers.map(({ viewerId, until }) => ({ viewerId, until: new Date(until) })) },
          {
            $lookup: {
              ...{ from: 'engagements', localField: 'viewerId', foreignField: 'viewerId', as: 'deeds' },
              let: { until: '$until' },
              pipeline: [
                { $match: { ...held, $expr: { $lte: ['$at', '$$until'] } } },
                { $sort: { at: -1 } },
                { $limit: limit },
              ],
            },
          },
        ])
        .toArray()
      return new Map(rows.map(({ viewerId, deeds }) => [viewerId, deeds]))
    },
    recentOfMany: (viewerIds, limit) =>
      engagements
        .find({ viewerId: { $in: [...viewerIds] }, ...held })
        .sort({ at: -1 })
        .limit(limit)
        .toArray(),
    stats: (ids) => findStats(ids),
    hottest: (kind, limit) =>
      stats
        .find(kind ? { kind, heat: { $ne: null } } : { heat: { $ne: null } })
        .sort({ heat: -1 })
        .limit(limit)
        .toArray(),
    async newestDeeds(limit) {
      const projection = { _id: 0, viewerId: 1, postId: 1 } as const
      const found = await engagements.find(held, { projection }).sort({ at: -1 }).limit(limit).toArray()
      return found.reverse()
    },
    async loggedLooks(limit) {
      const rows = await seen
        // Rows from before all of this was logged would teach that what they lack speaks for nothing.
        .find({ surface: 'HOME', 'signals.popularity': { $exists: true } }, { projection: { signals: 1 } })
        .sort({ at: -1 })
        .limit(limit)
        .toArray()
      const engaged = new Set<string>()
      for (const batch of chunksOf(rows, 1_000)) {
        const ids = batch.map((row) => row._id)
        const found = engagements.find({ _id: { $in: ids }, ...held }, { projection: { _id: 1 } })
        for await (const row of found) engaged.add(row._id)
      }
      return rows
        .reverse()
        .flatMap((row) => (row.signals ? [{ signals: row.signals, engaged: engaged.has(row._id) }] : []))
    },
    async forget(postId) {
      await stats.deleteOne({ _id: postId })
      await engagements.deleteMany({ postId })
    },
    async forgetLiking(viewerId) {
      const own = { viewerId, _id: { $gte: `${viewerId}:`, $lt: `${viewerId};` } }
      await affinities.deleteMany(own)
      await seen.updateMany({ ...own, signals: { $ne: null } }, { $set: { signals: null } })
    },
  }
}

/** Indexes of what was learned. */
export async function prepareSignals(db: Db): Promise<void> {
  await db.collection('engagements').createIndexes([
    { key: { viewerId: 1, at: -1 }, name: 'viewer' },
    { key: { postId: 1, at: -1 }, name: 'post' },
    { key: { at: 1 }, name: 'expiry', expireAfterSeconds: engagementSeconds },
  ])
  await db.collection('seen').createIndexes([
    { key: { surface: 1, at: -1 }, name: 'surface' },
    { key: { at: 1 }, name: 'expiry', expireAfterSeconds: seenSeconds },
  ])
  await db.collection('postStats').createIndexes([
    { key: { heat: -1 }, name: 'heat' },
    { key: { kind: 1, heat: -1 }, name: 'kind' },
  ])
}
