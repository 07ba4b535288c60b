import { createAccountLifecycle } from '#platform/account-lifecycle.ts'
import { claimEvents } from '#platform/bus.ts'
import { StartFailure } from '#platform/service.ts'
import { runSubgraph, type SubgraphDefinition } from '#platform/subgraph.ts'
import { createConsumers } from './consumers.ts'
import { type Context, readOnce } from './context.ts'
import { createTrending } from './domain/discovery/hashtags.ts'
import { createTopicNames } from './domain/discovery/topic-names.ts'
import { createExposures } from './domain/exposures.ts'
import { rankingProblems, stages } from './domain/ranking/rank.ts'
import { weights } from './domain/ranking/weights.ts'
import { resolvers } from './resolvers.ts'
import { createAccountPart } from './store/account-part.ts'
import { createStore, prepare } from './store.ts'

/** The feed subgraph: the home timeline. */
export const feed = {
  name: 'feed',
  resolvers,
  prepare,
  start(platform, stack) {
    const problems = rankingProblems(stages, weights)
    if (problems.length > 0) throw new StartFailure(`The ranking is not as it must be. ${problems.join(' ')}`)
    const store = createStore(platform.db('feed'), platform.cache, platform.config.namespace)
    const { accounts, posts, relations, stories } = platform.facts
    const trendingNames = createTrending(store, () => platform.now())
    const topicNames = createTopicNames({ store, posts, accounts }, () => platform.now())
    const part = createAccountPart(platform.db('feed'), platform.cache, platform.config.namespace)
    const lifecycle = createAccountLifecycle(platform, 'feed', part)
    const { experiments, log } = platform
    const exposures = createExposures({
      ...{ experiments, log, accounts },
      transact: platform.transact('feed'),
    })
    stack.defer(() => exposures.tell())
    return {
      chores: [lifecycle.chore],
      context: (base) => ({
        ...base,
        store,
        posts,
        relations,
        stories,
        hashtags: platform.hashtags,
        trendingNames,
        topicNames,
        hidden: readOnce(() => store.hidden.of(base.viewer.userId ?? '')),
        rankingVariant: readOnce(async () =>
          base.viewer.userId === null ? null : exposures.variantOf(base.viewer.userId),
        ),
        meetRanking: (variant) => exposures.meet(base.viewer.userId ?? '', variant),
        now: () => platform.now(),
      }),
      consumers: {
        'feed.lifecycle': lifecycle.handlers,
        ...createConsumers({
          store,
          posts,
          relations,
          accounts,
          transact: platform.transact('feed'),
          claim: (tx, batch) => claimEvents(tx, platform.db('feed'), 'feed.signals', batch),
        }),
      },
    }
  },
} satisfies SubgraphDefinition<'feed', Context>

if (import.meta.main) await runSubgraph(feed)
