// The graph subgraph: follows, requests, blocks, mutes, restrictions, close friends, favourites, suggestions.
import { createAccountLifecycle } from '#platform/account-lifecycle.ts'
import { runSubgraph, type SubgraphDefinition } from '#platform/subgraph.ts'
import { createConsumers } from './consumers.ts'
import { type Context, createContexts } from './context.ts'
import { reconcileDue } from './domain/counts.ts'
import { settleAccount } from './domain/sleep.ts'
import { resolvers } from './resolvers.ts'
import { createAccountPart } from './store/account-part.ts'
import { createStore, prepare } from './store.ts'

export const graph = {
  name: 'graph',
  resolvers,
  prepare,
  start: (platform) => {
    const deps = { store: createStore(platform.db('graph')), transact: platform.transact('graph') }
    const { relations, accounts } = platform.facts
    const settle = (userId: string) => settleAccount({ ...deps, accounts }, userId)
    const part = createAccountPart({ db: platform.db('graph'), ...deps, relations, settle })
    const lifecycle = createAccountLifecycle(platform, 'graph', part)
    return {
      context: createContexts(platform),
      consumers: {
        ...createConsumers({ ...deps, relations, accounts }),
        'graph.lifecycle': lifecycle.handlers,
      },
      chores: [
        lifecycle.chore,
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
