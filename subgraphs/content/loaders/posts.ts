// Posts in batches.
import { createLoader } from '#platform/loader.ts'
import type { Store } from '../store.ts'

/** Loaders of posts. None asks the policy: their callers have. `recent` says whether rows of a moment ago will do. */
export function createPostLoaders(store: Store, viewerId: string | null, recent: () => Promise<boolean>) {
  return {
    /** What was decided last about posts of the viewer's. */
    decisions: createLoader(async (postIds) =>
      viewerId === null ? new Map() : store.listDecisions(viewerId, postIds),
    ),
    /** Posts that are not deleted. */
    posts: createLoader(async (ids) =>
      store.gatherPosts(ids, await recent(), ({ authorId }) => authorId === viewerId),
    ),
    /** Pinned posts by author. */
    pins: createLoader((authorIds) => store.findPins(authorIds)),
    postCounts: createLoader((authorIds) => store.countPosts(authorIds)),
  }
}
