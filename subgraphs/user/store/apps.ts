// Collection `apps`, and the sessions in which apps act for people.
import type { Db, Filter } from 'mongodb'
import type { AppRow, SessionRow } from '#platform/apps.ts'
import type { Transaction } from '#platform/mongo.ts'

/** Creates the indexes. `apps` has some thousands of rows; its shard key would be the id. */
export async function prepareApps(db: Db): Promise<void> {
  await Promise.all([
    db
      .collection('apps')
      .createIndexes([{ key: { ownerId: 1, deletedAt: 1, createdAt: -1 }, name: 'owner' }]),
    // What the gateway's OAuth server keeps: it has no `prepare` of its own.
    db.collection('oauth').createIndexes([
      { key: { grantId: 1 }, name: 'grant', partialFilterExpression: { grantId: { $type: 'string' } } },
      { key: { uid: 1 }, name: 'uid', partialFilterExpression: { uid: { $type: 'string' } } },
      { key: { expiresAt: 1 }, name: 'expiry', expireAfterSeconds: 0 },
    ]),
    db.collection('sessions').createIndexes([
      {
        key: { appId: 1, endedAt: 1 },
        name: 'app',
        partialFilterExpression: { appId: { $type: 'string' } },
      },
    ]),
  ])
}

const appChange = (change: Partial<AppRow>) => ({ $set: change })

export function createAppStore(db: Db) {
  const apps = db.collection<AppRow>('apps')
  const sessions = db.collection<SessionRow>('sessions')
  const open = (filter: Filter<SessionRow>): Filter<SessionRow> => ({ ...filter, endedAt: null })

  return {
    async insertApp(tx: Transaction<'user'>, row: AppRow): Promise<void> {
      await apps.insertOne(row, { session: tx.session })
    },

    /** Apps by id that are in use. */
    listAppsById: (ids: readonly string[]): Promise<AppRow[]> =>
      apps.find({ _id: { $in: [...ids] }, deletedAt: null }).toArray(),

    /** An app as it was when its owner deleted it. */
    findDeletedApp: (appId: string): Promise<AppRow | null> => apps.findOne({ _id: appId }),

    /** A developer's apps that are in use, newest first. */
    listApps: (ownerId: string, limit: number): Promise<AppRow[]> =>
      apps.find({ ownerId, deletedAt: null }).sort({ createdAt: -1 }).limit(limit).toArray(),

    countApps: (tx: Transaction<'user'>, ownerId: string, limit: number): Promise<number> =>
      apps.countDocuments({ ownerId, deletedAt: null }, { session: tx.session, limit }),

    /** Changes a developer's app; null when it is not his or not in use. */
    updateApp: (
      tx: Transaction<'user'>,
      appId: string,
      ownerId: string,
      change: Partial<AppRow>,
    ): Promise<AppRow | null> =>
      apps.findOneAndUpdate({ _id: appId, ownerId, deletedAt: null }, appChange(change), {
        session: tx.session,
        returnDocument: 'after',
      }),

    /** Open sessions in which apps act for somebody, newest first. */
    listAuthorizations: (userId: string, now: Date, limit: number): Promise<SessionRow[]> =>
      sessions
        .find(open({ userId, appId: { $type: 'string' }, expiresAt: { $gt: now } }))
        .sort({ createdAt: -1 })
        .limit(limit)
        .toArray(),

    /** Open sessions of an app, of anybody or of one person. */
    async listAppSessions(appId: string, userId: string | null, limit: number): Promise<SessionRow[]> {
      return sessions
        .find(open({ appId, ...(userId === null ? {} : { userId }) }))
        .limit(limit)
        .toArray()
    },

    /** Removes the documents of an app, which the gateway has registered. */
    async removeDocuments(appId: string): Promise<void> {
      await db.collection('documentManifests').deleteMany({ appId })
    },

    countAppSessions: (appId: string, limit: number): Promise<number> =>
      sessions.countDocuments(open({ appId }), { limit }),
  }
}
