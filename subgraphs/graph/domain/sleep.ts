// Accounts that are not in use (suspended, deactivated, to be deleted) are hidden, and so their follows do not count. Nothing of
// the follows is lost: when the account is back, they count again.
import type { FactModel } from '#platform/facts.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import { relationKey } from '#platform/relations.ts'
import type { AccountFacts } from '#schema/facts.ts'
import type { RelationDoc } from '../model.ts'
import { type CountStore, countRelations } from './counts.ts'

export interface SleepStore {
  isAsleep(userId: string): Promise<boolean>
  setAsleep(userId: string, asleep: boolean, checkAt: Date): Promise<void>
  listFollowPartners(userId: string, afterId: string, limit: number): Promise<string[]>
  findRows(tx: Transaction<'graph'>, ids: readonly string[]): Promise<RelationDoc[]>
  setRowsAsleep(tx: Transaction<'graph'>, ids: readonly string[], asleep: boolean): Promise<void>
}

interface SleepDeps {
  store: CountStore & SleepStore
  transact: Transact<'graph'>
  accounts: FactModel<AccountFacts>
}

/** Pairs of people in one transaction. */
const chunk = 250

/**
 * Takes an account's follows out of the counts or puts them back, as its status says. Walks its follows in chunks when the
 * status is another than at the last walk; a walk that broke off is walked again, and what is done already changes nothing.
 */
export async function settleAccount(deps: SleepDeps, userId: string): Promise<void> {
  // The status may change once more while its follows are walked: until it is as at the beginning of a walk.
  for (;;) {
    const asleep = (await deps.accounts.get([userId])).get(userId)?.status !== 'ACTIVE'
    if ((await deps.store.isAsleep(userId)) === asleep) return
    await walkFollows(deps, userId, asleep)
    await deps.store.setAsleep(userId, asleep, new Date())
  }
}

async function walkFollows(deps: SleepDeps, userId: string, asleep: boolean): Promise<void> {
  for (let afterId = ''; ; ) {
    const otherIds = await deps.store.listFollowPartners(userId, afterId, chunk)
    const last = otherIds.at(-1)
    if (last === undefined) break
    const others = await deps.accounts.get(otherIds)
    await deps.transact(async (tx) => {
      const ids = otherIds.flatMap((otherId) => [relationKey(userId, otherId), relationKey(otherId, userId)])
      const rows = await deps.store.findRows(tx, ids)
      for (const wanted of [true, false]) {
        const changed = rows.filter((row) => {
          const otherId = row.viewerId === userId ? row.otherId : row.viewerId
          const sleeps = asleep || others.get(otherId)?.status !== 'ACTIVE'
          return sleeps === wanted && (row.asleep ?? false) !== sleeps
        })
        if (changed.length > 0)
          await deps.store.setRowsAsleep(
            tx,
            changed.map((row) => row._id),
            wanted,
          )
      }
    })
    await countRelations(
      deps,
      otherIds.map((otherId) => ({ userId, otherId })),
    )
    if (otherIds.length < chunk) break
    afterId = last
  }
}
