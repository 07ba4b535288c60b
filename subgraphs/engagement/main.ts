// The engagement subgraph: likes, saves, comments and notifications.
import { runSubgraph, type SubgraphDefinition } from '#platform/subgraph.ts'
import { createConsumers } from './consumers.ts'
import { type Context, createContext } from './context.ts'
import { resolvers } from './resolvers.ts'
import { createStore, prepare } from './store.ts'

export const engagement = {
  name: 'engagement',
  resolvers,
  prepare,
  start(platform) {
    const store = createStore(platform.db('engagement'), platform.cache, platform.config.namespace)
    return { context: createContext(store), consumers: createConsumers(platform, store) }
  },
} satisfies SubgraphDefinition<'engagement', Context>

if (import.meta.main) await runSubgraph(engagement)
