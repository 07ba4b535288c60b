import { runSubgraph, type SubgraphDefinition } from '#platform/subgraph.ts'
import { type Context, readOnce } from './context.ts'
import { resolvers } from './resolvers.ts'
import { createStore, prepare } from './store.ts'

/** The feed subgraph: the home timeline. */
export const feed = {
  name: 'feed',
  resolvers,
  prepare,
  start(platform) {
    const store = createStore(platform.db('feed'), platform.cache, platform.config.namespace)
    const { posts, relations, stories } = platform.facts
    return {
      context: (base) => ({
        ...base,
        store,
        posts,
        relations,
        stories,
        hidden: readOnce(() => store.hidden.of(base.viewer.userId ?? '')),
        now: () => platform.now(),
      }),
      consumers: {},
    }
  },
} satisfies SubgraphDefinition<'feed', Context>

if (import.meta.main) await runSubgraph(feed)
