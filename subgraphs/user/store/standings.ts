// What the rows of `users` say about an account's being in use, and the record of what moderators did with it.
import type { Db, Document } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import type { EventPayload } from '#schema/events.ts'
import type { StandingChange } from '../domain/standing.ts'
import { type Account, accountProjection, type StatusChangeRow, type UserRow } from '../model.ts'

/** Creates the indexes. */
export async function prepareStandings(db: Db): Promise<void> {
  await Promise.all([
    db.collection('statusChanges').createIndexes([{ key: { userId: 1, at: -1 }, name: 'user' }]),
    // For whoever carries deletions out.
    db
      .collection('users')
      .createIndex(
        { deletionAt: 1 },
        { name: 'deletion', partialFilterExpression: { deletionAt: { $gt: new Date(0) } } },
      ),
  ])
}

/** The status that follows from the three dates, computed where they are written, so that no two writers disagree. */
const derivedStatus: Document = {
  $cond: [
    { $gt: ['$suspendedAt', null] },
    'SUSPENDED',
    {
      $cond: [
        { $gt: ['$deletionAt', null] },
        'DELETED',
        { $cond: [{ $gt: ['$deactivatedAt', null] }, 'DEACTIVATED', 'ACTIVE'] },
      ],
    },
  ],
}

export function createStandingStore(db: Db) {
  const users = db.collection<UserRow>('users')
  const changes = db.collection<StatusChangeRow>('statusChanges')
  return {
    updateStanding: (
      tx: Transaction<'user'>,
      userId: string,
      change: StandingChange,
    ): Promise<Account | null> =>
      users.findOneAndUpdate(
        { _id: userId },
        [{ $set: change }, { $set: { status: derivedStatus, version: { $add: ['$version', 1] } } }],
        { session: tx.session, projection: accountProjection, returnDocument: 'before' },
      ),

    /**
     * It writes, so that a change of password or a suspension in the meantime is met rather than overlooked; a count, since a
     * write of what is there already is none.
     */
    async openAccount(
      tx: Transaction<'user'>,
      userId: string,
      { passwordHash, now }: { passwordHash: string | null; now: Date },
    ): Promise<{ wasDeactivated: boolean } | null> {
      const before = await users.findOneAndUpdate(
        {
          _id: userId,
          suspendedAt: null,
          $or: [{ deletionAt: null }, { deletionAt: { $gt: now } }],
          ...(passwordHash === null ? {} : { passwordHash }),
        },
        [
          {
            $set: {
              signInCount: { $add: [{ $ifNull: ['$signInCount', 0] }, 1] },
              version: { $cond: [{ $gt: ['$deactivatedAt', null] }, { $add: ['$version', 1] }, '$version'] },
              deactivatedAt: null,
            },
          },
          { $set: { status: derivedStatus } },
        ],
        { session: tx.session, projection: { deactivatedAt: 1 }, returnDocument: 'before' },
      )
      return before && { wasDeactivated: Boolean(before.deactivatedAt) }
    },

    async setShadowBanned(tx: Transaction<'user'>, userId: string, on: boolean): Promise<void> {
      await users.updateOne(
        { _id: userId },
        { $set: { shadowBanned: on }, $inc: { version: 1 } },
        { session: tx.session },
      )
    },

    async setTrust(
      tx: Transaction<'user'>,
      { userId, sequence, lessTrustedUntil, leastTrustedUntil }: EventPayload<'account.weighed'>,
    ): Promise<boolean> {
      const { session } = tx
      const dateOf = (ms: number | null) => (ms === null ? null : new Date(ms))
      const [less, least] = [dateOf(lessTrustedUntil), dateOf(leastTrustedUntil)]
      const { matchedCount } = await users.updateOne(
        { _id: userId, $or: [{ weighedAs: { $exists: false } }, { weighedAs: { $lt: sequence } }] },
        { $set: { weighedAs: sequence } },
        { session },
      )
      if (matchedCount === 0) return false
      const { modifiedCount } = await users.updateOne(
        { _id: userId, $or: [{ lessTrustedUntil: { $ne: less } }, { leastTrustedUntil: { $ne: least } }] },
        { $set: { lessTrustedUntil: less, leastTrustedUntil: least }, $inc: { version: 1 } },
        { session },
      )
      return modifiedCount === 1
    },

    async insertStatusChange(tx: Transaction<'user'>, row: StatusChangeRow): Promise<void> {
      await changes.insertOne(row, { session: tx.session })
    },
  }
}
