// User's collections `identities` and `socialFlows`.
import type { Db } from 'mongodb'
import { isDuplicate, type Transaction } from '#platform/mongo.ts'
import { AppError } from '#schema/errors.ts'
import type { IdentityRow, ProvenIdentity, SocialFlowRow } from '../model.ts'

/** Creates the indexes. The unique one has each identity belong to one account. */
export async function prepareIdentities(db: Db): Promise<void> {
  await Promise.all([
    db.collection('identities').createIndexes([
      { key: { issuer: 1, subject: 1 }, name: 'identity', unique: true },
      { key: { userId: 1, createdAt: 1 }, name: 'user' },
    ]),
  ])
}

export function createIdentityStore(db: Db) {
  const identities = db.collection<IdentityRow>('identities')
  const flows = db.collection<SocialFlowRow>('socialFlows')
  return {
    async insertSocialFlow(tx: Transaction<'user'>, row: SocialFlowRow): Promise<void> {
      await flows.insertOne(row, { session: tx.session })
    },

    findSocialFlow: (flowId: string): Promise<SocialFlowRow | null> => flows.findOne({ _id: flowId }),

    async identifySocialFlow(
      tx: Transaction<'user'>,
      flowId: string,
      { identity, expiresAt }: { identity: ProvenIdentity; expiresAt: Date },
    ): Promise<boolean> {
      const { modifiedCount } = await flows.updateOne(
        { _id: flowId, identity: null },
        { $set: { identity, expiresAt } },
        { session: tx.session },
      )
      return modifiedCount === 1
    },

    async endSocialFlow(tx: Transaction<'user'>, flowId: string): Promise<boolean> {
      const { deletedCount } = await flows.deleteOne({ _id: flowId }, { session: tx.session })
      return deletedCount === 1
    },

    findIdentity: ({ issuer, subject }: { issuer: string; subject: string }): Promise<IdentityRow | null> =>
      identities.findOne({ issuer, subject }),

    listIdentities: (userId: string): Promise<IdentityRow[]> =>
      identities.find({ userId }).sort({ createdAt: 1 }).limit(100).toArray(),

    async insertIdentity(tx: Transaction<'user'>, row: IdentityRow): Promise<void> {
      try {
        await identities.insertOne(row, { session: tx.session })
      } catch (error) {
        if (!isDuplicate(error, 'identity')) throw error
        throw new AppError('TAKEN', 'This identity belongs to another account.')
      }
    },

    async deleteIdentity(tx: Transaction<'user'>, userId: string, identityId: string): Promise<boolean> {
      const { deletedCount } = await identities.deleteOne(
        { _id: identityId, userId },
        { session: tx.session },
      )
      return deletedCount === 1
    },

    async deleteIdentities(tx: Transaction<'user'>, userId: string): Promise<void> {
      await identities.deleteMany({ userId }, { session: tx.session })
    },
  }
}
