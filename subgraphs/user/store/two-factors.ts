// User's collection `twoFactors`, by user id.
import type { Db } from 'mongodb'
import { isDuplicate, type Transaction } from '#platform/mongo.ts'
import type { TwoFactorRow } from '../model.ts'

type Seeded = Pick<TwoFactorRow, '_id' | 'seed'>

export function createTwoFactorStore(db: Db) {
  const rows = db.collection<TwoFactorRow>('twoFactors')
  return {
    findTwoFactor: (userId: string): Promise<TwoFactorRow | null> => rows.findOne({ _id: userId }),

    async replaceTwoFactor(tx: Transaction<'user'>, row: TwoFactorRow): Promise<boolean> {
      const { _id, ...fields } = row
      try {
        await rows.replaceOne({ _id, confirmedAt: null }, fields, { session: tx.session, upsert: true })
        return true
      } catch (error) {
        // A confirmed row is not replaced, so another of its id was to be inserted.
        if (isDuplicate(error)) return false
        throw error
      }
    },

    async confirmTwoFactor(
      tx: Transaction<'user'>,
      { _id, seed }: Seeded,
      at: { now: Date; step: number },
    ): Promise<boolean> {
      const { modifiedCount } = await rows.updateOne(
        { _id, seed, confirmedAt: null },
        { $set: { confirmedAt: at.now, lastStep: at.step } },
        { session: tx.session },
      )
      return modifiedCount === 1
    },

    async takeStep({ _id, seed }: Seeded, step: number): Promise<boolean> {
      const { modifiedCount } = await rows.updateOne(
        { _id, seed, lastStep: { $lt: step } },
        { $set: { lastStep: step } },
      )
      return modifiedCount === 1
    },

    async takeRecoveryCode({ _id, seed }: Seeded, index: number): Promise<boolean> {
      const { modifiedCount } = await rows.updateOne(
        { _id, seed, usedRecovery: { $ne: index } },
        { $push: { usedRecovery: index } },
      )
      return modifiedCount === 1
    },

    async deleteTwoFactor(tx: Transaction<'user'>, userId: string): Promise<boolean> {
      const { deletedCount } = await rows.deleteOne({ _id: userId }, { session: tx.session })
      return deletedCount === 1
    },
  }
}
