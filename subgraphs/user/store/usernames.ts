// User's collection `reservedUsernames`: names that were given up a short while ago.
import type { ClientSession, Db } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import { taken } from '../domain/sign-up.ts'
import type { ReservedUsernameRow } from '../model.ts'

/** Creates the indexes. */
export async function prepareUsernames(db: Db): Promise<void> {
  await db
    .collection('reservedUsernames')
    .createIndex({ expiresAt: 1 }, { name: 'expiry', expireAfterSeconds: 0 })
}

export function createUsernameStore(db: Db) {
  const reserved = db.collection<ReservedUsernameRow>('reservedUsernames')
  return {
    async reserveUsername(
      tx: Transaction<'user'>,
      username: string,
      reservation: { userId: string; expiresAt: Date },
    ): Promise<void> {
      await reserved.replaceOne({ _id: username }, reservation, { session: tx.session, upsert: true })
    },

    /**
     * Throws TAKEN when a name is reserved for somebody else than `userId`. To be asked after the name was written in the same
     * transaction: whoever gives it up later than this reads is met by the unique index of the names.
     */
    async refuseReserved(session: ClientSession, username: string, userId: string, now: Date): Promise<void> {
      const row = await reserved.findOne({ _id: username, expiresAt: { $gt: now } }, { session })
      if (row && row.userId !== userId) throw taken('username')
    },
  }
}
