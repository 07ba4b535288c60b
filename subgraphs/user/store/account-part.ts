// What User does when an account has ended, and what it has for a copy of his data. The row of the account itself is a tombstone
// by then (`store/erasures.ts`).
import type { Db } from 'mongodb'
import { type AccountPart, exportsPrefix, ownKeys, removing, rowsOf } from '#platform/account-lifecycle.ts'
import type { OauthRow, SessionRow } from '#platform/apps.ts'
import type { Storage } from '#platform/storage.ts'
import { nobodyId } from '#schema/ids.ts'
import type { AppRow, StatusChangeRow, UserRow, VerificationRow } from '../model.ts'

const chunk = 200

/** The indexes by which an account's rows are found, where nothing else needs them. */
export async function prepareAccountPart(db: Db): Promise<void> {
  await Promise.all([
    db.collection('reservedUsernames').createIndexes([{ key: { userId: 1 }, name: 'user' }]),
    db.collection('statusChanges').createIndexes([{ key: { moderatorId: 1 }, name: 'moderator' }]),
    db.collection('verifications').createIndexes([
      {
        key: { moderatorId: 1 },
        name: 'moderator',
        partialFilterExpression: { moderatorId: { $type: 'string' } },
      },
    ]),
    db.collection('oauth').createIndexes([
      {
        key: { 'payload.accountId': 1 },
        name: 'account',
        partialFilterExpression: { 'payload.accountId': { $type: 'string' } },
      },
    ]),
  ])
}

interface Deps {
  db: Db
  storage: Pick<Storage, 'removePrefix'>
  /** Ends whatever a deleted app does for anybody, and removes its documents. */
  endApp(appId: string): Promise<void>
  /** Publishes the account's facts anew. */
  refresh(userId: string): Promise<void>
}

/** User's part. */
export function createAccountPart({ db, storage, endApp, refresh }: Deps): AccountPart {
  const users = db.collection<UserRow>('users')
  const sessions = db.collection<SessionRow>('sessions')
  const apps = db.collection<AppRow>('apps')
  const oauth = db.collection<OauthRow>('oauth')
  const statusChanges = db.collection<StatusChangeRow>('statusChanges')
  const verifications = db.collection<VerificationRow>('verifications')

  const removeSessions = async (userId: string): Promise<boolean> => {
    const rows = await sessions
      .find({ userId }, { projection: { _id: 1 } })
      .limit(chunk)
      .toArray()
    const ids = rows.map((row) => row._id)
    if (ids.length > 0) {
      await oauth.deleteMany({ grantId: { $in: ids } })
      await sessions.deleteMany({ _id: { $in: ids } })
    }
    return rows.length === chunk
  }

  const removeApps = async (userId: string): Promise<boolean> => {
    const rows = await apps.find({ ownerId: userId }).limit(chunk).toArray()
    for (const { _id } of rows) {
      await apps.updateOne({ _id }, { $set: { deletedAt: new Date() } })
      await endApp(_id)
      await db.collection('appUsage').deleteMany({ appId: _id })
      await apps.deleteOne({ _id })
    }
    return rows.length === chunk
  }

  const person = (userId: string) => ({ userId })
  const own = (userId: string) => ({ _id: userId as never })
  return {
    erase: [
      async (userId) => {
        await refresh(userId)
        return false
      },
      removeSessions,
      removing(db, 'oauth', (userId) => ({ 'payload.accountId': userId })),
      removing(db, 'proofs', person),
      removing(db, 'twoFactors', own),
      removing(db, 'passkeys', person),
      removing(db, 'identities', person),
      removing(db, 'socialFlows', (userId) => ({ viewerId: userId })),
      removing(db, 'consents', person),
      removing(db, 'exposures', (userId) => ({ accountId: userId })),
      removing(db, 'reservedUsernames', person),
      removing(db, 'verifications', person),
      removing(db, 'statusChanges', person),
      // What he decided as a moderator stays decided; who did it is nobody any more.
      async (userId) => {
        await statusChanges.updateMany({ moderatorId: userId }, { $set: { moderatorId: nobodyId } })
        await verifications.updateMany({ moderatorId: userId }, { $set: { moderatorId: nobodyId } })
        return false
      },
      removeApps,
      removing(db, 'exports', person),
      removing(db, 'idempotency', ownKeys),
      async (userId) => {
        await storage.removePrefix(`public/avatars/${userId}/`)
        await storage.removePrefix(exportsPrefix(userId))
        return false
      },
    ],
    sections: {
      account: rowsOf(db, 'users', own, [
        ...['passwordHash', 'emailFolded', 'usernameSkeleton', 'signInCount', 'version', 'shadowBanned'],
        ...['lessTrustedUntil', 'leastTrustedUntil', 'weighedAs'],
      ]),
      sessions: rowsOf(db, 'sessions', person, ['userId', 'seed', 'generation', 'rotatedAt']),
      passkeys: rowsOf(db, 'passkeys', person, ['userId', 'publicKey', 'credentialId', 'counter']),
      'social-sign-in': rowsOf(db, 'identities', person, ['userId']),
      consents: rowsOf(db, 'consents', person, ['userId']),
      experiments: rowsOf(db, 'exposures', (userId) => ({ accountId: userId }), ['_id', 'accountId']),
      verifications: rowsOf(db, 'verifications', person, ['userId', 'moderatorId']),
      'decisions-of-moderators': rowsOf(db, 'statusChanges', person, ['userId', 'moderatorId']),
      async *apps(userId) {
        for await (const row of apps.find({ ownerId: userId, deletedAt: null }))
          yield { id: row._id, name: row.name, redirectUris: row.redirectUris, createdAt: row.createdAt }
      },
    },
    async *files(userId) {
      const row = await users.findOne({ _id: userId }, { projection: { avatar: 1 } })
      const key = row?.avatar?.renditions.at(-1)?.key
      if (key) yield { key, path: 'media/profile-picture.webp' }
    },
  }
}
