// What follows from events in the user subgraph.
import type { ConsumerHandlers } from '#platform/bus.ts'
import type { FactModel } from '#platform/facts.ts'
import type { AccountFacts } from '#schema/facts.ts'

export function createConsumers(deps: { accounts: FactModel<AccountFacts> }): ConsumerHandlers<'user'> {
  return {
    // The writer has published the facts already; this is for the writer that died between commit and publishing.
    'user.facts': {
      'account.changed': (batch) =>
        deps.accounts.refresh([...new Set(batch.map((event) => event.payload.userId))]),
    },
  }
}
