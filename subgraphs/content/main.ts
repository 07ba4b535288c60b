// Content: uploads, media and posts.
import { runSubgraph, type SubgraphDefinition } from '#platform/subgraph.ts'
import { createConsumers } from './consumers.ts'
import { type Context, createContexts } from './context.ts'
import { resolvers } from './resolvers.ts'
import { prepare } from './store.ts'

export const content = {
  name: 'content',
  resolvers,
  prepare,
  start: (platform) => ({ context: createContexts(platform), consumers: createConsumers(platform) }),
} satisfies SubgraphDefinition<'content', Context>

if (import.meta.main) await runSubgraph(content)
