// The one policy. Pure decisions over published facts; every path that puts a reference into an answer asks here, through
// `visibility.ts`. Hidden and absent are the same answer.
import type { AccountFacts, ContactPolicy, PostFacts, Relation, StoryFacts } from '#schema/facts.ts'

/** Whether a viewer may know of an account at all: its header, its comments, its likes. */
export function canViewAccount(viewerId: string | null, account: AccountFacts, relation: Relation): boolean {
  if (viewerId === account.id) return true
  if (account.status !== 'ACTIVE') return false
  return !relation.blocks && !relation.blockedBy
}

/**
 * Whether what an account says in others' places, its comments, reaches a viewer. A shadow-banned one's reaches itself alone (V23).
 * A block or a disuse hides it as `canViewAccount` has it; a private account's words under a public post are public.
 */
export function canHear(viewerId: string | null, account: AccountFacts, relation: Relation): boolean {
  return canViewAccount(viewerId, account, relation) && (viewerId === account.id || !account.shadowBanned)
}

/** Whether a viewer may see what an account publishes: its posts, its lists. */
export function canViewContent(viewerId: string | null, account: AccountFacts, relation: Relation): boolean {
  if (!canViewAccount(viewerId, account, relation)) return false
  if (viewerId === account.id) return true
  // His header stays, so that nothing tells him; what he publishes reaches nobody (V23).
  if (account.shadowBanned) return false
  return !account.isPrivate || relation.follow === 'FOLLOWING'
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
  if (post.audience === 'CLOSE_FRIENDS') return relation.closeFriendOf
  return post.audience === 'PUBLIC' || relation.follow === 'FOLLOWING'
}

/** Whether a viewer may see a story. `account` and `relation` are its author's; `now` in milliseconds since 1970. */
export function canViewStory(
  viewerId: string | null,
  story: StoryFacts,
  account: AccountFacts,
  relation: Relation,
  now: number,
): boolean {
  if (story.status === 'DELETED') return false
  if (viewerId === story.authorId) return true
  if (story.status !== 'PUBLISHED' || viewerId === null) return false
  // Time decides, not a sweeper (S1). A highlight keeps a story, and its audience (S2).
  if (story.expiresAt <= now && !story.highlighted) return false
  if (relation.storiesHiddenBy || !canViewContent(viewerId, account, relation)) return false
  if (story.audience === 'CLOSE_FRIENDS') return relation.closeFriendOf
  return relation.follow === 'FOLLOWING' || !account.isPrivate
}

/** Whether an account lets a viewer near by one of its contact policies. `relation` is the viewer's to the account. */
export function withinContactPolicy(
  viewerId: string,
  account: AccountFacts,
  policy: ContactPolicy,
  relation: Relation,
): boolean {
  if (viewerId === account.id) return true
  switch (policy) {
    case 'EVERYONE':
      return true
    case 'FOLLOWING':
      return relation.followedBy === 'FOLLOWING'
    case 'FOLLOWERS':
      return relation.follow === 'FOLLOWING'
    case 'NOBODY':
      return false
  }
}

/** Whether a viewer may comment on a post that he may see. `account` and `relation` are its author's (K1). */
export function canComment(
  viewerId: string,
  post: PostFacts,
  account: AccountFacts,
  relation: Relation,
): boolean {
  return !post.commentsDisabled && withinContactPolicy(viewerId, account, account.commentPolicy, relation)
}

/**
 * Whether a viewer may meet what is labelled sensitive at all, by his account; null for a signed-out one, whose age nobody knows.
 * Minors do not, whoever shows it to them.
 */
export function mayMeetSensitive(account: Pick<AccountFacts, 'adultAt'> | null, now: number): boolean {
  return account === null || account.adultAt <= now
}

/** Whether an account may be suggested something that is labelled. */
export function acceptsSensitive(account: AccountFacts | null, now: number): boolean {
  return account !== null && account.adultAt <= now && account.sensitiveContent !== 'LESS'
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

/** Whether a viewer wants an account's stories in his tray: a mute of the account, or of its stories, hides them there (V9). */
export function wantsStories(relation: Relation, now: number): boolean {
  const { storiesMutedUntil } = relation
  return wantsInFeed(relation, now) && (storiesMutedUntil === null || storiesMutedUntil <= now)
}

/** Which folder a message from `relation`'s other side falls into, seen by its recipient. */
export function messageFolder(relation: Relation): 'PRIMARY' | 'REQUESTS' {
  return relation.follow === 'FOLLOWING' ? 'PRIMARY' : 'REQUESTS'
}
