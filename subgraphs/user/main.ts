// The user subgraph: accounts, profiles, sessions.
import { runSubgraph, type SubgraphDefinition } from '#platform/subgraph.ts'
import { createConsumers } from './consumers.ts'
import { type Context, createContexts } from './context.ts'
import { resolvers } from './resolvers.ts'
import { prepare } from './store.ts'

export const user = {
  name: 'user',
  resolvers,
  prepare,
  start: (platform) => ({
    context: createContexts(platform),
    consumers: createConsumers({ accounts: platform.facts.accounts }),
  }),
} satisfies SubgraphDefinition<'user', Context>

if (import.meta.main) await runSubgraph(user)
