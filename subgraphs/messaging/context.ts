// What Messaging's resolvers have at hand.
import type { Relations } from '#platform/relations.ts'
import type { Platform } from '#platform/service.ts'
import type { BaseContext } from '#platform/subgraph.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import { createStore, type Store } from './store.ts'
import { createTurns, type InTurn } from './turns.ts'

export interface Context extends BaseContext<'messaging'> {
  store: Store
  loaders: Loaders
  relations: Relations
  inTurn: InTurn
  now(): Date
}

/** Makes the context of each request. */
export function createContexts(platform: Platform): (base: BaseContext<'messaging'>) => Context {
  const store = createStore(platform.db('messaging'))
  const shared = { store, relations: platform.facts.relations, inTurn: createTurns(), now: () => new Date() }
  return (base) => ({ ...base, ...shared, loaders: createLoaders(store) })
}
