// Content: uploads, media and posts.
import { createAccountLifecycle } from '#platform/account-lifecycle.ts'
import { createFigures } from '#platform/figures.ts'
import type { Platform } from '#platform/service.ts'
import { runSubgraph, type SubgraphDefinition } from '#platform/subgraph.ts'
import { createConsumers } from './consumers.ts'
import { type Context, createContexts } from './context.ts'
import { placeOnTopics } from './domain/topics.ts'
import { resolvers } from './resolvers.ts'
import { reviewFigures } from './review-figures.ts'
import { startScheduler } from './scheduler.ts'
import { createSearch, startSearch } from './search-service.ts'
import { createAccountPart } from './store/account-part.ts'
import { createStore, prepare } from './store.ts'

/** What happens to what Content has of an account that ends, or whose owner wants a copy of it. */
function accountLifecycle(platform: Platform) {
  const store = createStore(platform.db('content'))
  const now = () => new Date(platform.now())
  const part = createAccountPart({
    db: platform.db('content'),
    transact: platform.transact('content'),
    posts: platform.facts.posts,
    stories: platform.facts.stories,
    deletePost: store.deletePost,
    deleteStory: store.deleteStory,
    leaveTopics: (tx, post) => placeOnTopics({ ...store, now }, tx, post, { ...post, status: 'DELETED' }),
    now,
  })
  return createAccountLifecycle(platform, 'content', part)
}

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
    const search = createSearch(platform)
    const searching = startSearch(platform, search)
    stack.defer(() => searching.stop())
    const lifecycle = accountLifecycle(platform)
    return {
      context: createContexts(platform, search),
      consumers: { ...createConsumers(platform, search), 'content.lifecycle': lifecycle.handlers },
      chores: [
        ...searching.chores,
        lifecycle.chore,
        reviewFigures(
          createStore(platform.db('content')),
          createFigures(platform.cache, platform.config.namespace),
          platform.now,
        ),
      ],
    }
  },
} satisfies SubgraphDefinition<'content', Context>

if (import.meta.main) await runSubgraph(content)
