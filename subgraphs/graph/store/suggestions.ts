// Whom Graph may suggest, read from its rows.
import type { Db, Filter } from 'mongodb'
import type { Candidate, CountRow, Neighbours, RelationDoc } from '../model.ts'

export function createSuggestionStore(db: Db) {
  const relations = db.collection<RelationDoc>('relations')
  const counts = db.collection<CountRow>('counts')

  return {
    /**
     * For each account of `userIds` that has counts: whom it follows, or who follows it, the newest `perUser` of them, and how
     * many there are on either side. One round trip; accounts that follow nobody and whom nobody follows may be missing.
     */
    listNeighbours: (
      userIds: readonly string[],
      side: 'following' | 'followers',
      perUser: number,
    ): Promise<Neighbours[]> => {
      const [field, at] = side === 'following' ? ['follow', 'followAt'] : ['followedBy', 'followedByAt']
      return counts
        .aggregate<Neighbours>([
          { $match: { _id: { $in: [...userIds] } } },
          {
            $lookup: {
              from: 'relations',
              localField: '_id',
              foreignField: 'viewerId',
              pipeline: [
                { $match: { [field as string]: 'FOLLOWING' } },
                { $sort: { [at as string]: -1, otherId: -1 } },
                { $limit: perUser },
                { $project: { _id: 0, otherId: 1 } },
              ],
              as: 'others',
            },
          },
          {
            $project: {
              _id: 0,
              userId: '$_id',
              followers: 1,
              following: 1,
              otherIds: '$others.otherId',
            },
          },
        ])
        .toArray()
    },

    /** Accounts by their followers, most first, after a position. Those without any are left out. */
    async listPopular(after: Candidate | null, limit: number): Promise<Candidate[]> {
      const conditions: Filter<CountRow>[] = [{ followers: { $gt: 0 } }]
      if (after) {
        conditions.push({ followers: { $lte: after.weight } })
        conditions.push({ $or: [{ followers: { $lt: after.weight } }, { _id: { $gt: after.otherId } }] })
      }
      const rows = await counts
        .find({ $and: conditions }, { projection: { followers: 1 } })
        .sort({ followers: -1, _id: 1 })
        .limit(limit)
        .toArray()
      return rows.map((row) => ({
        otherId: row._id,
        reason: 'POPULAR',
        weight: row.followers,
        mutualCount: 0,
      }))
    },

    /** Those of `ids` that the viewer dismissed. */
    async listDismissed(viewerId: string, ids: readonly string[]): Promise<string[]> {
      return relations
        .find(
          { viewerId, otherId: { $in: [...ids] }, dismissedAt: { $ne: null } },
          { projection: { _id: 0, otherId: 1 } },
        )
        .map((row) => row.otherId)
        .toArray()
    },
  }
}
