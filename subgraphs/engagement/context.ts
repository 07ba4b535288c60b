// What Engagement's resolvers have at hand.
import type { Accounts } from '#platform/accounts.ts'
import type { Conversations } from '#platform/conversations.ts'
import type { Hashtags } from '#platform/hashtags.ts'
import type { BaseContext } from '#platform/subgraph.ts'
import type { WebPush } from '#platform/web-push.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import type { PostRef } from './model.ts'
import type { Store } from './store.ts'

export interface Context extends BaseContext<'engagement'> {
  store: Store
  loaders: Loaders
  /** A comment that is not deleted, hidden or not: for rules that look further. */
  comment: Loaders['comment']
  /** Published accounts: who is staff. */
  accounts: Accounts
  webPush: WebPush
  /** Published conversations: which of them take no plain message. */
  conversations: Pick<Conversations, 'encryptedOf'>
  now(): Date
}

/** Makes requests' contexts. */
export function createContext(
  store: Store,
  accounts: Accounts,
  hashtags: Hashtags,
  webPush: WebPush,
  conversations: Pick<Conversations, 'encryptedOf' | 'partnersIn'>,
): (base: BaseContext<'engagement'>) => Context {
  return (base) => {
    const loaders = createLoaders(store, base.visibility, hashtags, conversations)
    const { comment } = loaders
    return { ...base, store, loaders, comment, accounts, webPush, conversations, now: () => new Date() }
  }
}

/** Whether the viewer may know how many like a post, and who: its author may hide that from all others (K3). */
export async function showsLikes({ visibility }: Context, postId: string): Promise<boolean> {
  const post = await visibility.post(postId)
  if (!post || post.authorId === visibility.viewerId) return post !== null
  return !post.hidesLikeCount && !(await visibility.account(post.authorId))?.hidesLikeCounts
}

/**
 * How many comments a post or replies a comment has, for the viewer: those withheld from him are not counted (V10), as their writer
 * or the post's author has them counted.
 */
export async function commentCount(
  { loaders, visibility }: Context,
  subject: 'post' | 'comment',
  id: string,
  postId: string,
): Promise<number> {
  const [counter, withheld] =
    subject === 'post'
      ? (['comments', 'withheldComments'] as const)
      : (['replies', 'withheldReplies'] as const)
  // Asked for together: one round trip.
  const [all, kept, post] = await Promise.all([
    loaders.count(subject, id, counter),
    loaders.count(subject, id, withheld),
    visibility.post(postId),
  ])
  return visibility.viewerId !== null && post?.authorId === visibility.viewerId
    ? all
    : Math.max(0, all - kept)
}

/** The post as a reference; null when the viewer may not see it. */
export async function visiblePost({ visibility }: Context, id: string): Promise<PostRef | null> {
  return (await visibility.post(id)) && { id }
}
