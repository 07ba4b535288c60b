import type { NotificationFieldsFragment, NotificationKind } from '../operations.gen.ts'
import { formatCount } from '../text/count.ts'

const verbs: Record<NotificationKind, string> = {
  FOLLOW: 'started following you.',
  FOLLOW_REQUEST: 'asked to follow you.',
  FOLLOW_ACCEPTED: 'accepted your request.',
  POST_LIKE: 'liked your post.',
  COMMENT: 'commented on your post:',
  REPLY: 'replied to your comment:',
  COMMENT_LIKE: 'liked your comment:',
  MENTION: 'mentioned you:',
  TAG: 'tagged you.',
  STORY_REACTION: 'reacted to your story.',
  STORY_VIEW: 'saw your story.',
  STORY_ANSWER: 'answered your question.',
  MESSAGE: 'sent you a message.',
  REEL: 'shared a reel.',
  MILESTONE: 'You reached a round number.',
  MODERATION: 'Moderators decided about something of yours.',
}

/** Who did what: the names to show, the newest first, and the rest of the sentence. */
export function describeNotification({
  kind,
  actors,
  actorCount,
  milestone,
  subject,
}: NotificationFieldsFragment): {
  names: string[]
  verb: string
} {
  // What nobody did.
  if (actorCount === 0 && milestone !== null) {
    const what = subject?.__typename === 'Post' ? 'Your post has' : 'You have'
    const of = subject?.__typename === 'Post' ? 'likes' : 'followers'
    return { names: [], verb: `${what} ${formatCount(milestone)} ${of}.` }
  }
  if (kind === 'MILESTONE' || kind === 'MODERATION') return { names: [], verb: verbs[kind] }
  const known = actors.edges.map(({ node }) => node.username)
  const shown = actorCount > 2 ? known.slice(0, 1) : known.slice(0, 2)
  const others = actorCount - shown.length
  const names = shown.length === 0 ? ['Someone'] : shown
  if (shown.length > 0 && others > 0) names.push(others === 1 ? '1 other' : `${formatCount(others)} others`)
  const text = subject?.__typename === 'Comment' ? subject.text : ''
  const verb = text ? `${verbs[kind]} “${text}”` : verbs[kind].replace(/:$/, '.')
  return { names, verb }
}

/** Where a notification leads. */
export function notificationHref({ kind, subject, actors }: NotificationFieldsFragment): string {
  if (kind === 'MODERATION') return '/standing'
  if (subject?.__typename === 'Conversation') return `/messages/${subject.id}`
  if (subject?.__typename === 'Post') return `/p/${subject.id}`
  if (subject?.__typename === 'Comment' && subject.post) return `/p/${subject.post.id}`
  const actor = actors.edges[0]?.node
  return actor ? `/@${actor.username}` : '/activity'
}
