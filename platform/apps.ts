// User's published read model of apps: what third-party developers have registered. User writes the rows; the gateway, which is
// also the OAuth server, reads them, and opens a session of User's for each authorisation.
import { createHash } from 'node:crypto'
import type { MongoClient } from 'mongodb'
import { databaseName } from './mongo.ts'
import type { Signer } from './secrets.ts'
import type { EndedSessionRow } from './sessions.ts'

/** What an app's requests may ask for: anything, what it has registered, or that by its name alone. */
export type DocumentMode = 'LOG' | 'SAFELIST' | 'REQUIRE_ID'

/** A row of User's `apps`. */
export interface AppRow {
  _id: string
  ownerId: string
  name: string
  description: string | null
  homepageUrl: string | null
  /** Whether it can keep a secret: what runs on a server can, what runs on people's devices cannot. */
  kind: 'PUBLIC' | 'CONFIDENTIAL'
  /** Exact addresses that a code may be sent to. */
  redirectUris: string[]
  /** What it may ask for. */
  scopes: string[]
  documentMode: DocumentMode
  /** Random part of the secret, which is derived and never stored. */
  secretSeed: string
  createdAt: Date
  /** When its owner deleted it; null while it is in use. */
  deletedAt: Date | null
}

/**
 * A row of User's `sessions`: a signed-in device, or an app that acts for somebody. Refresh tokens of devices are derived
 * from it, never stored.
 */
export interface SessionRow extends EndedSessionRow {
  /** The app that acts in this session; absent or null when it is one of our own clients. */
  appId?: string | null
  /** What it may do. */
  scopes?: string[]
  /** Random part of the session's refresh tokens; empty for an app's, which has its own. */
  seed: string
  /** How often the session was refreshed: which refresh token is the present one. */
  generation: number
  /** When the present generation began. */
  rotatedAt: Date
  createdAt: Date
  lastSeenAt: Date
  /** What the client calls itself. */
  device: string | null
  /** When the row goes: a while after the last refresh, or after the end. */
  expiresAt: Date
}

/** The app's secret, which only who holds the key can make. Null for an app that has none. */
export function appSecret(signer: Signer, app: Pick<AppRow, '_id' | 'kind' | 'secretSeed'>): string | null {
  if (app.kind === 'PUBLIC') return null
  return `${signer.sign(`${app._id} ${app.secretSeed} 1`)}${signer.sign(`${app._id} ${app.secretSeed} 2`)}`
}

/** Somebody's word that an app may act for him, given in a session of his, for one authorisation request. */
export interface Approval {
  requestId: string
  userId: string
  sessionId: string
  appId: string
  scopes: string[]
  /** Milliseconds since 1970. */
  at: number
}

/** An approval is to be used at once. */
const approvalMs = 120_000

/** The approval as text that nobody can alter. */
export function signApproval(signer: Signer, approval: Approval): string {
  const body = Buffer.from(JSON.stringify(approval)).toString('base64url')
  return `${body}.${signer.sign(body)}`
}

/** The approval in a text; null when it is forged or too old. */
export function readApproval(signer: Signer, text: string, now = Date.now()): Approval | null {
  const [body = '', signature = ''] = text.split('.')
  if (!signer.verify(body, signature)) return null
  const approval = JSON.parse(Buffer.from(body, 'base64url').toString('utf8')) as Approval
  return now - approval.at <= approvalMs ? approval : null
}

/** What the OAuth server keeps: codes, tokens and requests, by the hash of what names them. */
export interface OauthRow {
  /** `<kind>:<SHA-256 of the id>`: who reads the database cannot use what it holds. */
  _id: string
  payload: Record<string, unknown>
  grantId: string | null
  uid: string | null
  consumedAt: Date | null
  expiresAt: Date
}

/** The id under which the OAuth server keeps something. */
export function oauthRowId(kind: string, id: string): string {
  return `${kind}:${createHash('sha256').update(id).digest('base64url')}`
}

/** Reads of apps. */
export interface Apps {
  /** The app, unless it was deleted; null for anything else. */
  find(appId: string): Promise<AppRow | null>
}

/** Reads User's apps from MongoDB, the truth; `apps` is small and read by its id. */
export function createApps(mongo: MongoClient, namespace: string): Apps {
  const rows = mongo.db(databaseName(namespace, 'user')).collection<AppRow>('apps')
  return {
    find: (appId) => rows.findOne({ _id: appId, deletedAt: null }),
  }
}
