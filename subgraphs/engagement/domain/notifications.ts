// Who is to be told of an event. Pure: what is true now is passed in, so that the same event, handled twice or late, gives the
// same answer.
import type { DomainEvent } from '#schema/events.ts'
import type { Relation } from '#schema/facts.ts'
import {
  type CommentRow,
  type GroupKey,
  isWithheld,
  type NotificationKind,
  type NotificationRow,
  type ReactionRow,
} from '../model.ts'

type NotifyingName =
  | 'post.liked'
  | 'post.unliked'
  | 'comment.created'
  | 'comment.deleted'
  | 'comment.liked'
  | 'comment.unliked'
  | 'follow.created'
  | 'follow.requested'
  | 'follow.ended'
  | 'comment.mentioned'
  | 'comment.unmentioned'
  | 'story.reacted'
  | 'story.unreacted'
  | 'story.viewed'
  | 'story.answered'
  | 'story.mentioned'
  | 'user.mentioned'
  | 'user.unmentioned'
  | 'user.tagged'
  | 'user.untagged'

/** Events that somebody may be told of. */
export type NotifyingEvent = { [N in NotifyingName]: DomainEvent<N> }[NotifyingName]

/** The rows that decide, as they are now. */
export interface Known {
  /** Author of a post; null when it is gone. */
  postAuthor(postId: string): string | null
  /** Whether a post mentions somebody by now. */
  mentions(postId: string, userId: string): boolean
  /** Whether a post shows somebody by now. */
  shows(postId: string, userId: string): boolean
  /** A comment that is not deleted. */
  comment(commentId: string): CommentRow | null
  /** A person's like of a post or a comment. */
  like(targetId: string, userId: string): Pick<ReactionRow, 'state' | 'at'> | null
  /** How `userId` stands to `otherId`. */
  relation(userId: string, otherId: string): Relation
}

/** That `actorId` is, or is no longer, to stand in a notification. */
export interface NotificationWish extends GroupKey, Pick<NotificationRow, 'postId' | 'threadId'> {
  actorId: string
  wanted: boolean
  /** Whether the recipient does not want it in the list in the app. */
  quiet?: boolean
  /** When it happened. */
  at: Date
}

/** What an event means for people's notifications; nobody is told about himself. */
export function notificationsFor(event: NotifyingEvent, known: Known): NotificationWish[] {
  return wishesFor(event, known).filter((wish) => wish.recipientId !== wish.actorId)
}

function wishesFor(event: NotifyingEvent, known: Known): NotificationWish[] {
  switch (event.name) {
    case 'post.liked':
    case 'post.unliked': {
      const { postId, userId } = event.payload
      const recipientId = known.postAuthor(postId)
      if (!recipientId) return []
      const like = known.like(postId, userId)
      const subject = { subjectId: postId, postId, threadId: null }
      return [{ kind: 'POST_LIKE', recipientId, ...subject, actorId: userId, ...standing(like, event) }]
    }
    case 'comment.liked':
    case 'comment.unliked': {
      const { commentId, userId } = event.payload
      const comment = known.comment(commentId)
      if (!comment) return []
      const like = known.like(commentId, userId)
      const subject = aboutComment(commentId, comment.postId, comment.parentId)
      return [
        {
          kind: 'COMMENT_LIKE',
          recipientId: comment.authorId,
          ...subject,
          actorId: userId,
          ...standing(like, event),
        },
      ]
    }
    case 'comment.created':
    case 'comment.deleted':
      return commentWishes(event, known)
    case 'story.reacted':
    case 'story.unreacted':
    case 'story.viewed':
    case 'story.answered':
    case 'story.mentioned':
      return [storyWish(event)]
    case 'comment.mentioned':
    case 'comment.unmentioned': {
      const { commentId, userId, authorId } = event.payload
      const comment = known.comment(commentId)
      if (!comment || isWithheld(comment)) return []
      const parent = comment.parentId ? known.comment(comment.parentId) : null
      // They are told of the comment itself.
      if (userId === known.postAuthor(comment.postId) || userId === parent?.authorId) return []
      const subject = aboutComment(commentId, comment.postId, comment.parentId)
      const wanted = comment.mentions?.some((mention) => mention.userId === userId) ?? false
      return [{ kind: 'MENTION', recipientId: userId, ...subject, actorId: authorId, wanted, at: event.at }]
    }
    case 'user.mentioned':
    case 'user.unmentioned':
    case 'user.tagged':
    case 'user.untagged': {
      const { userId, actorId, postId } = event.payload
      const kind = event.name === 'user.tagged' || event.name === 'user.untagged' ? 'TAG' : 'MENTION'
      const stands = kind === 'TAG' ? known.shows(postId, userId) : known.mentions(postId, userId)
      const wanted = stands && known.postAuthor(postId) !== null
      const subject = { subjectId: postId, postId, threadId: null }
      return [{ kind, recipientId: userId, ...subject, actorId, wanted, at: event.at }]
    }
    default:
      return followWishes(event, known)
  }
}

function standing(like: Pick<ReactionRow, 'state' | 'at'> | null, event: NotifyingEvent) {
  return like?.state === 'ON' ? { wanted: true, at: like.at } : { wanted: false, at: event.at }
}

function aboutComment(commentId: string, postId: string, parentId: string | null) {
  return { subjectId: commentId, postId, threadId: parentId ?? commentId }
}

/** A reply is told to the writer of the comment above; every comment to the post's author, unless he was told already. */
function commentWishes(
  event: DomainEvent<'comment.created'> | DomainEvent<'comment.deleted'>,
  known: Known,
): NotificationWish[] {
  const { commentId, postId, authorId, parentId } = event.payload
  const comment = known.comment(commentId)
  const wish = (kind: NotificationKind, recipientId: string): NotificationWish => ({
    kind,
    recipientId,
    ...aboutComment(commentId, postId, parentId),
    actorId: authorId,
    // What is withheld only its writer and the post's author see, who is not told (V10).
    wanted: comment !== null && !isWithheld(comment),
    at: comment?.createdAt ?? event.at,
  })
  const parent = parentId ? known.comment(parentId) : null
  // A reply without its thread goes with it.
  if (parentId && !parent) return []
  const postAuthor = known.postAuthor(postId)
  const wishes = parent ? [wish('REPLY', parent.authorId)] : []
  if (postAuthor && postAuthor !== parent?.authorId) wishes.push(wish('COMMENT', postAuthor))
  return wishes
}

type StoryEvent = Extract<NotifyingEvent, { name: `story.${string}` }>

/** Who is named in a story is told by its author; everything else is told to the author. */
function storyWish(event: StoryEvent): NotificationWish {
  const { storyId, authorId, userId } = event.payload
  const kinds = {
    'story.reacted': 'STORY_REACTION',
    'story.unreacted': 'STORY_REACTION',
    'story.viewed': 'STORY_VIEW',
    'story.answered': 'STORY_ANSWER',
    'story.mentioned': 'MENTION',
  } as const
  const [recipientId, actorId] = event.name === 'story.mentioned' ? [userId, authorId] : [authorId, userId]
  return {
    ...{ kind: kinds[event.name], recipientId, actorId, subjectId: storyId, postId: null, threadId: null },
    ...{ wanted: event.name !== 'story.unreacted', at: event.at },
  }
}

type FollowEvent = Extract<NotifyingEvent, { name: `follow.${string}` }>

/** What a follow says by now: a request that was answered, or a follow that ended, is told to nobody any more. */
function followWishes(event: FollowEvent, known: Known): NotificationWish[] {
  const { userId, otherId } = event.payload
  const { follow } = known.relation(userId, otherId)
  const wish = (
    kind: NotificationKind,
    recipientId: string,
    actorId: string,
    wanted: boolean,
  ): NotificationWish => ({
    kind,
    recipientId,
    subjectId: null,
    postId: null,
    threadId: null,
    actorId,
    wanted,
    at: event.at,
  })
  const request = wish('FOLLOW_REQUEST', otherId, userId, follow === 'REQUESTED')
  if (event.name === 'follow.requested') return [request]

  const follows = wish('FOLLOW', otherId, userId, follow === 'FOLLOWING')
  const accepted = wish('FOLLOW_ACCEPTED', userId, otherId, follow === 'FOLLOWING')
  // Ended events only take back; what stands again by now is another event's to tell.
  if (event.name === 'follow.ended') return [request, follows, accepted].filter(({ wanted }) => !wanted)
  // Who accepted a request knows of the follow.
  return event.payload.accepted ? [request, accepted] : [request, follows]
}
