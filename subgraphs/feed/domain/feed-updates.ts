// News for those who have their feed open.
import type { Store } from '../store.ts'
import { type CandidateDeps, visiblePosts } from './candidates.ts'

export interface FeedUpdateDeps extends Pick<CandidateDeps, 'visibility' | 'hidden' | 'now'> {
  store: Pick<Store, 'timelines'>
}

/** What is told of a post that came onto a viewer's timeline; null when it is not in his feed any more. */
export async function feedUpdate(
  deps: FeedUpdateDeps,
  viewerId: string,
  postId: string,
): Promise<{ newPostCount: number; post: { id: string } } | null> {
  const [found] = await visiblePosts(deps, [{ id: postId, authorId: null }])
  if (!found) return null
  // Without Redis it is this one at least.
  const counted = await deps.store.timelines.countNew(viewerId).catch(() => 0)
  return { newPostCount: Math.max(1, counted), post: { id: postId } }
}
