// Sessions: begun by a sign-in, carried on by refreshes, ended by a sign-out or by a refresh token that is used twice.

import { randomBytes } from 'node:crypto'
import type { SessionRow } from '#platform/apps.ts'
import type { FactModel } from '#platform/facts.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { Signer } from '#platform/secrets.ts'
import type { TokenIssuer } from '#platform/tokens.ts'
import { AppError, notFound } from '#schema/errors.ts'
import type { AccountFacts } from '#schema/facts.ts'
import { isId, newId } from '#schema/ids.ts'
import type { Account, SessionView } from '../model.ts'
import { mayOpen } from './account-status.ts'
import { isGenuine, judgeRefresh, parseRefreshToken, refreshTokenOf } from './refresh-token.ts'
import { wrong } from './sign-in.ts'

const dayMs = 86_400_000
/** A session that is not refreshed for so long is over. */
const idleMs = 60 * dayMs
/** How long an ended session is kept: longer than its access tokens. */
const endedMs = dayMs

export interface SessionStore {
  insertSession(tx: Transaction<'user'>, row: SessionRow): Promise<void>
  /**
   * Notes a sign-in, and puts an account that its owner had at rest back in use. Null when it may not be opened: it is
   * suspended or gone, or, with `passwordHash`, has another password by now.
   */
  openAccount(
    tx: Transaction<'user'>,
    userId: string,
    at: { passwordHash: string | null; now: Date },
  ): Promise<{ wasDeactivated: boolean } | null>
  findSession(sessionId: string): Promise<SessionRow | null>
  /** Moves a session on from a generation; null when it is no longer there or has ended. */
  advanceSession(
    sessionId: string,
    generation: number,
    at: { now: Date; expiresAt: Date },
  ): Promise<SessionRow | null>
  /** Marks a session ended; null when it is not open. */
  endSession(
    tx: Transaction<'user'>,
    sessionId: string,
    at: { now: Date; expiresAt: Date },
  ): Promise<SessionRow | null>
}

/** What ends an account's sessions; part of changing whatever opens them. */
export interface EndSessionsStore {
  /** Marks all open sessions ended, but for one; answers their ids. */
  endSessions(
    tx: Transaction<'user'>,
    userId: string,
    exceptId: string | null,
    at: { now: Date; expiresAt: Date },
  ): Promise<string[]>
}

interface TokenDeps {
  issuer: TokenIssuer
  signer: Signer
}

/** A session with its present pair of tokens. Asked again within a generation, it is the same pair. */
async function withTokens(deps: TokenDeps, row: SessionRow): Promise<SessionView> {
  const { token, expiresAt } = await deps.issuer.issue(
    { userId: row.userId, sessionId: row._id },
    row.rotatedAt,
  )
  const refreshToken = refreshTokenOf(deps.signer, row, row.generation)
  return { row, tokens: { accessToken: token, accessTokenExpiresAt: expiresAt, refreshToken } }
}

/**
 * Begins a session of an account whose owner has just proven himself; with `passwordHash`, while that
 * was the password's: if it was changed since, there is no session. An account that its owner had deactivated is back in use by that; one
 * that he asked to delete stays hidden until he takes that back. Throws INVALID.
 */
export async function startSession(
  deps: TokenDeps & {
    store: Pick<SessionStore, 'insertSession' | 'openAccount'>
    transact: Transact<'user'>
    accounts: Pick<FactModel<AccountFacts>, 'refresh'>
    now: Date
  },
  { userId, passwordHash }: { userId: string; passwordHash: string | null },
  device: string | null,
): Promise<SessionView> {
  const { now } = deps
  const row: SessionRow = {
    _id: newId('session'),
    userId,
    seed: randomBytes(16).toString('base64url'),
    generation: 0,
    rotatedAt: now,
    createdAt: now,
    lastSeenAt: now,
    device: device?.slice(0, 200) ?? null,
    endedAt: null,
    expiresAt: new Date(now.getTime() + idleMs),
  }
  const { wasDeactivated } = await deps.transact(async (tx) => {
    const opened = await deps.store.openAccount(tx, userId, { passwordHash, now })
    if (!opened) throw wrong()
    if (opened.wasDeactivated) tx.emit('account.changed', { userId })
    await deps.store.insertSession(tx, row)
    return opened
  })
  // Until then others see less than they may, which harms nobody; the event does it where this fails.
  if (wasDeactivated) await deps.accounts.refresh([userId]).catch(() => {})
  return withTokens(deps, row)
}

/** Ends a session, once; answers whether this call ended it. */
export function endSession(
  deps: { store: Pick<SessionStore, 'endSession'>; transact: Transact<'user'>; now: Date },
  sessionId: string,
): Promise<{ sessionId: string }> {
  return deps.transact(async (tx) => {
    await endSessionWithin(deps, tx, sessionId)
    return { sessionId }
  })
}

/** Within a transaction: ends a session, unless it has ended. */
export async function endSessionWithin(
  deps: { store: Pick<SessionStore, 'endSession'>; now: Date },
  tx: Transaction<'user'>,
  sessionId: string,
): Promise<void> {
  const { now } = deps
  const expiresAt = new Date(now.getTime() + endedMs)
  const ended = await deps.store.endSession(tx, sessionId, { now, expiresAt })
  if (ended) tx.emit('session.ended', { userId: ended.userId, sessionId })
}

/** Ends one of the viewer's own sessions, the current one included. Throws NOT_FOUND for anything else. */
export async function revokeSession(
  deps: {
    store: Pick<SessionStore, 'findSession' | 'endSession'>
    transact: Transact<'user'>
    now: Date
  },
  viewerId: string,
  sessionId: string,
): Promise<{ sessionId: string }> {
  const session = isId(sessionId, 'session') ? await deps.store.findSession(sessionId) : null
  if (session?.userId !== viewerId) throw notFound(['input', 'sessionId'])
  return endSession(deps, sessionId)
}

/** Within a transaction: ends all sessions of an account, but for one when it is given. */
export async function endSessions(
  deps: { store: EndSessionsStore; now: Date },
  tx: Transaction<'user'>,
  userId: string,
  exceptId: string | null,
): Promise<void> {
  const { now } = deps
  const at = { now, expiresAt: new Date(now.getTime() + endedMs) }
  for (const sessionId of await deps.store.endSessions(tx, userId, exceptId, at)) {
    tx.emit('session.ended', { userId, sessionId })
  }
}

/** Ends all of the viewer's sessions but the current one. */
export function revokeOtherSessions(
  deps: { store: EndSessionsStore; transact: Transact<'user'>; now: Date },
  viewer: { userId: string; sessionId: string },
): Promise<{ userId: string }> {
  return deps.transact(async (tx) => {
    await endSessions(deps, tx, viewer.userId, viewer.sessionId)
    return { userId: viewer.userId }
  })
}

/**
 * Exchanges a refresh token for the next pair. A retry within ten seconds gets the same pair; an older token ends the session,
 * since two people hold it. Throws EXPIRED for a token that is good for nothing.
 */
export async function refreshSession(
  deps: TokenDeps & {
    store: SessionStore
    transact: Transact<'user'>
    findAccount(userId: string): Promise<Account | null>
    now: Date
  },
  token: string,
): Promise<SessionView> {
  const { now, store } = deps
  const given = parseRefreshToken(token)
  if (!given) throw expired()
  // Twice at most: who loses the race for the exchange finds the generation moved on, and is a retry of the winner.
  for (let turn = 0; turn < 2; turn++) {
    const session = await store.findSession(given.sessionId)
    if (!session || session.endedAt || session.expiresAt <= now) throw expired()
    if (!isGenuine(deps.signer, session, given)) throw expired()
    const verdict = judgeRefresh(session, given.generation, now)
    if (verdict === 'repeat') return withTokens(deps, session)
    const account = await deps.findAccount(session.userId)
    if (verdict === 'reuse' || !account || !mayOpen(account, now)) {
      await endSession(deps, session._id)
      throw expired()
    }
    const next = await store.advanceSession(session._id, given.generation, {
      now,
      expiresAt: new Date(now.getTime() + idleMs),
    })
    if (next) return withTokens(deps, next)
  }
  throw expired()
}

function expired(): AppError {
  return new AppError('EXPIRED', 'This refresh token is no longer good. Sign in again.', {
    field: ['input', 'refreshToken'],
  })
}
