// Counters: what folds add to them, and how they are compared with the rows. `figures.ts` reads them.
import type { Db, Document } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import { type Counter, type CounterRow, newestKept, type Subject } from '../model.ts'
import { sources } from './figures.ts'
import { lacking } from './reactions.ts'

export async function prepareCounters(db: Db): Promise<void> {
  const known = await db.listCollections({}, { nameOnly: true }).toArray()
  for (const { counters } of Object.values(sources)) {
    if (!known.some((collection) => collection.name === counters)) {
      await db.createCollection(counters).catch(ignoreExisting)
    }
    await db.collection(counters).createIndex({ checkedAt: 1 }, { name: 'checked' })
  }
}

/** Another process of the same subgraph was faster. */
function ignoreExisting(error: Error & { codeName?: string }): void {
  if (error.codeName !== 'NamespaceExists') throw error
}

export type CounterStore = ReturnType<typeof createCounterStore>

export function createCounterStore(db: Db) {
  const countersOf = (subject: Subject) => db.collection<CounterRow>(sources[subject].counters)

  return {
    /** Adds to the counters of comments of posts, and names the newest of those that are counted now. */
    async addComments(
      tx: Transaction,
      differences: ReadonlyMap<string, number>,
      newest: ReadonlyMap<string, readonly string[]>,
      now: Date,
    ): Promise<void> {
      const operations = [...differences].flatMap(([_id, difference]) => {
        const ids = newest.get(_id) ?? []
        if (difference === 0 && ids.length === 0) return []
        const set = {
          comments: { $add: [{ $ifNull: ['$comments', 0] }, difference] },
          newest: withNewest(ids),
          checkedAt: { $ifNull: ['$checkedAt', now] },
        }
        return [{ updateOne: { filter: { _id }, update: [{ $set: set }], upsert: true } }]
      })
      if (operations.length > 0)
        await countersOf('post').bulkWrite(operations, { session: tx.session, ordered: false })
    },

    /** Adds to counters, making those that are not there. */
    async addToCounters(
      tx: Transaction,
      subject: Subject,
      counter: Counter,
      differences: ReadonlyMap<string, number>,
      now: Date,
    ): Promise<void> {
      const operations = [...differences]
        .filter(([, difference]) => difference !== 0)
        .map(([_id, difference]) => ({
          updateOne: {
            filter: { _id },
            update: { $inc: { [counter]: difference }, $setOnInsert: { checkedAt: now } },
            upsert: true,
          },
        }))
      if (operations.length > 0) {
        await countersOf(subject).bulkWrite(operations, { session: tx.session, ordered: false })
      }
    },

    /** What was not compared with its rows since `before`, longest ago first. */
    listLongestUnchecked(subject: Subject, before: Date, limit: number): Promise<CounterRow[]> {
      return countersOf(subject)
        .find({ checkedAt: { $lt: before } })
        .sort({ checkedAt: 1 })
        .limit(limit)
        .toArray()
    },

    /** Takes on the check of a row that nobody took since it was read. */
    async claimCheck(subject: Subject, { _id, checkedAt }: CounterRow, now: Date): Promise<boolean> {
      const claimed = await countersOf(subject).updateOne({ _id, checkedAt }, { $set: { checkedAt: now } })
      return claimed.modifiedCount === 1
    },

    /** Counters of many, as the transaction sees them. */
    listCounters(tx: Transaction, subject: Subject, ids: readonly string[]): Promise<CounterRow[]> {
      return countersOf(subject)
        .find({ _id: { $in: [...ids] } }, { session: tx.session })
        .toArray()
    },

    /** Ids among `ids` whose counters were last compared with the rows before `before`. */
    listUnchecked(subject: Subject, ids: readonly string[], before: Date): Promise<string[]> {
      return countersOf(subject)
        .find({ _id: { $in: [...ids] }, checkedAt: { $lt: before } }, { projection: { _id: 1 } })
        .map((row) => row._id)
        .toArray()
    },

    /** A subject's counters, and what they should be by the rows, both as the transaction sees them. */
    async compareCounters(
      tx: Transaction,
      subject: Subject,
      id: string,
    ): Promise<{ counter: Counter; stored: number; counted: number }[]> {
      const { session } = tx
      const row = await countersOf(subject).findOne({ _id: id }, { session })
      const compared = []
      for (const [name, { from, by }] of Object.entries(sources[subject].counts)) {
        const rows = db.collection(from)
        const alive = from === 'comments' ? { deletedAt: null } : { state: 'ON' }
        const total = await rows.countDocuments({ [by]: id, ...alive }, { session })
        const [waiting] = await rows
          .aggregate<{ sum: number }>(
            [
              { $match: { [by]: id, uncounted: lacking } },
              { $group: { _id: null, sum: { $sum: '$uncounted' } } },
            ],
            { session },
          )
          .toArray()
        const counter = name as Counter
        compared.push({ counter, stored: row?.[counter] ?? 0, counted: total - (waiting?.sum ?? 0) })
      }
      return compared
    },

    async setCounters(
      tx: Transaction,
      subject: Subject,
      id: string,
      values: Partial<Record<Counter, number>> & Pick<CounterRow, 'newest'>,
      now: Date,
    ): Promise<void> {
      await countersOf(subject).updateOne(
        { _id: id },
        { $set: { ...values, checkedAt: now } },
        { upsert: true, session: tx.session },
      )
    },

    async removeCounters(subject: Subject, ids: readonly string[]): Promise<void> {
      await countersOf(subject).deleteMany({ _id: { $in: [...ids] } })
    },
  }
}

/** What the newest comments of a post are when some more are counted. Where nobody knows which they were, nobody knows now. */
function withNewest(ids: readonly string[]): Document {
  const isFirst = { $lte: [{ $ifNull: ['$comments', 0] }, 0] }
  const known = { $ifNull: ['$newest', { $cond: [isFirst, [], null] }] }
  const all = { $sortArray: { input: { $setUnion: ['$$known', { $literal: [...ids] }] }, sortBy: -1 } }
  return {
    $let: {
      vars: { known },
      in: { $cond: [{ $eq: ['$$known', null] }, '$$REMOVE', { $slice: [all, newestKept] }] },
    },
  }
}
