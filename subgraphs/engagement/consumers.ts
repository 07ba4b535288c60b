// What Engagement does when it hears of events, its own and others'.
import { type ConsumerHandlers, claimEvents } from '#platform/bus.ts'
import type { Platform } from '#platform/service.ts'
import { createVisibility, type Facts } from '#platform/visibility.ts'
import type { DomainEvent } from '#schema/events.ts'
import { announce, withdrawDecisions } from './domain/announcements.ts'
import { followDecisions } from './domain/comment-decisions.ts'
import {
  foldComments,
  foldDeletedComments,
  foldReactions,
  followRestrictions,
  removePost,
} from './domain/counters.ts'
import { forgetReadMessages, type MessageNoticeDeps, notifyMessages } from './domain/message-notices.ts'
import { notify, removeNotifications } from './domain/notify.ts'
import { reactionId } from './model.ts'
import type { Store } from './store.ts'

/** Those events whose post the person may see: of any other he must not learn. */
async function shownTo<E extends DomainEvent<'user.mentioned' | 'user.tagged'>>(
  facts: Facts,
  batch: readonly E[],
): Promise<E[]> {
  const posts = await Promise.all(
    batch.map(({ payload: { userId, postId } }) => createVisibility(facts, userId).post(postId)),
  )
  return batch.filter((_, i) => posts[i])
}

/** The handlers of Engagement's consumers. Counters follow the rows; notifications follow rows, follows and posts. */
export function createConsumers(
  platform: Platform,
  store: Store,
): Omit<ConsumerHandlers<'engagement'>, 'engagement.lifecycle'> {
  const db = platform.db('engagement')
  const deps: MessageNoticeDeps = {
    store,
    transact: platform.transact('engagement'),
    facts: platform.facts,
    conversations: platform.conversations,
    claim: (tx, events) => claimEvents(tx, db, 'engagement.notifications', events),
    now: () => new Date(),
  }
  const likedPosts = (batch: { payload: { postId: string; userId: string } }[]) =>
    batch.map(({ payload }) => reactionId(payload.postId, payload.userId))
  const likedComments = (batch: { payload: { commentId: string; userId: string } }[]) =>
    batch.map(({ payload }) => reactionId(payload.commentId, payload.userId))
  const commentIds = (batch: { payload: { commentId: string } }[]) =>
    batch.map(({ payload }) => payload.commentId)

  return {
    'engagement.moderation': {
      'comment.decided': (batch) =>
        followDecisions(
          { ...deps, claim: (tx, one) => claimEvents(tx, db, 'engagement.moderation', one) },
          batch,
        ),
    },
    'engagement.counters': {
      'post.liked': (batch) => foldReactions(deps, 'likes', likedPosts(batch)),
      'post.unliked': (batch) => foldReactions(deps, 'likes', likedPosts(batch)),
      'post.disliked': (batch) => foldReactions(deps, 'dislikes', likedPosts(batch)),
      'post.undisliked': (batch) => foldReactions(deps, 'dislikes', likedPosts(batch)),
      'post.saved': (batch) => foldReactions(deps, 'saves', likedPosts(batch)),
      'post.unsaved': (batch) => foldReactions(deps, 'saves', likedPosts(batch)),
      'post.shared': (batch) =>
        foldReactions(
          deps,
          'shares',
          batch.map(({ payload }) => payload.shareId),
        ),
      'impressions.recorded': (batch) =>
        foldReactions(
          deps,
          'views',
          batch.flatMap(({ payload: { userId, impressions } }) =>
            impressions.filter(({ viewed }) => viewed).map(({ subjectId }) => reactionId(subjectId, userId)),
          ),
        ),
      'comment.liked': (batch) => foldReactions(deps, 'commentLikes', likedComments(batch)),
      'comment.unliked': (batch) => foldReactions(deps, 'commentLikes', likedComments(batch)),
      'comment.created': (batch) => foldComments(deps, commentIds(batch)),
      'relation.changed': (batch) =>
        followRestrictions(
          deps,
          batch.map(({ payload }) => payload),
        ),
      'comment.deleted': (batch) => foldDeletedComments(deps, commentIds(batch)),
      async 'post.deleted'(batch) {
        for (const { payload } of batch) await removePost(deps, payload.postId)
      },
    },
    'engagement.notifications': {
      'post.liked': (batch) => notify(deps, batch),
      'post.unliked': (batch) => notify(deps, batch),
      'comment.liked': (batch) => notify(deps, batch),
      'comment.unliked': (batch) => notify(deps, batch),
      'comment.created': (batch) => notify(deps, batch),
      'comment.mentioned': (batch) => notify(deps, batch),
      'comment.unmentioned': (batch) => notify(deps, batch),
      async 'comment.deleted'(batch) {
        await notify(deps, batch)
        for (const { payload } of batch) {
          await removeNotifications(deps, { subjectId: payload.commentId })
          await removeNotifications(deps, { threadId: payload.commentId })
        }
      },
      'story.reacted': (batch) => notify(deps, batch),
      'story.unreacted': (batch) => notify(deps, batch),
      'story.viewed': (batch) => notify(deps, batch),
      'story.answered': (batch) => notify(deps, batch),
      'story.mentioned': (batch) => notify(deps, batch),
      'user.mentioned': async (batch) => notify(deps, await shownTo(platform.facts, batch)),
      'user.unmentioned': (batch) => notify(deps, batch),
      'user.tagged': async (batch) => notify(deps, await shownTo(platform.facts, batch)),
      'user.untagged': (batch) => notify(deps, batch),
      async 'story.deleted'(batch) {
        for (const { payload } of batch) await removeNotifications(deps, { subjectId: payload.storyId })
      },
      'message.sent': (batch) => notifyMessages(deps, batch),
      'conversation.changed': (batch) => forgetReadMessages(deps, batch),
      async 'followers.reached'(batch) {
        for (const { userId, count } of batch.map(({ payload }) => payload)) {
          const key = `followers:${count}`
          await announce(deps, {
            recipientId: userId,
            kind: 'MILESTONE',
            subjectId: null,
            key,
            figure: count,
          })
        }
      },
      async 'post.published'(batch) {
        const posts = await platform.facts.posts.get(batch.map(({ payload }) => payload.postId))
        for (const { postId, authorId } of batch.map(({ payload }) => payload)) {
          if (posts.get(postId)?.kind !== 'REEL') continue
          await platform.jobs.enqueue('notifications.tellReel', postId, { postId, authorId, afterId: null })
        }
      },
      async 'review.decided'(batch) {
        for (const { id, at, payload } of batch) {
          const { recipientId, subjectId } = payload
          // What is taken back is no news, and what was told of it goes.
          if (payload.decision === null) await withdrawDecisions(deps, { recipientId, subjectId, at })
          else await announce(deps, { recipientId, kind: 'MODERATION', subjectId, key: id, at })
        }
      },
      'follow.created': (batch) => notify(deps, batch),
      'follow.requested': (batch) => notify(deps, batch),
      'follow.ended': (batch) => notify(deps, batch),
      async 'post.deleted'(batch) {
        for (const { payload } of batch) await removeNotifications(deps, { postId: payload.postId })
      },
    },
  }
}
