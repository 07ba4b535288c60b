// The engagement subgraph: likes, saves, comments and notifications.
import { createAccountLifecycle } from '#platform/account-lifecycle.ts'
import type { Chore } from '#platform/chores.ts'
import type { Platform } from '#platform/service.ts'
import { runSubgraph, type SubgraphDefinition } from '#platform/subgraph.ts'
import { createWebPush } from '#platform/web-push.ts'
import { createConsumers } from './consumers.ts'
import { type Context, createContext } from './context.ts'
import { foldReactions, reconcileDue } from './domain/counters.ts'
import { sendDueDigests } from './domain/digest.ts'
import { pseudonym } from './domain/insights.ts'
import { learnFromPushDigests, sendPushDigests } from './domain/push-digests.ts'
import { resolvers } from './resolvers.ts'
import { createAccountPart } from './store/account-part.ts'
import { createStore, prepare, type Store } from './store.ts'

/** What Engagement's work beside requests is done with. */
function depsOf(platform: Platform, store: Store) {
  const { facts, log } = platform
  const transact = platform.transact('engagement')
  return { store, transact, facts, log, secret: platform.config.secret, now: () => new Date(platform.now()) }
}
type Deps = ReturnType<typeof depsOf>

/** What Engagement does by itself. */
function choresOf(deps: Deps): Chore[] {
  return [
    // Mails that sum up what was not read.
    { name: 'digests', everyMs: 60_000, run: async (signal) => void (await sendDueDigests(deps, signal)) },
    {
      name: 'push-digests',
      everyMs: 60_000,
      async run(signal) {
        await sendPushDigests(deps, signal)
        const verdict = await learnFromPushDigests(deps)
        if (verdict) deps.log.info({ ...verdict }, 'learned whom a daily push brings back')
      },
    },
    {
      name: 'counts',
      everyMs: 30_000,
      async run(signal) {
        const mended = await reconcileDue(deps, signal)
        if (mended > 0) deps.log.warn({ mended }, 'counters were wrong and are mended')
      },
    },
  ]
}

/** What happens to what Engagement has of an account that ends, or whose owner wants a copy of it. */
function accountLifecycle(platform: Platform, deps: Deps) {
  const part = createAccountPart({
    db: platform.db('engagement'),
    transact: deps.transact,
    facts: deps.facts,
    fold: (kind, ids) => foldReactions(deps, kind, ids),
    pseudonymOf: (userId) => pseudonym(deps.secret, userId),
  })
  return createAccountLifecycle(platform, 'engagement', part)
}

export const engagement = {
  name: 'engagement',
  resolvers,
  prepare,
  start(platform) {
    const store = createStore(platform.db('engagement'), platform.cache, platform.config.namespace)
    const deps = depsOf(platform, store)
    const lifecycle = accountLifecycle(platform, deps)
    return {
      context: createContext(
        store,
        platform.facts.accounts,
        platform.hashtags,
        createWebPush(platform.config),
        platform.conversations,
      ),
      consumers: { ...createConsumers(platform, store), 'engagement.lifecycle': lifecycle.handlers },
      chores: [...choresOf(deps), lifecycle.chore],
    }
  },
} satisfies SubgraphDefinition<'engagement', Context>

if (import.meta.main) await runSubgraph(engagement)
