// Messaging: conversations and messages.
import { createAccountLifecycle } from '#platform/account-lifecycle.ts'
import { runSubgraph, type SubgraphDefinition } from '#platform/subgraph.ts'
import { createConsumers } from './consumers.ts'
import { type Context, createContexts, createServices } from './context.ts'
import { resolvers } from './resolvers.ts'
import { createAccountPart } from './store/account-part.ts'
import { prepare } from './store.ts'

export const messaging = {
  name: 'messaging',
  resolvers,
  prepare,
  start: (platform) => {
    const services = createServices(platform)
    const part = createAccountPart({
      db: platform.db('messaging'),
      transact: platform.transact('messaging'),
      facts: platform.facts,
    })
    const lifecycle = createAccountLifecycle(platform, 'messaging', part)
    return {
      context: createContexts(services),
      consumers: { ...createConsumers(platform, services), 'messaging.lifecycle': lifecycle.handlers },
      chores: [lifecycle.chore],
    }
  },
} satisfies SubgraphDefinition<'messaging', Context>

if (import.meta.main) await runSubgraph(messaging)
