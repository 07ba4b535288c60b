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

/** Decides about daily pushes, and learns from what comes of them. */
function pushDigests(platform: Platform, store: Store): Chore {
  const deps = {
    ...{ store, transact: platform.transact('engagement'), facts: platform.facts },
    ...{ secret: platform.config.secret, log: platform.log, now: () => new Date(platform.now()) },
  }
  return {
    name: 'push-digests',
    everyMs: 60_000,
    async run(signal) {
      await sendPushDigests(deps, signal)
      const verdict = await learnFromPushDigests(deps)
      if (verdict) platform.log.info({ ...verdict }, 'learned whom a daily push brings back')
    },
  }
}

/** What happens to what Engagement has of an account that ends, or whose owner wants a copy of it. */
function accountLifecycle(platform: Platform, store: Store) {
  const db = platform.db('engagement')
  const transact = platform.transact('engagement')
  const part = createAccountPart({
    db,
    transact,
    fold: (kind, ids) =>
      foldReactions(
        { store, transact, facts: platform.facts, now: () => new Date(platform.now()) },
        kind,
        ids,
      ),
    pseudonymOf: (userId) => pseudonym(platform.config.secret, userId),
  })
  return createAccountLifecycle(platform, 'engagement', part)
}

/** Heals counters. */
function counts(platform: Platform, store: Store): Chore {
  const transact = platform.transact('engagement')
  return {
    name: 'counts',
    everyMs: 30_000,
    async run(signal) {
      const mended = await reconcileDue({ store, transact, now: () => new Date() }, signal)
      if (mended > 0) platform.log.warn({ mended }, 'counters were wrong and are mended')
    },
  }
}

export const engagement = {
  name: 'engagement',
  resolvers,
  prepare,
  start(platform) {
    const store = createStore(platform.db('engagement'), platform.cache, platform.config.namespace)
    const lifecycle = accountLifecycle(platform, store)
    return {
      context: createContext(
        store,
        platform.facts.accounts,
        platform.hashtags,
        createWebPush(platform.config),
        platform.conversations,
      ),
      consumers: { ...createConsumers(platform, store), 'engagement.lifecycle': lifecycle.handlers },
      chores: [
        digests(platform, store),
        pushDigests(platform, store),
        counts(platform, store),
        lifecycle.chore,
      ],
    }
  },
} satisfies SubgraphDefinition<'engagement', Context>

if (import.meta.main) await runSubgraph(engagement)
