// User's collection `consents`.
import type { Db } from 'mongodb'
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
    async listLatestConsents(userId: string): Promise<ConsentRow[]> {
      const kinds = ['TERMS', 'ANALYTICS', 'PERSONALISATION'] as const
      const found = await Promise.all(
        kinds.map((kind) => consents.find({ userId, kind }).sort({ _id: -1 }).limit(1).next()),
      )
      return found.filter((row) => row !== null)
    },

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
