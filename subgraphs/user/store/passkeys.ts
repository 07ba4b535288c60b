// User's collections `passkeys` and `usedChallenges`.
import { Binary, type Db } from 'mongodb'
import { isDuplicate, type Transaction } from '#platform/mongo.ts'
import { AppError } from '#schema/errors.ts'
import type { PasskeyRow, UsedChallengeRow } from '../model.ts'

type StoredPasskey = Omit<PasskeyRow, 'publicKey'> & { publicKey: Binary }

/** Creates the indexes. The unique one has each credential belong to one account. */
export async function preparePasskeys(db: Db): Promise<void> {
  await Promise.all([
    db.collection('passkeys').createIndexes([
      { key: { credentialId: 1 }, name: 'credential', unique: true },
      { key: { userId: 1, createdAt: 1 }, name: 'user' },
    ]),
  ])
}

const rowOf = (stored: StoredPasskey): PasskeyRow => ({
  ...stored,
  publicKey: Buffer.from(stored.publicKey.buffer),
})

export function createPasskeyStore(db: Db) {
  const passkeys = db.collection<StoredPasskey>('passkeys')
  const usedChallenges = db.collection<UsedChallengeRow>('usedChallenges')
  return {
    async findPasskey(credentialId: string): Promise<PasskeyRow | null> {
      const stored = await passkeys.findOne({ credentialId })
      return stored && rowOf(stored)
    },

    async listPasskeys(userId: string): Promise<PasskeyRow[]> {
      // No account has more.
      return (await passkeys.find({ userId }).sort({ createdAt: 1 }).limit(100).toArray()).map(rowOf)
    },

    async insertPasskey(tx: Transaction<'user'>, row: PasskeyRow): Promise<void> {
      try {
        await passkeys.insertOne({ ...row, publicKey: new Binary(row.publicKey) }, { session: tx.session })
      } catch (error) {
        if (!isDuplicate(error, 'credential')) throw error
        throw new AppError('TAKEN', 'This passkey is registered already.', {
          field: ['input', 'credentialJson'],
        })
      }
    },

    async advancePasskey(
      tx: Transaction<'user'>,
      { _id, counter }: Pick<PasskeyRow, '_id' | 'counter'>,
      use: { counter: number; isBackedUp: boolean; now: Date },
    ): Promise<boolean> {
      const { matchedCount } = await passkeys.updateOne(
        { _id, counter },
        { $set: { counter: use.counter, isBackedUp: use.isBackedUp, lastUsedAt: use.now } },
        { session: tx.session },
      )
      return matchedCount === 1
    },

    async deletePasskey(tx: Transaction<'user'>, userId: string, passkeyId: string): Promise<boolean> {
      const { deletedCount } = await passkeys.deleteOne({ _id: passkeyId, userId }, { session: tx.session })
      return deletedCount === 1
    },

    async deletePasskeys(tx: Transaction<'user'>, userId: string): Promise<void> {
      await passkeys.deleteMany({ userId }, { session: tx.session })
    },

    async takeChallenge(tx: Transaction<'user'>, challenge: string, expiresAt: Date): Promise<boolean> {
      try {
        await usedChallenges.insertOne({ _id: challenge, expiresAt }, { session: tx.session })
        return true
      } catch (error) {
        if (isDuplicate(error)) return false
        throw error
      }
    },
  }
}
