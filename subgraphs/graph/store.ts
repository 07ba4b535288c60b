// Graph's `relations`: the pairs, and the lists that are read from them. Shard key: `viewerId`. The counts are in store/counts.ts.
import type { Db, Filter, Sort } from 'mongodb'
import { prepareAccountTasks } from '#platform/account-lifecycle.ts'
import type { Transaction } from '#platform/mongo.ts'
import { dawn } from '#platform/relations.ts'
import type { ListedUser, RelationDoc } from './model.ts'
import { createCountStore, prepareCounts } from './store/counts.ts'
import { byKey, withKeys } from './store/keys.ts'
import { createSuggestionStore } from './store/suggestions.ts'

interface ListShape {
  /** The time by which the list is sorted, newest first. */
  at:
    | 'followAt'
    | 'followedByAt'
    | 'blocksAt'
    | 'mutesAt'
    | 'mutesStoriesAt'
    | 'hidesStoriesAt'
    | 'restrictsAt'
    | 'closeFriendAt'
    | 'favoriteAt'
  filter: Filter<RelationDoc>
}

/** The lists of accounts that are read from one person's rows. Each has a partial index of the same name. */
const lists = {
  followers: { at: 'followedByAt', filter: { followedBy: 'FOLLOWING' } },
  following: { at: 'followAt', filter: { follow: 'FOLLOWING' } },
  followRequests: { at: 'followedByAt', filter: { followedBy: 'REQUESTED' } },
  blockedUsers: { at: 'blocksAt', filter: { blocksAt: { $gt: dawn } } },
  mutedUsers: { at: 'mutesAt', filter: { mutesAt: { $gt: dawn } } },
  mutedStoryUsers: { at: 'mutesStoriesAt', filter: { mutesStoriesAt: { $gt: dawn } } },
  storiesHiddenFrom: { at: 'hidesStoriesAt', filter: { hidesStoriesAt: { $gt: dawn } } },
  restrictedUsers: { at: 'restrictsAt', filter: { restrictsAt: { $gt: dawn } } },
  closeFriends: { at: 'closeFriendAt', filter: { closeFriendAt: { $gt: dawn } } },
  favorites: { at: 'favoriteAt', filter: { favoriteAt: { $gt: dawn } } },
} as const satisfies Record<string, ListShape>

export type ListName = keyof typeof lists

/** When an account leaves a list by itself; null for never. */
const ends: Partial<Record<ListName, keyof RelationDoc>> = {
  mutedUsers: 'mutesUntil',
  mutedStoryUsers: 'mutesStoriesUntil',
}

/** Creates the indexes. */
export async function prepare(db: Db): Promise<void> {
  await Promise.all([
    db.collection('relations').createIndexes([
      { key: { viewerId: 1, otherId: 1 }, name: 'pair', unique: true },
      // Fan-out walks an account's followers by id.
      {
        key: { viewerId: 1, followedBy: 1, otherId: 1 },
        name: 'followerIds',
        partialFilterExpression: { followedBy: 'FOLLOWING' },
      },
      // Who is told of an account's reels: by id, too.
      {
        key: { viewerId: 1, otherId: 1 },
        name: 'favoriteOf',
        partialFilterExpression: { favoriteOfAt: { $gt: dawn } },
      },
      ...Object.entries(lists).map(([name, { at, filter }]) => ({
        key: { viewerId: 1, [at]: -1, otherId: -1 },
        name,
        partialFilterExpression: filter,
      })),
      { key: { viewerId: 1 }, name: 'ownDue', partialFilterExpression: { countDue: true } },
      { key: { otherId: 1 }, name: 'othersDue', partialFilterExpression: { countDue: true } },
      { key: { viewerId: 1 }, name: 'ownCounted', partialFilterExpression: { counted: true } },
      { key: { otherId: 1 }, name: 'othersCounted', partialFilterExpression: { counted: true } },
    ]),
    prepareCounts(db),
    prepareAccountTasks(db),
  ])
}

export type Store = ReturnType<typeof createStore>

export function createStore(db: Db) {
  const relations = db.collection<RelationDoc>('relations')
  return {
    ...createCountStore(db),
    ...createSuggestionStore(db),

    async findPairs(tx: Transaction<'graph'>, ids: readonly string[]): Promise<Map<string, RelationDoc>> {
      const { session } = tx
      const rows = await relations.find(withKeys(ids), { session, ...byKey }).toArray()
      return new Map(rows.map((row) => [row._id, row]))
    },

    async writePairs(tx: Transaction<'graph'>, rows: readonly RelationDoc[]): Promise<void> {
      // Always the lower id first: of two racing writers one fails on its first row, before it holds anything.
      const ordered = rows.toSorted((a, b) => (a._id < b._id ? -1 : 1))
      await relations.bulkWrite(
        ordered.map(({ _id, ...row }) => ({
          replaceOne: {
            filter: { _id, viewerId: row.viewerId, otherId: row.otherId },
            replacement: row,
            upsert: true,
          },
        })),
        { session: tx.session, ordered: true },
      )
    },

    /** A stretch of one person's list, newest first, after a position. */
    async listUsers(
      list: ListName,
      viewerId: string,
      after: ListedUser | null,
      limit: number,
      now: Date,
    ): Promise<ListedUser[]> {
      const { at, filter } = lists[list] as ListShape
      const conditions = [{ viewerId, ...filter }, ...below(at, after)]
      const until = ends[list]
      if (until) conditions.push({ $or: [{ [until]: null }, { [until]: { $gt: now } }] })
      const rows = await relations
        .find({ $and: conditions }, { projection: { _id: 0, otherId: 1, [at]: 1 } })
        .sort({ [at]: -1, otherId: -1 } as Sort)
        .limit(limit)
        .toArray()
      return rows.map((row) => ({ otherId: row.otherId, at: row[at] as Date }))
    },

    /** Those of `ids` that follow `userId`, newest follow first, after a position. Costs a seek for each id at most. */
    async listFollowersAmong(
      userId: string,
      ids: readonly string[],
      after: ListedUser | null,
      limit: number,
    ): Promise<ListedUser[]> {
      const rows = await relations
        .find(
          {
            $and: [
              { viewerId: userId, followedBy: 'FOLLOWING', otherId: { $in: [...ids] } },
              ...below('followedByAt', after),
            ],
          },
          { projection: { _id: 0, otherId: 1, followedByAt: 1 } },
        )
        // In the order of the list the whole of it could be read, which may have millions.
        .hint('followerIds')
        .sort({ followedByAt: -1, otherId: -1 })
        .limit(limit)
        .toArray()
      return rows.map((row) => ({ otherId: row.otherId, at: row.followedByAt as Date }))
    },
  }
}

/** What stands after a position in a list that is sorted by `at`. */
function below(at: ListShape['at'], after: ListedUser | null): Filter<RelationDoc>[] {
  if (!after) return []
  return [
    { [at]: { $lte: after.at } },
    { $or: [{ [at]: { $lt: after.at } }, { otherId: { $lt: after.otherId } }] },
  ] as Filter<RelationDoc>[]
}
