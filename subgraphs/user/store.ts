// User's collections `users` and `sessions`; the others are beside, in `store/`.

import type { Db, Filter } from 'mongodb'
import { prepareAccountTasks } from '#platform/account-lifecycle.ts'
import type { SessionRow } from '#platform/apps.ts'
import { byId, createGatherer } from '#platform/loader.ts'
import { isDuplicate, type Transaction } from '#platform/mongo.ts'
import { createRecent } from '#platform/recent.ts'
import { taken } from './domain/sign-up.ts'
import { skeletonOf } from './domain/skeleton.ts'
import {
  type Account,
  type Credential,
  type ProfileChange,
  accountProjection as projection,
  type SettingsChange,
  type UserRow,
} from './model.ts'
import { prepareRetention } from './retention.ts'
import { prepareAccountPart } from './store/account-part.ts'
import { createAppStore, prepareApps } from './store/apps.ts'
import { createConsentStore, prepareConsents } from './store/consents.ts'
import { createErasureStore } from './store/erasures.ts'
import { createExperimentStore, type ExperimentStore, prepareExperiments } from './store/experiments.ts'
import { createExportStore, prepareExports } from './store/exports.ts'
import { createIdentityStore, prepareIdentities } from './store/identities.ts'
import { createPasskeyStore, preparePasskeys } from './store/passkeys.ts'
import { createProofStore, prepareProofs } from './store/proofs.ts'
import { createSendingStore, prepareSendings, type SendingStore } from './store/sendings.ts'
import { createStandingStore, prepareStandings } from './store/standings.ts'
import { createTwoFactorStore } from './store/two-factors.ts'
import { createUsernameStore, fillSkeletons } from './store/usernames.ts'
import { createVerificationStore, prepareVerifications } from './store/verifications.ts'

/** Creates the indexes. The unique ones decide who gets a name or an address. */
export async function prepare(db: Db): Promise<void> {
  await Promise.all([
    prepareAccountPart(db),
    prepareAccountTasks(db),
    prepareExports(db),
    prepareExperiments(db),
    prepareRetention(db),
    prepareConsents(db),
    prepareVerifications(db),
    prepareIdentities(db),
    preparePasskeys(db),
    prepareProofs(db),
    prepareSendings(db),
    prepareStandings(db),
    prepareApps(db),
    db.collection('users').createIndexes([
      { key: { username: 1 }, name: 'username', unique: true },
      { key: { emailFolded: 1 }, name: 'email', unique: true },
      {
        key: { usernameSkeleton: 1 },
        name: 'username-skeleton',
        unique: true,
        partialFilterExpression: { usernameSkeleton: { $type: 'string' } },
      },
    ]),
    db.collection('sessions').createIndexes([
      { key: { userId: 1, endedAt: 1, createdAt: -1 }, name: 'user' },
      // For whoever watches sessions end; a comparison, since the planner does not see that a date is of type date.
      { key: { endedAt: 1 }, name: 'ended', partialFilterExpression: { endedAt: { $gt: new Date(0) } } },
    ]),
  ])
  await fillSkeletons(db)
}

/** Whether a write failed since another account has this name, or one that can be taken for it. */
const isTakenName = (error: unknown) =>
  isDuplicate(error, 'username') || isDuplicate(error, 'username-skeleton')

export type Store = ReturnType<typeof createStore>

export function createStore(db: Db) {
  const users = db.collection<UserRow>('users')
  const sessions = db.collection<SessionRow>('sessions')
  const usernames = createUsernameStore(db)
  const experiments: ExperimentStore = createExperimentStore(db)
  const sendings: SendingStore = createSendingStore(db)
  const credential = { projection: { status: 1, passwordHash: 1, deletionAt: 1 } }

  return {
    ...experiments,
    ...sendings,
    ...createProofStore(db),
    ...usernames,
    ...createTwoFactorStore(db),
    ...createAppStore(db),
    ...createStandingStore(db),
    ...createPasskeyStore(db),
    ...createIdentityStore(db),
    ...createConsentStore(db),
    ...createErasureStore(db),
    ...createExportStore(db),
    ...createVerificationStore(db),

    /** Inserts an account. Throws TAKEN when its name or address is another's. */
    async insertUser(tx: Transaction<'user'>, row: UserRow): Promise<void> {
      try {
        await users.insertOne(row, { session: tx.session })
      } catch (error) {
        if (isTakenName(error)) throw taken('username')
        if (isDuplicate(error, 'email')) throw taken('email')
        throw error
      }
      await usernames.refuseReserved(tx.session, row.username, row._id, row.createdAt)
    },

    /** Gives an account a name; answers the one of before, or null without the account. Throws TAKEN. */
    async updateUsername(
      tx: Transaction<'user'>,
      userId: string,
      username: string,
      now: Date,
    ): Promise<string | null> {
      const before = await users
        .findOneAndUpdate(
          { _id: userId },
          { $set: { username, usernameSkeleton: skeletonOf(username) } },
          { session: tx.session, projection },
        )
        .catch((error: unknown) => {
          throw isTakenName(error) ? taken('username') : error
        })
      await usernames.refuseReserved(tx.session, username, userId, now)
      return before?.username ?? null
    },

    /** Accounts by id, in one read with whatever else is asked at the moment. */
    gatherUsers: createRecent(
      db,
      createGatherer(async (ids) =>
        byId(await users.find<Account>({ _id: { $in: [...ids] } }, { projection }).toArray()),
      ),
    ),

    listUsersByName: (usernames: readonly string[]): Promise<Account[]> =>
      users.find<Account>({ username: { $in: [...usernames] } }, { projection }).toArray(),

    findUser: (userId: string): Promise<Account | null> =>
      users.findOne<Account>({ _id: userId }, { projection }),

    /** What a sign-in with this username or address is checked against. A name holds no `@`, so it is one or the other. */
    findCredential(loginFolded: string): Promise<Credential | null> {
      const filter: Filter<UserRow> = loginFolded.includes('@')
        ? { emailFolded: loginFolded }
        : { username: loginFolded }
      return users.findOne<Credential>(filter, credential)
    },

    findCredentialById: (userId: string): Promise<Credential | null> =>
      users.findOne<Credential>({ _id: userId }, credential),

    updateProfile: (
      tx: Transaction<'user'>,
      userId: string,
      change: ProfileChange,
    ): Promise<Account | null> =>
      // An empty `$set` is refused; the version counts the change either way.
      users.findOneAndUpdate(
        { _id: userId },
        { $inc: { version: 1 }, ...(Object.keys(change).length > 0 ? { $set: change } : {}) },
        { session: tx.session, projection, returnDocument: 'before' },
      ),

    async updateSettings(tx: Transaction<'user'>, userId: string, change: SettingsChange): Promise<void> {
      await users.updateOne({ _id: userId }, { $set: change, $inc: { version: 1 } }, { session: tx.session })
    },

    async findBirthDate(userId: string): Promise<string | null> {
      const row = await users.findOne({ _id: userId }, { projection: { birthDate: 1 } })
      return row?.birthDate ?? null
    },

    async verifyEmail(tx: Transaction<'user'>, userId: string, email: string, now: Date): Promise<boolean> {
      const { matchedCount } = await users.updateOne(
        { _id: userId, emailFolded: email.toLowerCase() },
        { $set: { emailVerifiedAt: now }, $inc: { version: 1 } },
        { session: tx.session },
      )
      return matchedCount === 1
    },

    /** Gives an account a proven address. Throws TAKEN when it is another's. */
    async updateEmail(tx: Transaction<'user'>, userId: string, email: string, now: Date): Promise<boolean> {
      try {
        const { matchedCount } = await users.updateOne(
          { _id: userId },
          {
            $set: { email, emailFolded: email.toLowerCase(), emailVerifiedAt: now },
            $inc: { version: 1 },
          },
          { session: tx.session },
        )
        return matchedCount === 1
      } catch (error) {
        if (isDuplicate(error, 'email')) throw taken('email')
        throw error
      }
    },

    async insertSession(tx: Transaction<'user'>, row: SessionRow): Promise<void> {
      await sessions.insertOne(row, { session: tx.session })
    },

    /** Gives an account another password. With `replaced`, only if that is the present one's hash; false otherwise. */
    async updatePassword(
      tx: Transaction<'user'>,
      userId: string,
      change: { passwordHash: string; replaced?: string },
    ): Promise<boolean> {
      const { matchedCount } = await users.updateOne(
        { _id: userId, ...(change.replaced ? { passwordHash: change.replaced } : {}) },
        { $set: { passwordHash: change.passwordHash } },
        { session: tx.session },
      )
      return matchedCount === 1
    },

    findSession: (sessionId: string): Promise<SessionRow | null> => sessions.findOne({ _id: sessionId }),

    /** Open sessions of an account but those in which apps act, newest first. */
    listSessions: (userId: string, now: Date, limit: number): Promise<SessionRow[]> =>
      sessions
        .find({ userId, endedAt: null, appId: null, expiresAt: { $gt: now } })
        .sort({ createdAt: -1 })
        .limit(limit)
        .toArray(),

    advanceSession: (
      sessionId: string,
      generation: number,
      at: { now: Date; expiresAt: Date },
    ): Promise<SessionRow | null> =>
      sessions.findOneAndUpdate(
        { _id: sessionId, generation, endedAt: null },
        {
          $inc: { generation: 1 },
          $set: { rotatedAt: at.now, lastSeenAt: at.now, expiresAt: at.expiresAt },
        },
        { returnDocument: 'after' },
      ),

    endSession: (
      tx: Transaction<'user'>,
      sessionId: string,
      at: { now: Date; expiresAt: Date },
    ): Promise<SessionRow | null> =>
      sessions.findOneAndUpdate(
        { _id: sessionId, endedAt: null },
        { $set: { endedAt: at.now, expiresAt: at.expiresAt } },
        { session: tx.session, returnDocument: 'after' },
      ),

    /** Marks all open sessions of an account ended, but for one; answers their ids. */
    async endSessions(
      tx: Transaction<'user'>,
      userId: string,
      exceptId: string | null,
      at: { now: Date; expiresAt: Date },
    ): Promise<string[]> {
      const open = await sessions
        .find({ userId, endedAt: null }, { session: tx.session, projection: { _id: 1 } })
        .map((row) => row._id)
        .toArray()
      const ids = open.filter((id) => id !== exceptId)
      await sessions.updateMany(
        { _id: { $in: ids }, endedAt: null },
        { $set: { endedAt: at.now, expiresAt: at.expiresAt } },
        { session: tx.session },
      )
      return ids
    },
  }
}
