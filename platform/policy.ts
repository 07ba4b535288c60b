// The one policy. Pure decisions over published facts; every path that puts a reference into an answer asks here, through
// `visibility.ts`. Hidden and absent are the same answer.
import type { AccountFacts, PostFacts, Relation } from '#schema/facts.ts'

/** Whether a viewer may know of an account at all: its header, its comments, its likes. */
export function canViewAccount(viewerId: string | null, account: AccountFacts, relation: Relation): boolean {
  if (viewerId === account.id) return true
  if (account.status !== 'ACTIVE') return false
  return !relation.blocks && !relation.blockedBy
}

/** Whether a viewer may see what an account publishes: its posts, its lists. */
export function canViewContent(viewerId: string | null, account: AccountFacts, relation: Relation): boolean {
  if (!canViewAccount(viewerId, account, relation)) return false
  return viewerId === account.id || !account.isPrivate || relation.follow === 'FOLLOWING'
}

/** Whether a viewer may see a post. `account` and `relation` are its author's. */
export function canViewPost(
  viewerId: string | null,
  post: PostFacts,
  account: AccountFacts,
  relation: Relation,
): boolean {
  if (post.status === 'DELETED') return false
  if (viewerId === post.authorId) return true
  if (post.status !== 'PUBLISHED' || post.audience === 'ONLY_ME') return false
  if (!canViewContent(viewerId, account, relation)) return false
  return post.audience === 'PUBLIC' || relation.follow === 'FOLLOWING'
}

/**
 * Whether a viewer may see a comment, as far as restrictions go: one that a restricted account writes is seen by its writer and
 * by the author of the post, who restricts him, only. Comments that not everyone may see are not counted and notify nobody:
 * ask with a `viewerId` of null. It comes on top of `canViewAccount` for the writer and `canViewPost` for the post.
 * `authorToWriter` is how the post's author stands to the comment's writer (key `relationKey(postAuthorId, writerId)`;
 * a stranger's without a row), not how the viewer does.
 */
export function canViewComment(
  viewerId: string | null,
  comment: { authorId: string },
  post: Pick<PostFacts, 'authorId'>,
  authorToWriter: Relation,
): boolean {
  if (!authorToWriter.restricts || comment.authorId === post.authorId) return true
  return viewerId === comment.authorId || viewerId === post.authorId
}

/** Whether a viewer wants an account's posts in his feed: a mute hides them there and nowhere else. */
export function wantsInFeed(relation: Relation, now: number): boolean {
  return relation.mutedUntil === null || relation.mutedUntil <= now
}

/** Which folder a message from `relation`'s other side falls into, seen by its recipient. */
export function messageFolder(relation: Relation): 'PRIMARY' | 'REQUESTS' {
  return relation.follow === 'FOLLOWING' ? 'PRIMARY' : 'REQUESTS'
}
