// Rows of likes and saves. The rows are the truth; the counters follow them.
import type { Db, Filter } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import { type ReactionKind, type ReactionRow, reactionId, type ShareRow } from '../model.ts'

const kinds: readonly ReactionKind[] = ['likes', 'dislikes', 'commentLikes', 'saves', 'shares', 'views']

/** Rows that a counter still lacks. */
export const lacking = { $in: [-1, 1] as (-1 | 1)[] }

/** Rows that one operation removes at most. */
const removedAtOnce = 1_000

/** A place in a list of reactions: newest first. */
export interface ReactionPosition {
  at: Date
  /** The user in a target's list, the target in a user's. */
  otherId: string
}

export async function prepareReactions(db: Db): Promise<void> {
  for (const kind of kinds) {
    await db.collection(kind).createIndexes([
      // Partial, lest the planner scan all likes of a post for the few that are uncounted.
      {
        key: { targetId: 1, state: 1, at: -1, userId: -1 },
        name: 'target',
        partialFilterExpression: { state: 'ON' },
      },
      {
        key: { targetId: 1, uncounted: 1, userId: 1 },
        name: 'uncounted',
        partialFilterExpression: { uncounted: lacking },
      },
    ])
  }
  await db.collection('saves').createIndexes([
    { key: { userId: 1, state: 1, at: -1, targetId: -1 }, name: 'user' },
    {
      key: { collectionId: 1, state: 1, at: -1, targetId: -1 },
      name: 'collection',
      partialFilterExpression: { collectionId: { $gt: '' } },
    },
  ])
}

export type ReactionStore = ReturnType<typeof createReactionStore>

export function createReactionStore(db: Db) {
  const rowsOf = (kind: ReactionKind) => db.collection<ReactionRow>(kind)

  return {
    /** A person's reaction, as the transaction sees it. */
    findReaction(tx: Transaction, kind: ReactionKind, targetId: string, userId: string) {
      return rowsOf(kind).findOne({ _id: reactionId(targetId, userId) }, { session: tx.session })
    },

    /** Reactions by their ids, as the transaction sees them. */
    findReactions(tx: Transaction, kind: ReactionKind, ids: readonly string[]): Promise<ReactionRow[]> {
      return rowsOf(kind)
        .find({ _id: { $in: [...ids] } }, { session: tx.session })
        .toArray()
    },

    /** Writes a row whole; racing transactions on it conflict, and one runs again. */
    async putReaction(tx: Transaction, kind: ReactionKind, row: ReactionRow): Promise<void> {
      await rowsOf(kind).replaceOne({ _id: row._id }, row, { upsert: true, session: tx.session })
    },

    async insertShare(tx: Transaction, row: ShareRow): Promise<void> {
      await db.collection<ShareRow>('shares').insertOne(row, { session: tx.session })
    },

    /** Notes that a person has seen posts; those that he had seen before stay as they are. */
    async addViews(tx: Transaction, userId: string, postIds: readonly string[], now: Date): Promise<void> {
      if (postIds.length === 0) return
      const operations = postIds.map((targetId) => ({
        updateOne: {
          filter: { _id: reactionId(targetId, userId) },
          update: {
            $setOnInsert: { targetId, userId, state: 'ON' as const, uncounted: 1 as const, at: now },
          },
          upsert: true,
        },
      }))
      await rowsOf('views').bulkWrite(operations, { session: tx.session, ordered: false })
    },

    /** Writes to a row that is OFF or not there, so that transactions that do the same conflict, and leaves it as it was. */
    async lockReaction(tx: Transaction, kind: ReactionKind, targetId: string, userId: string, now: Date) {
      const { session } = tx
      const _id = reactionId(targetId, userId)
      const { matchedCount } = await rowsOf(kind).updateOne({ _id }, { $set: { at: now } }, { session })
      if (matchedCount > 0) return
      await rowsOf(kind).insertOne(
        { _id, targetId, userId, state: 'OFF', uncounted: 0, at: now },
        { session },
      )
      await rowsOf(kind).deleteOne({ _id }, { session })
    },

    async removeReactions(tx: Transaction, kind: ReactionKind, ids: readonly string[]): Promise<void> {
      if (ids.length === 0) return
      await rowsOf(kind).deleteMany({ _id: { $in: [...ids] } }, { session: tx.session })
    },

    /** Marks rows as counted. */
    async settleReactions(tx: Transaction, kind: ReactionKind, ids: readonly string[]): Promise<void> {
      if (ids.length === 0) return
      await rowsOf(kind).updateMany(
        { _id: { $in: [...ids] } },
        { $set: { uncounted: 0 } },
        { session: tx.session },
      )
    },

    /** Removes whatever reactions a target has; safe to repeat. */
    async removeReactionsTo(kind: ReactionKind, targetIds: readonly string[]): Promise<void> {
      const targetId = { $in: [...targetIds] }
      // Every row is ON or uncounted: each half has its index.
      for (const half of [{ state: 'ON' as const }, { uncounted: lacking }]) {
        // In parts, lest the likes of a famous post be one long operation.
        for (let found: string[] | null = null; !found || found.length === removedAtOnce; ) {
          const rows = rowsOf(kind).find({ targetId, ...half }, { projection: { _id: 1 } })
          found = await rows
            .limit(removedAtOnce)
            .map((row) => row._id)
            .toArray()
          await rowsOf(kind).deleteMany({ _id: { $in: found } })
        }
      }
    },

    /** Who likes a target, newest first. */
    listReactionsTo(
      kind: ReactionKind,
      targetId: string,
      after: ReactionPosition | null,
      limit: number,
    ): Promise<ReactionRow[]> {
      const filter: Filter<ReactionRow> = { targetId, state: 'ON' }
      if (after) filter.$or = [{ at: { $lt: after.at } }, { at: after.at, userId: { $lt: after.otherId } }]
      return rowsOf(kind).find(filter).sort({ at: -1, userId: -1 }).limit(limit).toArray()
    },

    /** Puts a save into a collection, out of any other. */
    async collectSave(tx: Transaction, id: string, collectionId: string): Promise<void> {
      await rowsOf('saves').updateOne({ _id: id }, { $set: { collectionId } }, { session: tx.session })
    },

    /** What a user saved, or put into a collection, newest first. */
    listSaves(
      of: { userId: string } | { collectionId: string },
      after: ReactionPosition | null,
      limit: number,
    ): Promise<ReactionRow[]> {
      const filter: Filter<ReactionRow> = { ...of, state: 'ON' }
      if (after) filter.$or = [{ at: { $lt: after.at } }, { at: after.at, targetId: { $lt: after.otherId } }]
      return rowsOf('saves').find(filter).sort({ at: -1, targetId: -1 }).limit(limit).toArray()
    },
  }
}
