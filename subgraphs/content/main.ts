// Content: uploads, media and posts.
import { runSubgraph, type SubgraphDefinition } from '#platform/subgraph.ts'
import { createConsumers } from './consumers.ts'
import { type Context, createContexts } from './context.ts'
import { resolvers } from './resolvers.ts'
import { startScheduler } from './scheduler.ts'
import { createStore, prepare } from './store.ts'

export const content = {
  name: 'content',
  resolvers,
  prepare,
  start(platform, stack) {
    const scheduler = startScheduler({
      ...createStore(platform.db('content')),
      transact: platform.transact('content'),
      posts: platform.facts.posts,
      now: () => new Date(platform.now()),
      log: platform.log.child({ subgraph: 'content' }),
    })
    stack.defer(() => scheduler.stop())
    return { context: createContexts(platform), consumers: createConsumers(platform) }
  },
} satisfies SubgraphDefinition<'content', Context>

if (import.meta.main) await runSubgraph(content)
