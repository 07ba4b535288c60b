// What follows from events in the graph subgraph.
import type { ConsumerHandlers } from '#platform/bus.ts'
import type { FactModel } from '#platform/facts.ts'
import type { Transact } from '#platform/mongo.ts'
import { relationKey } from '#platform/relations.ts'
import type { AccountFacts, Relation } from '#schema/facts.ts'
import { type CountStore, countRelations } from './domain/counts.ts'
import { acceptWaiting } from './domain/relation.ts'
import { type SleepStore, settleAccount } from './domain/sleep.ts'

export function createConsumers(deps: {
  store: CountStore & SleepStore & Parameters<typeof acceptWaiting>[0]['store']
  transact: Transact<'graph'>
  relations: FactModel<Relation>
  accounts: FactModel<AccountFacts>
}): Omit<ConsumerHandlers<'graph'>, 'graph.lifecycle'> {
  return {
    // The writer has published the facts already; this is for the writer that died between commit and publishing.
    'graph.facts': {
      'relation.changed': (batch) =>
        deps.relations.refresh([
          ...new Set(
            batch.flatMap(({ payload: { userId, otherId } }) => [
              relationKey(userId, otherId),
              relationKey(otherId, userId),
            ]),
          ),
        ]),
    },
    'graph.accounts': {
      'account.changed': async (batch) => {
        for (const userId of new Set(batch.map(({ payload }) => payload.userId))) {
          await settleAccount(deps, userId)
          await acceptWaiting({ ...deps, now: new Date() }, userId)
        }
      },
    },
    'graph.counts': {
      'relation.changed': (batch) =>
        countRelations(
          deps,
          batch.map((event) => event.payload),
        ),
    },
  }
}
