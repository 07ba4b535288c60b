// What one request loads, in batches.
import { byId, createLoader } from '#platform/loader.ts'
import type { Visibility } from '#platform/visibility.ts'
import { visibleMedia } from './domain/media.ts'
import type { Store } from './store.ts'

export type Loaders = ReturnType<typeof createLoaders>

/** The loaders of one request. `posts` and `media` do not ask the policy: their callers have, `visibleMedia` does. */
export function createLoaders(store: Store, visibility: Visibility) {
  return {
    /** Posts that are not deleted. */
    posts: createLoader(async (ids) => byId(await store.findPosts(ids))),
    /** Media of a post that the viewer may see. */
    media: createLoader(async (ids) => byId(await store.findMedia(ids))),
    visibleMedia: createLoader((ids) => visibleMedia({ ...store, visibility }, ids)),
    postCounts: createLoader((authorIds) => store.countPosts(authorIds)),
  }
}
