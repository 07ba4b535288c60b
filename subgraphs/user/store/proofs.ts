// User's collection `proofs`.
import type { Collection, Db } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import type { ProofRow } from '../model.ts'

/** Creates the indexes. */
export async function prepareProofs(db: Db): Promise<void> {
  await db.collection('proofs').createIndexes([{ key: { userId: 1, usedAt: 1 }, name: 'user' }])
}

export function createProofStore(db: Db) {
  const proofs: Collection<ProofRow> = db.collection<ProofRow>('proofs')
  return {
    async insertProof(tx: Transaction<'user'>, row: ProofRow): Promise<void> {
      await proofs.insertOne(row, { session: tx.session })
    },

    findProof: (proofId: string): Promise<ProofRow | null> => proofs.findOne({ _id: proofId }),

    async takeProof(tx: Transaction<'user'>, proofId: string, now: Date): Promise<boolean> {
      const { modifiedCount } = await proofs.updateOne(
        { _id: proofId, usedAt: null, expiresAt: { $gt: now } },
        { $set: { usedAt: now } },
        { session: tx.session },
      )
      return modifiedCount === 1
    },

    async voidProofs(tx: Transaction<'user'>, userId: string, now: Date): Promise<void> {
      await proofs.updateMany({ userId, usedAt: null }, { $set: { usedAt: now } }, { session: tx.session })
    },

    claimMail: (proofId: string, now: Date, until: Date): Promise<ProofRow | null> =>
      proofs.findOneAndUpdate(
        {
          _id: proofId,
          sentAt: null,
          usedAt: null,
          expiresAt: { $gt: now },
          $or: [{ sendingUntil: null }, { sendingUntil: { $lte: now } }],
        },
        { $set: { sendingUntil: until } },
        { returnDocument: 'after' },
      ),

    async releaseMail(proofId: string, sentAt: Date | null): Promise<void> {
      await proofs.updateOne({ _id: proofId }, { $set: { sentAt, sendingUntil: null } })
    },
  }
}
