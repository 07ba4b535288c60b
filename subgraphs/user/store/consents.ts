// User's collection `consents`.
import type { ClientSession, Db } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import type { ConsentRow, RefusalChange, UserRow } from '../model.ts'

/** Creates the indexes. */
export async function prepareConsents(db: Db): Promise<void> {
  await db.collection('consents').createIndexes([
    { key: { userId: 1, _id: -1 }, name: 'user' },
    { key: { userId: 1, kind: 1, _id: -1 }, name: 'kind' },
  ])
}

export function createConsentStore(db: Db) {
  const consents = db.collection<ConsentRow>('consents')
  const users = db.collection<UserRow>('users')
  return {
    /** The last row of each kind, in one read of so many keys of the index `kind`. */
    listLatestConsents: (userId: string, session?: ClientSession): Promise<ConsentRow[]> =>
      consents
        .aggregate<ConsentRow>(
          [
            { $match: { userId } },
            { $sort: { kind: 1, _id: -1 } },
            { $group: { _id: '$kind', row: { $first: '$$ROOT' } } },
            { $replaceWith: '$row' },
          ],
          { session },
        )
        .toArray(),

    /** Newest first. */
    listConsents: (userId: string, limit: number): Promise<ConsentRow[]> =>
      consents.find({ userId }).sort({ _id: -1 }).limit(limit).toArray(),

    async insertConsents(tx: Transaction<'user'>, rows: ConsentRow[]): Promise<void> {
      await consents.insertMany(rows, { session: tx.session })
    },

    async updateRefusals(tx: Transaction<'user'>, userId: string, change: RefusalChange): Promise<void> {
      await users.updateOne(
        { _id: userId },
        { $inc: { version: 1 }, ...(Object.keys(change).length > 0 ? { $set: change } : {}) },
        { session: tx.session },
      )
    },
  }
}
