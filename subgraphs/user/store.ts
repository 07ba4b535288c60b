// User's collections: `users` and `sessions`.
import type { Db, Filter } from 'mongodb'
import { isDuplicate, type Transaction } from '#platform/mongo.ts'
import { taken } from './domain/sign-up.ts'
import type { Account, Credential, ProfileChange, SessionRow, UserRow } from './model.ts'

/** Creates the indexes. The unique ones decide who gets a name or an address. */
export async function prepare(db: Db): Promise<void> {
  await Promise.all([
    db.collection('users').createIndexes([
      { key: { username: 1 }, name: 'username', unique: true },
      { key: { emailFolded: 1 }, name: 'email', unique: true },
    ]),
    db.collection('sessions').createIndexes([
      { key: { userId: 1, endedAt: 1, createdAt: -1 }, name: 'user' },
      // For whoever watches sessions end; a comparison, since the planner does not see that a date is of type date.
      { key: { endedAt: 1 }, name: 'ended', partialFilterExpression: { endedAt: { $gt: new Date(0) } } },
      { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
    ]),
  ])
}

export type Store = ReturnType<typeof createStore>

export function createStore(db: Db) {
  const users = db.collection<UserRow>('users')
  const sessions = db.collection<SessionRow>('sessions')
  /** What proves the owner does not leave the store with the rest. */
  const projection = { passwordHash: 0, birthDate: 0, emailFolded: 0 }

  return {
    /** Inserts an account. Throws TAKEN when its name or address is another's. */
    async insertUser(tx: Transaction<'user'>, row: UserRow): Promise<void> {
      try {
        await users.insertOne(row, { session: tx.session })
      } catch (error) {
        if (isDuplicate(error, 'username')) throw taken('username')
        if (isDuplicate(error, 'email')) throw taken('email')
        throw error
      }
    },

    listUsers: (ids: readonly string[]): Promise<Account[]> =>
      users.find<Account>({ _id: { $in: [...ids] } }, { projection }).toArray(),

    listUsersByName: (usernames: readonly string[]): Promise<Account[]> =>
      users.find<Account>({ username: { $in: [...usernames] } }, { projection }).toArray(),

    findUser: (userId: string): Promise<Account | null> =>
      users.findOne<Account>({ _id: userId }, { projection }),

    /** What a sign-in with this username or address is checked against. A name holds no `@`, so it is one or the other. */
    findCredential(loginFolded: string): Promise<Credential | null> {
      const filter: Filter<UserRow> = loginFolded.includes('@')
        ? { emailFolded: loginFolded }
        : { username: loginFolded }
      return users.findOne<Credential>(filter, { projection: { status: 1, passwordHash: 1 } })
    },

    findCredentialById: (userId: string): Promise<Credential | null> =>
      users.findOne<Credential>({ _id: userId }, { projection: { status: 1, passwordHash: 1 } }),

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

    async updatePrivacy(tx: Transaction<'user'>, userId: string, isPrivate: boolean): Promise<void> {
      await users.updateOne(
        { _id: userId },
        { $set: { isPrivate }, $inc: { version: 1 } },
        { session: tx.session },
      )
    },

    async insertSession(row: SessionRow): Promise<void> {
      await sessions.insertOne(row)
    },

    findSession: (sessionId: string): Promise<SessionRow | null> => sessions.findOne({ _id: sessionId }),

    /** Open sessions of an account, newest first. */
    listSessions: (userId: string, now: Date, limit: number): Promise<SessionRow[]> =>
      sessions
        .find({ userId, endedAt: null, expiresAt: { $gt: now } })
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
  }
}
