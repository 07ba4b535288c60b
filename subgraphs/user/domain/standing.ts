// An account's standing: put to rest by moderators, by its owner, or on its way out. The three are kept apart, so that what
// one of them takes back does not undo what another did.
import type { SessionRow } from '#platform/apps.ts'
import type { FactModel } from '#platform/facts.ts'
import type { Limits } from '#platform/limits.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import { optionalText } from '#platform/validate.ts'
import { AppError, notFound } from '#schema/errors.ts'
import type { EventPayload } from '#schema/events.ts'
import type { AccountFacts } from '#schema/facts.ts'
import { isId, newId } from '#schema/ids.ts'
import type { Account, Credential, StatusChangeRow, UserRow } from '../model.ts'
import type { Passwords } from '../passwords.ts'
import { type EndSessionsStore, endSessions } from './sessions.ts'
import { proveOwner } from './sign-in.ts'

/** How long a deletion can be taken back. */
export const graceMs = 30 * 86_400_000

export type StandingChange = Partial<Pick<UserRow, 'suspendedAt' | 'deactivatedAt' | 'deletionAt'>>

export interface StandingStore extends EndSessionsStore {
  findUser(userId: string): Promise<Account | null>
  /** Writes what is given and the status that follows; answers the account as it was before, or null without it. */
  updateStanding(tx: Transaction<'user'>, userId: string, change: StandingChange): Promise<Account | null>
  insertStatusChange(tx: Transaction<'user'>, row: StatusChangeRow): Promise<void>
}

interface Deps {
  store: StandingStore
  transact: Transact<'user'>
  accounts: FactModel<AccountFacts>
  now: Date
}

const ranks = { MEMBER: 0, MODERATOR: 1, STAFF: 2 } as const

/**
 * Suspends an account, or takes that back; all its sessions end with the suspension. Moderators do this to members, staff to
 * moderators too, nobody to his equals. Throws FORBIDDEN, NOT_FOUND, INVALID, TOO_LONG.
 */
export async function setAccountStatus(
  deps: Deps,
  moderatorId: string,
  input: {
    userId: string
    status?: UserRow['status'] | null | undefined
    reason?: string | null | undefined
  },
): Promise<{ userId: string }> {
  const { store } = deps
  const rank = ranks[(await store.findUser(moderatorId))?.role ?? 'MEMBER']
  if (rank === 0) throw new AppError('FORBIDDEN', 'This is for moderators.')
  const { userId, status } = input
  if (status !== 'ACTIVE' && status !== 'SUSPENDED') {
    throw new AppError('INVALID', 'A moderator sets ACTIVE or SUSPENDED.', { field: ['input', 'status'] })
  }
  const reason = optionalText(input.reason, { field: 'reason', max: 500 })
  const target = isId(userId, 'user') ? await store.findUser(userId) : null
  if (!target) throw notFound(['input', 'userId'])
  if (ranks[target.role ?? 'MEMBER'] >= rank) {
    throw new AppError('FORBIDDEN', 'Someone of a higher role must do this.', { field: ['input', 'userId'] })
  }
  return deps.accounts.changing([userId], () =>
    deps.transact(async (tx) => {
      if (!(await setSuspended(deps, tx, { userId, moderatorId, status, reason })))
        throw notFound(['input', 'userId'])
      return { userId }
    }),
  )
}

/**
 * Does to an account what a review decided, or takes it back, once for each event. Who may decide it was asked where it was
 * decided.
 */
export function applyAccountDecision(
  deps: Deps & {
    store: StandingStore & {
      setShadowBanned(tx: Transaction<'user'>, userId: string, on: boolean): Promise<void>
    }
    /** Whether this is the first time that the decision is met. */
    claim(tx: Transaction<'user'>): Promise<boolean>
  },
  decision: { userId: string; moderatorId: string; change: 'SUSPENDED' | 'SHADOW_BANNED'; on: boolean },
): Promise<void> {
  const { store } = deps
  const { userId, moderatorId, change, on } = decision
  return deps.accounts.changing([userId], () =>
    deps.transact(async (tx) => {
      if (!(await deps.claim(tx))) return
      if (change === 'SHADOW_BANNED') {
        await store.setShadowBanned(tx, userId, on)
        tx.emit('account.changed', { userId })
        return
      }
      const status = on ? 'SUSPENDED' : 'ACTIVE'
      await setSuspended(deps, tx, { userId, moderatorId, status, reason: null })
    }),
  )
}

/** Has an account be trusted as its conduct says, unless something later said so already. */
export function applyTrust(
  deps: Pick<Deps, 'transact' | 'accounts'> & {
    store: {
      /** Whether it changes anything. */
      setTrust(tx: Transaction<'user'>, trust: EventPayload<'account.weighed'>): Promise<boolean>
    }
  },
  trust: EventPayload<'account.weighed'>,
): Promise<void> {
  const { userId } = trust
  return deps.accounts.changing([userId], () =>
    deps.transact(async (tx) => {
      if (await deps.store.setTrust(tx, trust)) tx.emit('account.changed', { userId })
    }),
  )
}

/** Within a transaction: suspends an account and ends its sessions, or takes that back, for the record; false without it. */
async function setSuspended(
  deps: Deps,
  tx: Transaction<'user'>,
  change: Pick<StatusChangeRow, 'userId' | 'moderatorId' | 'status' | 'reason'>,
): Promise<boolean> {
  const { store, now } = deps
  const { userId, moderatorId } = change
  const suspends = change.status === 'SUSPENDED'
  if (!(await store.updateStanding(tx, userId, { suspendedAt: suspends ? now : null }))) return false
  if (suspends) await endSessions(deps, tx, userId, null)
  await store.insertStatusChange(tx, { _id: newId('statuschange'), ...change, at: now })
  tx.emit('account.changed', { userId })
  tx.emit(suspends ? 'account.suspended' : 'account.restored', { userId, moderatorId })
  return true
}

type OwnerDeps = Deps & {
  store: StandingStore & {
    findCredentialById(userId: string): Promise<Credential | null>
    findSession(sessionId: string): Promise<SessionRow | null>
  }
  limits: Limits
  passwords: Passwords
}

interface OwnerInput {
  password?: string | null | undefined
}

/** Puts the viewer's account to rest and ends all its sessions. Throws INVALID for a wrong password, FORBIDDEN, RATE_LIMITED. */
export async function deactivateAccount(
  deps: OwnerDeps,
  viewer: { userId: string; sessionId: string },
  input: OwnerInput,
): Promise<{ userId: string }> {
  await proveOwner(deps, viewer, input.password)
  return putToRest(deps, viewer.userId, { deactivatedAt: deps.now })
}

/**
 * Asks for the deletion of the viewer's account after the grace period, hides it and ends all its sessions. Throws CONFLICT when
 * it was asked for already, INVALID for a wrong password, FORBIDDEN, RATE_LIMITED.
 */
export async function deleteAccount(
  deps: OwnerDeps,
  viewer: { userId: string; sessionId: string },
  input: OwnerInput,
): Promise<{ userId: string }> {
  await proveOwner(deps, viewer, input.password)
  return putToRest(deps, viewer.userId, { deletionAt: new Date(deps.now.getTime() + graceMs) })
}

function putToRest(deps: OwnerDeps, userId: string, change: StandingChange): Promise<{ userId: string }> {
  return deps.accounts.changing([userId], () =>
    deps.transact(async (tx) => {
      const before = await deps.store.updateStanding(tx, userId, change)
      if (change.deletionAt && before?.deletionAt) {
        throw new AppError('CONFLICT', 'The deletion of this account was asked for already.')
      }
      await endSessions(deps, tx, userId, null)
      tx.emit('account.changed', { userId })
      if (change.deletionAt) tx.emit('account.deletionScheduled', { userId })
      return { userId }
    }),
  )
}

/** Takes the deletion of the viewer's account back. Throws CONFLICT when none was asked for. */
export function cancelAccountDeletion(deps: Deps, userId: string): Promise<{ userId: string }> {
  return deps.accounts.changing([userId], () =>
    deps.transact(async (tx) => {
      const before = await deps.store.updateStanding(tx, userId, { deletionAt: null })
      if (!before?.deletionAt) throw new AppError('CONFLICT', 'No deletion was asked for.')
      if (before.deletionAt <= deps.now) throw new AppError('EXPIRED', 'It is too late for that.')
      tx.emit('account.changed', { userId })
      tx.emit('account.deletionCancelled', { userId })
      return { userId }
    }),
  )
}
