// User's collections `verifications` and `paymentEvents`.
import type { Db } from 'mongodb'
import { isDuplicate, type Transaction } from '#platform/mongo.ts'
import { AppError } from '#schema/errors.ts'
import type { PaymentEventRow, UserRow, VerificationRow } from '../model.ts'

/** Creates the indexes. The unique one has each account wait once for each kind. */
export async function prepareVerifications(db: Db): Promise<void> {
  await Promise.all([
    db.collection('verifications').createIndexes([
      {
        key: { userId: 1, kind: 1 },
        name: 'open',
        unique: true,
        partialFilterExpression: { status: 'PENDING' },
      },
      { key: { userId: 1, _id: -1 }, name: 'user' },
      { key: { kind: 1, status: 1, _id: 1 }, name: 'queue' },
    ]),
  ])
}

export function createVerificationStore(db: Db) {
  const verifications = db.collection<VerificationRow>('verifications')
  const events = db.collection<PaymentEventRow>('paymentEvents')
  const users = db.collection<UserRow>('users')
  return {
    findVerification: (verificationId: string): Promise<VerificationRow | null> =>
      verifications.findOne({ _id: verificationId }),

    /** Of an account, newest first. */
    listVerifications: (userId: string): Promise<VerificationRow[]> =>
      verifications.find({ userId }).sort({ _id: -1 }).limit(20).toArray(),

    listOpenVerifications: (afterId: string | null, limit: number): Promise<VerificationRow[]> =>
      verifications
        .find({ kind: 'IDENTITY', status: 'PENDING', ...(afterId === null ? {} : { _id: { $gt: afterId } }) })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),

    async insertVerification(tx: Transaction<'user'>, row: VerificationRow): Promise<void> {
      try {
        await verifications.insertOne(row, { session: tx.session })
      } catch (error) {
        if (!isDuplicate(error, 'open')) throw error
        throw new AppError('CONFLICT', 'There is an open request already.')
      }
    },

    async decideVerification(
      tx: Transaction<'user'>,
      verificationId: string,
      decision: Pick<VerificationRow, 'status' | 'moderatorId' | 'decidedAt' | 'decisionNote'>,
    ): Promise<void> {
      await verifications.updateOne({ _id: verificationId }, { $set: decision }, { session: tx.session })
    },

    async setVerified(
      tx: Transaction<'user'>,
      userId: string,
      change: Partial<Pick<UserRow, 'isVerified' | 'verifiedUntil'>>,
    ): Promise<void> {
      await users.updateOne({ _id: userId }, { $set: change }, { session: tx.session })
    },

    async takePaymentEvent(tx: Transaction<'user'>, eventId: string, expiresAt: Date): Promise<boolean> {
      const { upsertedCount } = await events.updateOne(
        { _id: eventId },
        { $setOnInsert: { expiresAt } },
        { session: tx.session, upsert: true },
      )
      return upsertedCount === 1
    },

    payVerification: (
      tx: Transaction<'user'>,
      verificationId: string,
      paid: { paidUntil: Date; paidAt: Date },
    ): Promise<VerificationRow | null> =>
      verifications.findOneAndUpdate(
        { _id: verificationId, kind: 'PAID', $or: [{ paidAt: null }, { paidAt: { $lt: paid.paidAt } }] },
        { $set: paid },
        { session: tx.session, returnDocument: 'after' },
      ),
  }
}
