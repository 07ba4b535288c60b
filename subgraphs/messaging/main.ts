// Messaging: conversations and messages.
import { runSubgraph, type SubgraphDefinition } from '#platform/subgraph.ts'
import { type Context, createContexts } from './context.ts'
import { resolvers } from './resolvers.ts'
import { prepare } from './store.ts'

export const messaging = {
  name: 'messaging',
  resolvers,
  prepare,
  start: (platform) => ({ context: createContexts(platform), consumers: {} }),
} satisfies SubgraphDefinition<'messaging', Context>

if (import.meta.main) await runSubgraph(messaging)
