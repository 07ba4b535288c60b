// The engagement subgraph: likes, saves, comments and notifications.
import type { Chore } from '#platform/chores.ts'
import type { Platform } from '#platform/service.ts'
import { runSubgraph, type SubgraphDefinition } from '#platform/subgraph.ts'
import { createWebPush } from '#platform/web-push.ts'
import { createConsumers } from './consumers.ts'
import { type Context, createContext } from './context.ts'
import { sendDueDigests } from './domain/digest.ts'
import { resolvers } from './resolvers.ts'
import { createStore, prepare, type Store } from './store.ts'

/** Has the mails sent that sum up what was not read. */
function digests(platform: Platform, store: Store): Chore {
  const transact = platform.transact('engagement')
  return {
    name: 'digests',
    everyMs: 60_000,
    async run(signal) {
      await sendDueDigests(
        { store, transact, facts: platform.facts, now: () => new Date(platform.now()) },
        signal,
      )
    },
  }
}

export const engagement = {
  name: 'engagement',
  resolvers,
  prepare,
  start(platform) {
    const store = createStore(platform.db('engagement'), platform.cache, platform.config.namespace)
    return {
      context: createContext(
        store,
        platform.facts.accounts,
        platform.hashtags,
        createWebPush(platform.config),
      ),
      consumers: createConsumers(platform, store),
      chores: [digests(platform, store)],
    }
  },
} satisfies SubgraphDefinition<'engagement', Context>

if (import.meta.main) await runSubgraph(engagement)
