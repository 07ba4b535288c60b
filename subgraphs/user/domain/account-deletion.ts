// The end of an account's grace period: its row becomes a tombstone, and all subgraphs hear of it, in one transaction. What
// they have of it they remove themselves (`platform/account-lifecycle.ts`).
import type { FactModel } from '#platform/facts.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { AccountFacts } from '#schema/facts.ts'
import { type EndSessionsStore, endSessions } from './sessions.ts'

const chunk = 100

export interface DeletionStore extends EndSessionsStore {
  listDueDeletions(now: Date, limit: number): Promise<string[]>
  eraseUser(tx: Transaction<'user'>, userId: string, now: Date): Promise<boolean>
}

interface Deps {
  store: DeletionStore
  transact: Transact<'user'>
  accounts: Pick<FactModel<AccountFacts>, 'changing'>
  now: Date
}

/** Erases the accounts whose deletion is due; answers how many. Whoever else does the same at the moment finds less to do. */
export async function eraseDueAccounts(deps: Deps, signal?: AbortSignal): Promise<number> {
  let erased = 0
  while (!signal?.aborted) {
    const userIds = await deps.store.listDueDeletions(deps.now, chunk)
    for (const userId of userIds) if (await eraseAccount(deps, userId)) erased += 1
    if (userIds.length < chunk) break
  }
  return erased
}

function eraseAccount(deps: Deps, userId: string): Promise<boolean> {
  return deps.accounts.changing([userId], () =>
    deps.transact(async (tx) => {
      if (!(await deps.store.eraseUser(tx, userId, deps.now))) return false
      await endSessions(deps, tx, userId, null)
      tx.emit('account.erased', { userId })
      return true
    }),
  )
}
