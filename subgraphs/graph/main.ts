// The graph subgraph: follows, requests, blocks, mutes, restrictions, close friends, favourites, suggestions.
import { runSubgraph, type SubgraphDefinition } from '#platform/subgraph.ts'
import { createConsumers } from './consumers.ts'
import { type Context, createContexts } from './context.ts'
import { reconcileDue } from './domain/counts.ts'
import { resolvers } from './resolvers.ts'
import { createStore, prepare } from './store.ts'

export const graph = {
  name: 'graph',
  resolvers,
  prepare,
  start: (platform) => {
    const deps = { store: createStore(platform.db('graph')), transact: platform.transact('graph') }
    const { relations, accounts } = platform.facts
    return {
      context: createContexts(platform),
      consumers: createConsumers({ ...deps, relations, accounts }),
      chores: [
        {
          name: 'counts',
          everyMs: 30_000,
          async run(signal) {
            const mended = await reconcileDue(deps, signal)
            if (mended > 0) platform.log.warn({ mended }, 'counts were wrong and are mended')
          },
        },
      ],
    }
  },
} satisfies SubgraphDefinition<'graph', Context>

if (import.meta.main) await runSubgraph(graph)
