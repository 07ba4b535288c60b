// Apps of third-party developers, and what people let them do.
import { randomBytes } from 'node:crypto'
import {
  type AppRow,
  type Approval,
  appSecret,
  type DocumentMode,
  type SessionRow,
  signApproval,
} from '#platform/apps.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { Signer } from '#platform/secrets.ts'
import { boundedList, optionalText, textOf } from '#platform/validate.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId, newId } from '#schema/ids.ts'
import { grantableScopes } from '#schema/scopes.ts'
import { endSession, endSessionWithin, type SessionStore } from './sessions.ts'

const maxApps = 20
/** Sessions of a deleted app that are ended in one go. */
const chunk = 200

export interface AppStore {
  insertApp(tx: Transaction<'user'>, row: AppRow): Promise<void>
  countApps(tx: Transaction<'user'>, ownerId: string, limit: number): Promise<number>
  listAppsById(ids: readonly string[]): Promise<AppRow[]>
  updateApp(
    tx: Transaction<'user'>,
    appId: string,
    ownerId: string,
    change: Partial<AppRow>,
  ): Promise<AppRow | null>
  listAppSessions(appId: string, userId: string | null, limit: number): Promise<SessionRow[]>
  removeDocuments(appId: string): Promise<void>
}

interface Deps {
  store: AppStore
  transact: Transact<'user'>
  now: Date
}

/** What a developer says of his app; what is absent is left as it is, null is refused or clears. */
export interface AppFields {
  name?: string | null | undefined
  description?: string | null | undefined
  homepageUrl?: string | null | undefined
  redirectUris?: readonly string[] | null | undefined
  scopes?: readonly string[] | null | undefined
  documentMode?: DocumentMode | null | undefined
}

/** Registers an app. Throws INVALID, TOO_LONG or TOO_MANY. */
export function createApp(
  deps: Deps,
  ownerId: string,
  input: AppFields & { kind?: AppRow['kind'] | null | undefined },
): Promise<{ appId: string }> {
  const kind = input.kind ?? 'PUBLIC'
  const fields = { name: '', redirectUris: [], ...input }
  const row: AppRow = {
    _id: newId('app'),
    ownerId,
    kind,
    name: '',
    description: null,
    homepageUrl: null,
    redirectUris: [],
    scopes: [],
    documentMode: 'LOG',
    ...changeOf(fields, kind),
    secretSeed: randomBytes(16).toString('base64url'),
    createdAt: deps.now,
    deletedAt: null,
  }
  return deps.transact(async (tx) => {
    if ((await deps.store.countApps(tx, ownerId, maxApps)) >= maxApps)
      throw new AppError('TOO_MANY', `An account may register ${maxApps} apps.`)
    await deps.store.insertApp(tx, row)
    return { appId: row._id }
  })
}

/** Changes an app. Throws NOT_FOUND for what is not one of the viewer's, INVALID, TOO_LONG, TOO_MANY. */
export async function updateApp(
  deps: Deps,
  ownerId: string,
  appId: string,
  input: AppFields,
): Promise<{ appId: string }> {
  const app = await ownApp(deps, ownerId, appId)
  const change = changeOf(input, app.kind)
  return deps.transact(async (tx) => {
    if (!(await deps.store.updateApp(tx, appId, ownerId, change))) throw absent()
    return { appId }
  })
}

/** Gives a CONFIDENTIAL app another secret. Throws NOT_FOUND, CONFLICT for an app that has none. */
export async function rotateAppSecret(
  deps: Deps,
  ownerId: string,
  appId: string,
): Promise<{ appId: string }> {
  const { kind } = await ownApp(deps, ownerId, appId)
  if (kind === 'PUBLIC') throw new AppError('CONFLICT', 'A PUBLIC app has no secret.')
  const secretSeed = randomBytes(16).toString('base64url')
  return deps.transact(async (tx) => {
    if (!(await deps.store.updateApp(tx, appId, ownerId, { secretSeed }))) throw absent()
    return { appId }
  })
}

/** Deletes an app: from here on it gets no token any more. Throws NOT_FOUND. */
export async function deleteApp(deps: Deps, ownerId: string, appId: string): Promise<{ appId: string }> {
  await ownApp(deps, ownerId, appId)
  return deps.transact(async (tx) => {
    if (!(await deps.store.updateApp(tx, appId, ownerId, { deletedAt: deps.now }))) throw absent()
    return { appId }
  })
}

/** Ends whatever a deleted app does for anybody, some people at a time, and takes away what it has registered. */
export async function endDeletedApp(
  deps: Deps & { store: AppStore & Pick<SessionStore, 'endSession'> },
  appId: string,
): Promise<void> {
  for (;;) {
    const sessions = await deps.store.listAppSessions(appId, null, chunk)
    for (const { _id } of sessions) await endSession(deps, _id)
    if (sessions.length < chunk) break
  }
  await deps.store.removeDocuments(appId)
}

/** Ends what an app may do for the viewer. Throws NOT_FOUND when it is nothing. */
export async function revokeAppAccess(
  deps: Deps & { store: AppStore & Pick<SessionStore, 'endSession'> },
  userId: string,
  appId: string,
): Promise<{ appId: string }> {
  const sessions = isId(appId, 'app') ? await deps.store.listAppSessions(appId, userId, chunk) : []
  if (sessions.length === 0) throw absent()
  return deps.transact(async (tx) => {
    for (const { _id } of sessions) await endSessionWithin(deps, tx, _id)
    return { appId }
  })
}

/**
 * The viewer's word that an app may act for him. Throws NOT_FOUND for an app that is not there, INVALID for scopes that it has
 * not registered.
 */
export async function approveApp(
  deps: Pick<Deps, 'now'> & { store: Pick<AppStore, 'listAppsById'>; signer: Signer },
  viewer: { userId: string; sessionId: string },
  input: { appId: string; requestId: string; scopes?: readonly string[] | null | undefined },
): Promise<{ app: AppRow; approval: string }> {
  const [app] = isId(input.appId, 'app') ? await deps.store.listAppsById([input.appId]) : []
  if (!app) throw absent()
  const requestId = textOf(input.requestId, { field: 'requestId', min: 1, max: 64 })
  const scopes = scopesOf(input.scopes ?? [])
  if (scopes.some((scope) => !app.scopes.includes(scope)))
    throw new AppError('INVALID', 'The app has not registered all of these scopes.', {
      field: ['input', 'scopes'],
    })
  const approval: Approval = { ...viewer, requestId, scopes, appId: app._id, at: deps.now.getTime() }
  return { app, approval: signApproval(deps.signer, approval) }
}

/** The secret of a developer's own app. */
export function secretOf(signer: Signer, app: AppRow | null): string | null {
  return app && appSecret(signer, app)
}

async function ownApp(deps: Deps, ownerId: string, appId: string): Promise<AppRow> {
  const [app] = isId(appId, 'app') ? await deps.store.listAppsById([appId]) : []
  if (app?.ownerId !== ownerId) throw absent()
  return app
}

const absent = () => notFound(['input', 'appId'])

function changeOf(input: AppFields, kind: AppRow['kind']): Partial<AppRow> {
  const { name, description, homepageUrl, redirectUris, scopes, documentMode } = input
  return {
    ...(name === undefined ? {} : { name: textOf(name ?? '', { field: 'name', min: 1, max: 64 }) }),
    ...(description === undefined
      ? {}
      : { description: optionalText(description, { field: 'description', max: 500 }) }),
    ...(homepageUrl === undefined ? {} : { homepageUrl: homepageOf(homepageUrl) }),
    ...(redirectUris === undefined ? {} : { redirectUris: redirectUrisOf(redirectUris ?? [], kind) }),
    ...(scopes === undefined || scopes === null ? {} : { scopes: scopesOf(scopes) }),
    ...(documentMode === undefined || documentMode === null ? {} : { documentMode }),
  }
}

function homepageOf(value: string | null): string | null {
  const text = optionalText(value, { field: 'homepageUrl', max: 2_048 })
  if (text !== null && (!URL.canParse(text) || new URL(text).protocol !== 'https:'))
    throw new AppError('INVALID', 'An https address.', { field: ['input', 'homepageUrl'] })
  return text
}

function scopesOf(scopes: readonly string[]): string[] {
  const bounded = boundedList(scopes, { field: 'scopes', max: 50 })
  const unknown = bounded.some(
    (scope) => scope !== 'public' && !grantableScopes.some((known) => known === scope),
  )
  if (unknown)
    throw new AppError('INVALID', `Scopes are: ${grantableScopes.join(', ')}.`, {
      field: ['input', 'scopes'],
    })
  return grantableScopes.filter((scope) => bounded.includes(scope))
}

function redirectUrisOf(uris: readonly string[], kind: AppRow['kind']): string[] {
  const bounded = boundedList(uris, { field: 'redirectUris', min: 1, max: 10 })
  return [...new Set(bounded.map((uri) => redirectUriOf(uri, kind)))]
}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]'])

/** Checks an address that codes are sent to (RFC 9700, RFC 8252): it is compared character by character later. */
export function redirectUriOf(text: string, kind: AppRow['kind']): string {
  const uri = textOf(text, { field: 'redirectUris', min: 1, max: 2_048 })
  const refuse = (message: string) => new AppError('INVALID', message, { field: ['input', 'redirectUris'] })
  if (!URL.canParse(uri) || /[\s\\*]/.test(uri)) throw refuse('Not an address.')
  const { protocol, hostname, hash, username, password, href } = new URL(uri)
  if (hash !== '' || href.endsWith('#') || username !== '' || password !== '')
    throw refuse('An address without fragment, user and password.')
  if (protocol === 'https:') return uri
  if (protocol === 'http:' && loopback.has(hostname)) return uri
  if (kind === 'PUBLIC' && /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/.test(protocol)) return uri
  throw refuse('https, http to this device, or for PUBLIC apps a scheme of your own with a dot in it.')
}
