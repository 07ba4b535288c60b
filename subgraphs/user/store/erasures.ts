// Accounts whose deletion is due, and what remains of one: a row that says that it was, and nothing else.
import type { Db } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import type { UserRow } from '../model.ts'

export function createErasureStore(db: Db) {
  const users = db.collection<UserRow>('users')
  return {
    /** Ids of accounts whose deletion is due, longest first. */
    listDueDeletions: (now: Date, limit: number): Promise<string[]> =>
      users
        .find({ deletionAt: { $gt: new Date(0), $lte: now } }, { projection: { _id: 1 } })
        .sort({ deletionAt: 1 })
        .limit(limit)
        .map((row) => row._id)
        .toArray(),

    /**
     * Puts a tombstone in the place of an account whose deletion is due; false when it is not, or no more. The name and the
     * address are free for others; the id is never given again.
     */
    async eraseUser(tx: Transaction<'user'>, userId: string, now: Date): Promise<boolean> {
      const { session } = tx
      const due = { _id: userId, deletionAt: { $gt: new Date(0), $lte: now } }
      const row = await users.findOne(due, { session })
      if (!row) return false
      // Unique as names and addresses must be, and neither: no name holds a colon.
      const name = `deleted:${userId}`
      const tombstone: UserRow = {
        _id: userId,
        version: row.version + 1,
        status: 'DELETED',
        isPrivate: true,
        username: name,
        email: name,
        emailFolded: name,
        emailVerifiedAt: null,
        passwordHash: null,
        birthDate: '1900-01-01',
        displayName: null,
        bio: null,
        website: null,
        pronouns: null,
        avatar: null,
        isVerified: false,
        accountType: 'PERSONAL',
        // Over, and no longer due.
        deletionAt: new Date(0),
        createdAt: new Date(0),
      }
      const { matchedCount } = await users.replaceOne(due, tombstone, { session })
      return matchedCount === 1
    },
  }
}
