// Rows of likes and saves. The rows are the truth; the counters follow them.
import type { Db, Filter } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import { type ReactionKind, type ReactionRow, reactionId } from '../model.ts'

const kinds: readonly ReactionKind[] = ['likes', 'commentLikes', 'saves']

/** Rows that a counter still lacks. */
export const lacking = { $in: [-1, 1] as (-1 | 1)[] }

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
  await db.collection('saves').createIndex({ userId: 1, state: 1, at: -1, targetId: -1 }, { name: 'user' })
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
      // Every row is ON or uncounted: each half has its index.
      await rowsOf(kind).deleteMany({ targetId: { $in: [...targetIds] }, state: 'ON' })
      await rowsOf(kind).deleteMany({ targetId: { $in: [...targetIds] }, uncounted: lacking })
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

    /** What a user saved, newest first. */
    listSaves(userId: string, after: ReactionPosition | null, limit: number): Promise<ReactionRow[]> {
      const filter: Filter<ReactionRow> = { userId, state: 'ON' }
      if (after) filter.$or = [{ at: { $lt: after.at } }, { at: after.at, targetId: { $lt: after.otherId } }]
      return rowsOf('saves').find(filter).sort({ at: -1, targetId: -1 }).limit(limit).toArray()
    },
  }
}
