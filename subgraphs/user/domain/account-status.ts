// Whether an account may be signed in to, as its row says.
import type { UserRow } from '../model.ts'

/** Whether an account's grace period is over: it is as good as absent, though the deletion may not have come to it yet. */
export function isGone({ deletionAt }: Pick<UserRow, 'deletionAt'>, now: Date): boolean {
  return deletionAt !== null && deletionAt !== undefined && deletionAt <= now
}

/**
 * Whether a session of the account may go on. Who asked for its deletion may sign in until it is due, to take that back; a
 * session of a deactivated account is one that its deactivation should have ended.
 */
export function mayOpen(account: Pick<UserRow, 'status' | 'deletionAt'>, now: Date): boolean {
  if (account.status === 'DELETED') return !isGone(account, now)
  return account.status === 'ACTIVE'
}
