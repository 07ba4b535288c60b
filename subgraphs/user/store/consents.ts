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
    async listLatestConsents(userId: string, session?: ClientSession): Promise<ConsentRow[]> {
      const kinds = ['TERMS', 'ANALYTICS', 'PERSONALISATION'] as const
      const last = (kind: ConsentRow['kind']) =>
        consents.findOne({ userId, kind }, { sort: { _id: -1 }, session })
      if (!session) return (await Promise.all(kinds.map(last))).filter((row) => row !== null)
      // A transaction does one thing after the other.
      const found: ConsentRow[] = []
      for (const kind of kinds) {
        const row = await last(kind)
        if (row) found.push(row)
      }
      return found
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
