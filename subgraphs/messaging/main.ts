// Messaging: conversations and messages.
import { runSubgraph, type SubgraphDefinition } from '#platform/subgraph.ts'
import { createConsumers } from './consumers.ts'
import { type Context, createContexts, createServices } from './context.ts'
import { resolvers } from './resolvers.ts'
import { prepare } from './store.ts'

export const messaging = {
  name: 'messaging',
  resolvers,
  prepare,
  start: (platform) => {
    const services = createServices(platform)
    return { context: createContexts(services), consumers: createConsumers(platform, services) }
  },
} satisfies SubgraphDefinition<'messaging', Context>

if (import.meta.main) await runSubgraph(messaging)
