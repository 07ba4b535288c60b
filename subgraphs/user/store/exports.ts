// Rows of `exports`: copies of their data that people asked for.
import type { Db } from 'mongodb'
import { isDuplicate, type Transaction } from '#platform/mongo.ts'
import { AppError } from '#schema/errors.ts'
import type { ExportRow } from '../model.ts'

/** Creates the indexes. The unique one decides that there is one at a time. */
export async function prepareExports(db: Db): Promise<void> {
  await db.collection('exports').createIndexes([
    { key: { userId: 1, _id: -1 }, name: 'user' },
    {
      key: { userId: 1 },
      name: 'one-at-a-time',
      unique: true,
      partialFilterExpression: { status: 'PENDING' },
    },
    { key: { status: 1, expiresAt: 1 }, name: 'due' },
  ])
}

export function createExportStore(db: Db) {
  const exports = db.collection<ExportRow>('exports')
  return {
    /** Throws CONFLICT while another one is being made. */
    async insertExport(tx: Transaction<'user'>, row: ExportRow): Promise<void> {
      await exports.insertOne(row, { session: tx.session }).catch((error: unknown) => {
        if (!isDuplicate(error, 'one-at-a-time')) throw error
        throw new AppError('CONFLICT', 'A copy of your data is being made already.')
      })
    },

    /** An account's copies, newest first. */
    listExports: (userId: string, limit: number): Promise<ExportRow[]> =>
      exports.find({ userId }).sort({ _id: -1 }).limit(limit).toArray(),

    /** Takes one that waits, for a while; null when none does. */
    claimExport: (now: Date, until: Date): Promise<ExportRow | null> =>
      exports.findOneAndUpdate(
        { status: 'PENDING', $or: [{ leaseUntil: null }, { leaseUntil: { $lte: now } }] },
        { $set: { leaseUntil: until } },
        { sort: { expiresAt: 1 }, returnDocument: 'after' },
      ),

    async updateExport(id: string, change: Partial<ExportRow>): Promise<void> {
      await exports.updateOne({ _id: id }, { $set: change })
    },

    /** Copies whose time is over. */
    listExpiredExports: (now: Date, limit: number): Promise<ExportRow[]> =>
      exports
        .find({ status: { $in: ['PENDING', 'READY'] }, expiresAt: { $lte: now } })
        .limit(limit)
        .toArray(),

    async removeExport(id: string): Promise<void> {
      await exports.deleteOne({ _id: id })
    },
  }
}
