// What a request of the graph subgraph works with.
import type { FactModel } from '#platform/facts.ts'
import type { Platform } from '#platform/service.ts'
import type { BaseContext } from '#platform/subgraph.ts'
import type { Topics } from '#platform/topics.ts'
import type { AccountFacts, Relation } from '#schema/facts.ts'
import { createCountChecker } from './domain/counts.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import { createStore, type Store } from './store.ts'

export interface Context extends BaseContext<'graph'> {
  store: Store
  loaders: Loaders
  accounts: FactModel<AccountFacts>
  relations: FactModel<Relation>
  topics: Topics
  /** When the request came. */
  now: Date
}

/** Makes contexts of requests from what lives as long as the process. */
export function createContexts(platform: Platform): (base: BaseContext<'graph'>) => Context {
  const store = createStore(platform.db('graph'))
  const checker = createCountChecker({ store, transact: platform.transact('graph'), log: platform.log })
  const { facts, topics } = platform
  const shared = { store, topics, accounts: facts.accounts, relations: facts.relations }
  return (base) => ({
    ...base,
    ...shared,
    loaders: createLoaders({ store, checker, relations: shared.relations, viewerId: base.viewer.userId }),
    now: new Date(),
  })
}
