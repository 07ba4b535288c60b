// What the OAuth server keeps in User's database: codes, tokens and requests in `oauth`, and for each authorisation a session
// in `sessions`, so that whatever ends a person's sessions ends what apps may do for him.
import type { Collection } from 'mongodb'
import { type Adapter, errors } from 'oidc-provider'
import {
  type AppRow,
  type Approval,
  type Apps,
  appSecret,
  type OauthRow,
  oauthRowId,
  type SessionRow,
} from '#platform/apps.ts'
import type { Transact } from '#platform/mongo.ts'
import type { Signer } from '#platform/secrets.ts'
import type { Platform } from '#platform/service.ts'
import { newId } from '#schema/ids.ts'

/** An authorisation that nobody uses for so long is over. */
export const idleSeconds = 60 * 86_400
/** How long an ended session is kept: longer than its access tokens. */
const endedMs = 86_400_000

/** A row of User's `users`, as far as the OAuth server touches it. */
interface AccountFields {
  _id: string
  status: string
  signInCount?: number
}

/** What an app's access token says. */
export interface AppToken {
  readonly userId: string
  readonly sessionId: string
  readonly appId: string
  readonly scopes: readonly string[]
  readonly expiresAt: Date
}

export interface OauthStore {
  /** The library's storage of one kind of thing. */
  adapter(kind: string): Adapter
  /** The app's token; null when it is none, has ended, or its authorisation has. Read from MongoDB at each call. */
  findToken(token: string): Promise<AppToken | null>
  /** Opens a session in which the app acts; null when the session that it was approved in has ended, or the account is not in use. */
  insertAuthorization(approval: Approval, app: AppRow, device: string | null): Promise<string | null>
}

/** The storage of the OAuth server. Each read is by `_id`; `oauth` and `sessions` would be sharded by it. */
export function createOauthStore(
  platform: Pick<Platform, 'db' | 'transact'>,
  apps: Apps,
  secrets: Signer,
): OauthStore {
  const db = platform.db('user')
  const rows = db.collection<OauthRow>('oauth')
  const sessions = db.collection<SessionRow>('sessions')
  const users = db.collection<AccountFields>('users')
  const transact = platform.transact('user')

  const isOpen = async (sessionId: unknown): Promise<boolean> =>
    (await sessions.findOne(
      { _id: String(sessionId), endedAt: null, expiresAt: { $gt: new Date() } },
      { projection: { _id: 1 } },
    )) !== null

  return {
    adapter: (kind) =>
      kind === 'Client'
        ? clientAdapter(apps, secrets)
        : artifactAdapter(kind, { rows, sessions, transact, isOpen }),

    async findToken(token) {
      const row = await rows.findOne({
        _id: oauthRowId('AccessToken', token),
        expiresAt: { $gt: new Date() },
      })
      if (!row) return null
      const { accountId, clientId, grantId, scope } = row.payload
      if (!(await isOpen(grantId))) return null
      return {
        userId: String(accountId),
        sessionId: String(grantId),
        appId: String(clientId),
        scopes: typeof scope === 'string' ? scope.split(' ').filter(Boolean) : [],
        expiresAt: row.expiresAt,
      }
    },

    insertAuthorization: (approval, app, device) =>
      transact(async (tx) => {
        const now = new Date()
        // A write, so that whatever ends the session meanwhile is met.
        const approved = await sessions.updateOne(
          { _id: approval.sessionId, userId: approval.userId, endedAt: null },
          { $set: { lastSeenAt: now } },
          { session: tx.session },
        )
        if (approved.matchedCount === 0) return null
        // So is the account: a suspension, a deactivation or a deletion ends the sessions that it finds, and this one is new. As
        // User does when it opens one, it counts, since a write of what is there already is none.
        const open = await users.updateOne(
          { _id: approval.userId, status: 'ACTIVE' },
          { $inc: { signInCount: 1 } },
          { session: tx.session },
        )
        if (open.matchedCount === 0) return null
        const row: SessionRow = {
          _id: newId('session'),
          userId: approval.userId,
          appId: app._id,
          scopes: approval.scopes,
          seed: '',
          generation: 0,
          rotatedAt: now,
          createdAt: now,
          lastSeenAt: now,
          device,
          endedAt: null,
          expiresAt: new Date(now.getTime() + idleSeconds * 1000),
        }
        await sessions.insertOne(row, { session: tx.session })
        return row._id
      }),
  }
}

/** An app as the library wants to have it. */
function clientAdapter(apps: Apps, secrets: Signer): Adapter {
  return {
    ...nothing,
    async find(id) {
      const app = await apps.find(id)
      if (!app) return undefined
      const secret = appSecret(secrets, app)
      return {
        client_id: app._id,
        client_name: app.name,
        application_type: app.redirectUris.every((uri) => /^https?:/.test(uri)) ? 'web' : 'native',
        redirect_uris: app.redirectUris,
        grant_types: ['authorization_code', 'refresh_token'],
        response_types: ['code'],
        scope: app.scopes.join(' '),
        token_endpoint_auth_method: secret === null ? 'none' : 'client_secret_basic',
        ...(secret === null ? {} : { client_secret: secret }),
      }
    },
  }
}

interface ArtifactDeps {
  readonly rows: Collection<OauthRow>
  readonly sessions: Collection<SessionRow>
  readonly transact: Transact<'user'>
  readonly isOpen: (sessionId: unknown) => Promise<boolean>
}

/** Kinds that the library looks up by a `uid` of theirs, for which it needs the id itself. */
const named = new Set(['Session', 'Interaction'])

function artifactAdapter(kind: string, { rows, sessions, transact, isOpen }: ArtifactDeps): Adapter {
  const payloadOf = (row: OauthRow | null, id?: string): Record<string, unknown> | undefined =>
    row
      ? {
          ...row.payload,
          ...(id === undefined ? {} : { jti: id }),
          ...(row.consumedAt ? { consumed: Math.floor(row.consumedAt.getTime() / 1000) } : {}),
        }
      : undefined

  /** Ends the session of an authorisation: all of its tokens, and its sockets. */
  const endSession = (sessionId: string): Promise<void> =>
    transact(async (tx) => {
      const endedAt = new Date()
      const ended = await sessions.findOneAndUpdate(
        { _id: sessionId, endedAt: null },
        { $set: { endedAt, expiresAt: new Date(endedAt.getTime() + endedMs) } },
        { session: tx.session },
      )
      if (ended) tx.emit('session.ended', { userId: ended.userId, sessionId })
    })

  return {
    ...nothing,
    async upsert(id, { jti, ...payload }, expiresIn) {
      const now = new Date()
      const grantId = typeof payload.grantId === 'string' ? payload.grantId : null
      const row: Omit<OauthRow, '_id'> = {
        payload: named.has(kind) ? { ...payload, jti } : payload,
        grantId,
        uid: typeof payload.uid === 'string' ? payload.uid : null,
        consumedAt: null,
        expiresAt: new Date(now.getTime() + expiresIn * 1000),
      }
      await rows.replaceOne({ _id: oauthRowId(kind, id) }, row, { upsert: true })
      if (kind !== 'RefreshToken' || grantId === null) return
      await sessions.updateOne(
        { _id: grantId, endedAt: null },
        { $set: { lastSeenAt: now, expiresAt: new Date(now.getTime() + idleSeconds * 1000) } },
      )
    },
    async find(id) {
      if (kind === 'Grant' && !(await isOpen(id))) return undefined
      return payloadOf(await rows.findOne({ _id: oauthRowId(kind, id), expiresAt: { $gt: new Date() } }), id)
    },
    findByUid: async (uid) => payloadOf(await rows.findOne({ uid, expiresAt: { $gt: new Date() } })),
    async consume(id) {
      const row = await rows.findOneAndUpdate(
        { _id: oauthRowId(kind, id), consumedAt: null },
        { $set: { consumedAt: new Date() } },
      )
      if (row) return
      // Two have it: whoever came first may be the thief.
      const used = await rows.findOne({ _id: oauthRowId(kind, id) })
      if (used?.grantId) await endSession(used.grantId)
      throw new errors.InvalidGrant(`${kind} already used`)
    },
    async destroy(id) {
      await rows.deleteOne({ _id: oauthRowId(kind, id) })
      if (kind === 'Grant') await endSession(id)
    },
    async revokeByGrantId(grantId) {
      await rows.deleteMany({ grantId, _id: { $gte: `${kind}:`, $lt: `${kind};` } })
    },
  }
}

/** What this server has no use for: codes for devices without a keyboard, and apps that register themselves. */
const nothing: Adapter = {
  upsert: () => Promise.reject(new Error('apps are registered by createApp')),
  find: async () => undefined,
  findByUserCode: async () => undefined,
  findByUid: async () => undefined,
  consume: async () => {},
  destroy: async () => {},
  revokeByGrantId: async () => {},
}
