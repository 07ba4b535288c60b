// Changing a username: the old one stays its owner's for a while, so that nobody can pass for him at once.
import type { Limits } from '#platform/limits.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import { foldUsername } from './sign-up.ts'

const dayMs = 86_400_000
/** How long a name that was given up can be taken by its last owner alone. */
const reservedMs = 14 * dayMs
// What one gives up is reserved, so whoever could change at will could hoard names.
const changes = { name: 'username-change', max: 10, windowMs: reservedMs, withoutRedis: 'closed' } as const

interface UsernameStore {
  /** Gives an account a name; answers the one of before. Throws TAKEN. */
  updateUsername(tx: Transaction<'user'>, userId: string, username: string, now: Date): Promise<string | null>
  reserveUsername(
    tx: Transaction<'user'>,
    username: string,
    reservation: { userId: string; expiresAt: Date },
  ): Promise<void>
}

/**
 * Changes the viewer's username. The unique index decides between two who want it. Throws INVALID, TAKEN (also for a name that
 * somebody else gave up within 14 days), RATE_LIMITED.
 */
export async function changeUsername(
  deps: { store: UsernameStore; transact: Transact<'user'>; limits: Limits; now: Date },
  userId: string,
  input: { username: string },
): Promise<{ userId: string }> {
  const { store, now } = deps
  const username = foldUsername(input.username)
  await deps.limits.use(changes, userId)
  return deps.transact(async (tx) => {
    const before = await store.updateUsername(tx, userId, username, now)
    if (before !== null && before !== username) {
      const expiresAt = new Date(now.getTime() + reservedMs)
      await store.reserveUsername(tx, before, { userId, expiresAt })
      tx.emit('account.changed', { userId })
    }
    return { userId }
  })
}
