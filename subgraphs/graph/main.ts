// The graph subgraph: follows, requests, blocks, mutes, restrictions, close friends, favourites, suggestions.
import { runSubgraph, type SubgraphDefinition } from '#platform/subgraph.ts'
import { createConsumers } from './consumers.ts'
import { type Context, createContexts } from './context.ts'
import { resolvers } from './resolvers.ts'
import { createStore, prepare } from './store.ts'

export const graph = {
  name: 'graph',
  resolvers,
  prepare,
  start: (platform) => ({
    context: createContexts(platform),
    consumers: createConsumers({
      store: createStore(platform.db('graph')),
      transact: platform.transact('graph'),
      relations: platform.facts.relations,
    }),
  }),
} satisfies SubgraphDefinition<'graph', Context>

if (import.meta.main) await runSubgraph(graph)
