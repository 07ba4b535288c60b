import type { Posts } from '#platform/posts.ts'
import type { Relations } from '#platform/relations.ts'
import { noFloor, timelineCap } from '../model.ts'
import type { Store } from '../store.ts'
import { follows, maxFollowing, postsByAuthors } from './sources.ts'

export interface TimelineDeps {
  store: Store
  posts: Pick<Posts, 'byAuthors'>
  relations: Pick<Relations, 'followingIds' | 'get'>
}

/**
 * Builds a viewer's timeline from MongoDB. It is opened for pushes before anything is read, so a post that is published
 * meanwhile is either read or pushed. False when somebody else builds it, or when it was lost on the way.
 */
export async function buildTimeline(deps: TimelineDeps, viewerId: string): Promise<boolean> {
  const { timelines, celebrities } = deps.store
  const token = await timelines.beginBuild(viewerId)
  if (token === null) return false
  const followingIds = await deps.relations.followingIds(viewerId, maxFollowing)
  const celebrityIds = await celebrities.among(followingIds)
  const fetched = new Set(celebrityIds)
  const pushed = followingIds.filter((id) => !fetched.has(id))
  const posts = await postsByAuthors(deps.posts, pushed, null, timelineCap)
  const completeAbove = posts.length < timelineCap ? noFloor : (posts.at(-1)?.publishedAt ?? noFloor)
  return timelines.finishBuild(viewerId, token, { posts, completeAbove, celebrityIds })
}

/** Adds the recent posts of an author whom the viewer follows to his timeline, if he is active. */
export async function backfillTimeline(
  deps: TimelineDeps,
  viewerId: string,
  authorId: string,
): Promise<void> {
  const { timelines, celebrities } = deps.store
  const celebrity = await celebrities.get(authorId)
  if (celebrity) {
    await timelines.add(viewerId, { posts: [], completeAbove: noFloor, celebrityIds: [authorId] })
    return
  }
  const posts = await postsByAuthors(deps.posts, [authorId], null, timelineCap)
  const completeAbove = posts.length < timelineCap ? noFloor : (posts.at(-1)?.publishedAt ?? noFloor)
  await timelines.add(viewerId, { posts, completeAbove, celebrityIds: [] })
}

/**
 * Takes the posts of an author whom the viewer no longer follows off his timeline. Only to save room: a read drops them
 * anyway. Answers whether the viewer follows the author again, in which case the clean-up may have come after a back-fill,
 * which has to be repeated.
 */
export async function cleanTimeline(
  deps: TimelineDeps,
  viewerId: string,
  authorId: string,
): Promise<boolean> {
  const posts = await postsByAuthors(deps.posts, [authorId], null, timelineCap)
  const postIds = posts.map((post) => post.id)
  await deps.store.timelines.remove(viewerId, authorId, postIds)
  return follows(deps.relations, viewerId, authorId)
}
