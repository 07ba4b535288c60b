// Accounts that act like a clock come before moderators. Nothing else follows before somebody has looked.
import type { Accounts } from '#platform/accounts.ts'
import type { Transact } from '#platform/mongo.ts'
import type { Paces } from '#platform/text-safety/pace.ts'
import { retried } from './reports.ts'
import { type FlagDeps, flagOnce } from './text-review.ts'

/** Notes when accounts did something, and has those looked at that do so like a clock, once a run. Without Redis nobody is. */
export async function reviewPaces(
  deps: FlagDeps & {
    transact: Transact<'content'>
    accounts: Pick<Accounts, 'get'>
    paces: Paces
    limited: boolean
    now(): Date
  },
  deeds: Parameters<Paces['note']>[0],
): Promise<void> {
  if (!deps.limited) return
  const ids = await deps.paces.note(deeds).catch(() => [])
  if (ids.length === 0) return
  const accounts = await deps.accounts.get(ids)
  for (const id of ids) {
    if (accounts.get(id)?.status === 'ACTIVE') {
      const subject = { id, kind: 'USER' as const, ownerId: id, text: null }
      const said = { source: 'TIMING', reason: 'SPAM', detail: 'TIMING' } as const
      await retried(() => deps.transact((tx) => flagOnce(deps, tx, subject, said, deps.now())))
    }
    // What was looked at is not counted again.
    await deps.paces.forget(id).catch(() => {})
  }
}
