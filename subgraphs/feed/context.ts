import type { Posts } from '#platform/posts.ts'
import type { Stories } from '#platform/stories.ts'
import type { BaseContext } from '#platform/subgraph.ts'
import type { HashtagDeps } from './domain/discovery/hashtags.ts'
import type { SuggestedDeps } from './domain/discovery/suggested-posts.ts'
import type { HomeFeedDeps } from './domain/home-feed.ts'
import type { Store } from './store.ts'

/** What Feed's resolvers have at hand. */
export interface Context extends BaseContext<'feed'>, HomeFeedDeps, HashtagDeps, SuggestedDeps {
  store: Store
  posts: Posts
  stories: Stories
}

/** Reads when it is first asked, and answers the same ever after. */
export function readOnce<T>(read: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | undefined
  return () => {
    answer ??= read()
    return answer
  }
}
