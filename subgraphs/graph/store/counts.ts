// Graph's `counts` (shard key `_id`), and the flags in `relations` that say which follows are in them. A flag stands in the row of
// who follows; what is asked by whom he follows goes to every shard (docs/decisions/0003).
import type { Db, Document } from 'mongodb'
import { isDuplicate, type Transaction } from '#platform/mongo.ts'
import { type CountStep, stepOf } from '../domain/counts.ts'
import type { CountRow, Counts, DueFollow, RelationDoc } from '../model.ts'
import { byKey, withKeys } from './keys.ts'

/** Creates the indexes of `counts`; those on the flags stand with the other ones of `relations`. */
export async function prepareCounts(db: Db): Promise<void> {
  await db.collection('counts').createIndexes([
    { key: { checkAt: 1 }, name: 'check' },
    { key: { followers: -1, _id: 1 }, name: 'popular' },
  ])
}

export function createCountStore(db: Db) {
  const relations = db.collection<RelationDoc>('relations')
  const counts = db.collection<CountRow>('counts')

  return {
    /**
     * Counts of accounts, with the follows that involve the viewer and are not in them yet. Both are read at one moment, or
     * else a follow that is counted in between would be missed, or seen twice.
     */
    async listCounts(
      userIds: readonly string[],
      viewerId: string | null,
    ): Promise<{ counts: CountRow[]; due: DueFollow[] }> {
      const pipeline: Document[] = [{ $match: { _id: { $in: [...userIds] } } }]
      if (viewerId !== null) {
        const dueOf = (side: 'viewerId' | 'otherId') => ({
          $unionWith: {
            coll: 'relations',
            pipeline: [
              { $match: { [side]: viewerId, countDue: true } },
              { $project: { viewerId: 1, otherId: 1, follow: 1, counted: 1, asleep: 1 } },
            ],
          },
        })
        pipeline.push(dueOf('viewerId'), dueOf('otherId'))
      }
      const found = await counts
        .aggregate<CountRow | (DueFollow & { _id: string })>(pipeline, { readConcern: { level: 'snapshot' } })
        .toArray()
      return {
        counts: found.filter((row): row is CountRow => !('viewerId' in row)),
        due: found.filter((row): row is DueFollow & { _id: string } => 'viewerId' in row),
      }
    },

    findDueFollows: (tx: Transaction<'graph'>, ids: readonly string[]): Promise<RelationDoc[]> =>
      relations.find({ ...withKeys(ids), countDue: true }, { session: tx.session, ...byKey }).toArray(),

    async markCounted(tx: Transaction<'graph'>, rows: readonly RelationDoc[]): Promise<void> {
      const { session } = tx
      for (const counted of [true, false]) {
        const ids = rows.filter((row) => stepOf(row) > 0 === counted).map((row) => row._id)
        if (ids.length === 0) continue
        const change = { $set: { counted, countDue: false } }
        await relations.updateMany(withKeys(ids), change, { session, ...byKey })
      }
    },

    async addToCounts(tx: Transaction<'graph'>, steps: readonly CountStep[], checkAt: Date): Promise<void> {
      await counts.bulkWrite(
        steps.map(({ userId, followers, following }) => ({
          updateOne: {
            filter: { _id: userId },
            update: { $inc: { followers, following }, $setOnInsert: { checkAt } },
            upsert: true,
          },
        })),
        { session: tx.session, ordered: true },
      )
    },

    findCounts: (tx: Transaction<'graph'>, userId: string): Promise<CountRow | null> =>
      counts.findOne({ _id: userId }, { session: tx.session }),

    async findManyCounts(
      tx: Transaction<'graph'>,
      userIds: readonly string[],
    ): Promise<Map<string, CountRow>> {
      if (userIds.length === 0) return new Map()
      const rows = await counts.find({ _id: { $in: [...userIds] } }, { session: tx.session }).toArray()
      return new Map(rows.map((row) => [row._id, row]))
    },

    async countFollows(tx: Transaction<'graph'>, userId: string): Promise<Counts> {
      const { session } = tx
      return {
        following: await relations.countDocuments({ viewerId: userId, counted: true }, { session }),
        followers: await relations.countDocuments({ otherId: userId, counted: true }, { session }),
      }
    },

    async setCounts(tx: Transaction<'graph'>, { _id, ...row }: CountRow): Promise<void> {
      await counts.replaceOne({ _id }, row, { upsert: true, session: tx.session })
    },

    /** Counts whose check is due, longest first. */
    listDueChecks: (now: Date, limit: number): Promise<CountRow[]> =>
      counts
        .find({ checkAt: { $lte: now } })
        .sort({ checkAt: 1 })
        .limit(limit)
        .toArray(),

    /** Whether an account's follows were taken out of the counts. */
    async isAsleep(userId: string): Promise<boolean> {
      return (await counts.findOne({ _id: userId }, { projection: { asleep: 1 } }))?.asleep ?? false
    },

    async setAsleep(userId: string, asleep: boolean, checkAt: Date): Promise<void> {
      await counts.updateOne(
        { _id: userId },
        { $set: { asleep }, $setOnInsert: { followers: 0, following: 0, checkAt } },
        { upsert: true },
      )
    },

    /** Ids of those who follow an account or whom it follows, ascending, after one of them. */
    listFollowPartners: (userId: string, afterId: string, limit: number): Promise<string[]> =>
      relations
        .find(
          {
            viewerId: userId,
            otherId: { $gt: afterId },
            $or: [{ follow: 'FOLLOWING' }, { followedBy: 'FOLLOWING' }],
          },
          { projection: { _id: 0, otherId: 1 } },
        )
        .hint('pair')
        .sort({ otherId: 1 })
        .limit(limit)
        .map((row) => row.otherId)
        .toArray(),

    findRows: (tx: Transaction<'graph'>, ids: readonly string[]): Promise<RelationDoc[]> =>
      relations.find(withKeys(ids), { session: tx.session, ...byKey }).toArray(),

    /** Sets rows asleep or awake; their follows are due to be counted where that changes anything. */
    async setRowsAsleep(tx: Transaction<'graph'>, ids: readonly string[], asleep: boolean): Promise<void> {
      const follows = asleep ? false : { $eq: ['$follow', 'FOLLOWING'] }
      await relations.updateMany(
        withKeys(ids),
        [{ $set: { asleep, countDue: { $ne: ['$counted', follows] } } }],
        { session: tx.session, ...byKey },
      )
    },

    /**
     * Takes on the check of an account's counts; false when it is not due, or another process was faster. Counts that are not
     * there are due.
     */
    async claimCheck(userId: string, now: Date, nextAt: Date): Promise<boolean> {
      try {
        const claimed = await counts.updateOne(
          { _id: userId, checkAt: { $lte: now } },
          { $set: { checkAt: nextAt }, $setOnInsert: { followers: 0, following: 0 } },
          { upsert: true },
        )
        return claimed.modifiedCount + claimed.upsertedCount === 1
      } catch (error) {
        if (isDuplicate(error)) return false
        throw error
      }
    },
  }
}
