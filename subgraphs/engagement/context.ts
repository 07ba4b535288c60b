// What Engagement's resolvers have at hand.
import type { BaseContext } from '#platform/subgraph.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import type { PostRef } from './model.ts'
import type { Store } from './store.ts'

export interface Context extends BaseContext<'engagement'> {
  store: Store
  loaders: Loaders
  /** A comment that is not deleted, hidden or not: for rules that look further. */
  comment: Loaders['comment']
  now(): Date
}

/** Makes requests' contexts. */
export function createContext(store: Store): (base: BaseContext<'engagement'>) => Context {
  return (base) => {
    const loaders = createLoaders(store, base.visibility)
    return { ...base, store, loaders, comment: loaders.comment, now: () => new Date() }
  }
}

/** The post as a reference; null when the viewer may not see it. */
export async function visiblePost({ visibility }: Context, id: string): Promise<PostRef | null> {
  return (await visibility.post(id)) && { id }
}
