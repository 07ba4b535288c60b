// Sessions: begun by a sign-in, carried on by refreshes, ended by a sign-out or by a refresh token that is used twice.
import { randomBytes } from 'node:crypto'
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { Signer } from '#platform/secrets.ts'
import type { TokenIssuer } from '#platform/tokens.ts'
import { AppError } from '#schema/errors.ts'
import { newId } from '#schema/ids.ts'
import type { Account, SessionRow, SessionView } from '../model.ts'
import { isGenuine, judgeRefresh, parseRefreshToken, refreshTokenOf } from './refresh-token.ts'

const dayMs = 86_400_000
/** A session that is not refreshed for so long is over. */
const idleMs = 60 * dayMs
/** How long an ended session is kept: longer than its access tokens. */
const endedMs = dayMs

interface SessionStore {
  insertSession(row: SessionRow): Promise<void>
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

/** Begins a session of an account whose owner has just proven himself. */
export async function startSession(
  deps: TokenDeps & { store: Pick<SessionStore, 'insertSession'>; now: Date },
  userId: string,
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
  await deps.store.insertSession(row)
  return withTokens(deps, row)
}

/** Ends a session, once; answers whether this call ended it. */
export async function endSession(
  deps: { store: Pick<SessionStore, 'endSession'>; transact: Transact<'user'>; now: Date },
  sessionId: string,
): Promise<{ sessionId: string }> {
  const { now } = deps
  return deps.transact(async (tx) => {
    const ended = await deps.store.endSession(tx, sessionId, {
      now,
      expiresAt: new Date(now.getTime() + endedMs),
    })
    if (ended) tx.emit('session.ended', { userId: ended.userId, sessionId })
    return { sessionId }
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
    if (verdict === 'reuse' || account?.status !== 'ACTIVE') {
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
