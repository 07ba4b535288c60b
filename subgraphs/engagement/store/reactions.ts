// Rows of likes and saves. The rows are the truth; the counters follow them.
import type { Db, Filter } from 'mongodb'
import type { SharedTransaction, Transaction } from '#platform/mongo.ts'
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
    /** A person's reaction, as it was before the transaction. */
    findReaction(
      tx: Pick<SharedTransaction, 'find'>,
      kind: ReactionKind,
      targetId: string,
      userId: string,
    ): Promise<ReactionRow | null> {
      return tx.find(rowsOf(kind), reactionId(targetId, userId))
    },

    /** Reactions by their ids, as the transaction sees them. */
    findReactions(tx: Transaction, kind: ReactionKind, ids: readonly string[]): Promise<ReactionRow[]> {
      return rowsOf(kind)
        .find({ _id: { $in: [...ids] } }, { session: tx.session })
        .toArray()
    },

    /** Writes a row whole; racing transactions on it conflict, and one runs again. */
    putReaction(tx: SharedTransaction, kind: ReactionKind, row: ReactionRow): void {
      tx.write(rowsOf(kind), {
        replaceOne: { filter: { _id: row._id }, replacement: row, upsert: true },
      })
    },

    dropReaction(tx: SharedTransaction, kind: ReactionKind, targetId: string, userId: string): void {
      tx.write(rowsOf(kind), { deleteOne: { filter: { _id: reactionId(targetId, userId) } } })
    },

    async insertShare(tx: Transaction, row: ShareRow): Promise<void> {
      await db.collection<ShareRow>('shares').insertOne(row, { session: tx.session })
    },

    /** Notes that a person has seen posts; those that he had seen before stay as they are. */
    addViews(tx: SharedTransaction, userId: string, postIds: readonly string[], now: Date): void {
      for (const targetId of postIds) {
        const fresh = { targetId, userId, state: 'ON' as const, uncounted: 1 as const, at: now }
        const filter = { _id: reactionId(targetId, userId) }
        tx.write(rowsOf('views'), { updateOne: { filter, update: { $setOnInsert: fresh }, upsert: true } })
      }
    },

    /** Writes to a row that is OFF, or not there when `row` is null, so that transactions that do the same conflict. */
    lockReaction(
      tx: SharedTransaction,
      kind: ReactionKind,
      { targetId, userId, at }: Pick<ReactionRow, 'targetId' | 'userId' | 'at'>,
      row: ReactionRow | null,
    ): void {
      const _id = reactionId(targetId, userId)
      if (row) tx.write(rowsOf(kind), { updateOne: { filter: { _id }, update: { $set: { at } } } })
      else {
        const document: ReactionRow = { _id, targetId, userId, state: 'OFF', uncounted: 0, at }
        tx.write(rowsOf(kind), { insertOne: { document } })
        tx.write(rowsOf(kind), { deleteOne: { filter: { _id } } })
      }
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
    collectSave(tx: SharedTransaction, _id: string, collectionId: string): void {
      tx.write(rowsOf('saves'), { updateOne: { filter: { _id }, update: { $set: { collectionId } } } })
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
