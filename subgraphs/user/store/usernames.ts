// User's collection `reservedUsernames`: names that were given up a short while ago.
import type { ClientSession, Db } from 'mongodb'
import { isDuplicate, type Transaction } from '#platform/mongo.ts'
import { taken } from '../domain/sign-up.ts'
import { skeletonOf } from '../domain/skeleton.ts'
import type { ReservedUsernameRow, UserRow } from '../model.ts'

const fillName = 'username-skeletons'

/**
 * Gives accounts from before skeletons theirs, once; whoever shares one with an older account goes without. Repeated from where
 * it was left when a process dies in it.
 */
export async function fillSkeletons(db: Db): Promise<void> {
  const migrations = db.collection<{ _id: string; at: Date }>('migrations')
  if (await migrations.findOne({ _id: fillName })) return
  const users = db.collection<UserRow>('users')
  const without = users
    .find({ usernameSkeleton: { $exists: false } }, { projection: { username: 1 } })
    .sort({ _id: 1 })
  for await (const { _id, username } of without) {
    await users
      .updateOne({ _id, username }, { $set: { usernameSkeleton: skeletonOf(username) } })
      .catch((error: unknown) => {
        if (!isDuplicate(error)) throw error
      })
  }
  await migrations.updateOne({ _id: fillName }, { $setOnInsert: { at: new Date() } }, { upsert: true })
}

export function createUsernameStore(db: Db) {
  const reserved = db.collection<ReservedUsernameRow>('reservedUsernames')
  return {
    async reserveUsername(
      tx: Transaction<'user'>,
      username: string,
      reservation: { userId: string; expiresAt: Date },
    ): Promise<void> {
      await reserved.replaceOne({ _id: skeletonOf(username) }, reservation, {
        session: tx.session,
        upsert: true,
      })
    },

    /**
     * Throws TAKEN when a name, or one that can be taken for it, is reserved for somebody else than `userId`. To be asked after the name was written in the same
     * transaction: whoever gives it up later than this reads is met by the unique index of the names.
     */
    async refuseReserved(session: ClientSession, username: string, userId: string, now: Date): Promise<void> {
      const row = await reserved.findOne({ _id: skeletonOf(username), expiresAt: { $gt: now } }, { session })
      if (row && row.userId !== userId) throw taken('username')
    },
  }
}
