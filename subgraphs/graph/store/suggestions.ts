// Whom Graph may suggest, read from its rows.
import type { Db, Filter } from 'mongodb'
import type { Candidate, CountRow, RelationDoc } from '../model.ts'

export function createSuggestionStore(db: Db) {
  const relations = db.collection<RelationDoc>('relations')
  const counts = db.collection<CountRow>('counts')

  return {
    /**
     * Whom `friendIds`, all followed by `viewerId`, follow: of each the newest `perFriend`. The weight is how many of them
     * follow the account. In no order.
     */
    listFollowedByFriends: (
      viewerId: string,
      friendIds: readonly string[],
      perFriend: number,
    ): Promise<Candidate[]> =>
      relations
        .aggregate<Candidate>([
          { $match: { viewerId, otherId: { $in: [...friendIds] } } },
          {
            $lookup: {
              from: 'relations',
              localField: 'otherId',
              foreignField: 'viewerId',
              pipeline: [
                { $match: { follow: 'FOLLOWING' } },
                { $sort: { followAt: -1, otherId: -1 } },
                { $limit: perFriend },
                { $project: { _id: 0, otherId: 1 } },
              ],
              as: 'follows',
            },
          },
          { $unwind: '$follows' },
          { $group: { _id: '$follows.otherId', weight: { $sum: 1 } } },
          { $project: { _id: 0, otherId: '$_id', reason: { $literal: 'MUTUAL_FOLLOWS' }, weight: 1 } },
        ])
        .toArray(),

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
      return rows.map((row) => ({ otherId: row._id, reason: 'POPULAR', weight: row.followers }))
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
