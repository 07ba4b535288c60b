// Which posts are shown to somebody who did not ask for their author: in search, and on the pages of hashtags and places.
import { acceptsSensitive } from '#platform/policy.ts'
import type { Visibility } from '#platform/visibility.ts'

export interface FindDeps {
  visibility: Visibility
  now(): Date
}

/** Whether an account is the viewer's own or one that he follows. */
export async function isNear({ viewerId, relation }: Visibility, userId: string): Promise<boolean> {
  return userId === viewerId || (await relation(userId)).follow === 'FOLLOWING'
}

/**
 * Whether the viewer finds a post: one that he may see, less, by accounts that he does not follow, what moderators keep out of
 * suggestions and what is labelled sensitive for who does not want it.
 */
export async function findsPost({ visibility, now }: FindDeps, postId: string): Promise<boolean> {
  const post = await visibility.post(postId)
  if (!post || (await isNear(visibility, post.authorId))) return post !== null
  if (post.limited) return false
  const viewer = visibility.viewerId === null ? null : await visibility.account(visibility.viewerId)
  return !post.sensitive || acceptsSensitive(viewer, now().getTime())
}

/** Those items whose post the viewer finds, in order. */
export async function filterFound<T>(
  deps: FindDeps,
  items: readonly T[],
  postIdOf: (item: T) => string,
): Promise<T[]> {
  const verdicts = await Promise.all(items.map((item) => findsPost(deps, postIdOf(item))))
  return items.filter((_, i) => verdicts[i])
}
