// The only part of Engagement that speaks to its database; a file of `store/` for each noun.
import type { Db } from 'mongodb'
import { type CommentStore, createCommentStore, prepareComments } from './store/comments.ts'
import { type CounterStore, createCounterStore, prepareCounters } from './store/counters.ts'
import {
  createNotificationStore,
  type NotificationStore,
  prepareNotifications,
} from './store/notifications.ts'
import { createReactionStore, prepareReactions, type ReactionStore } from './store/reactions.ts'

/** Collections and indexes; repeated at every start. */
export async function prepare(db: Db): Promise<void> {
  await Promise.all([
    prepareReactions(db),
    prepareComments(db),
    prepareCounters(db),
    prepareNotifications(db),
  ])
}

export type Store = ReactionStore & CommentStore & CounterStore & NotificationStore

/** Everything that reads and writes Engagement's rows. */
export function createStore(db: Db): Store {
  const reactions: ReactionStore = createReactionStore(db)
  const comments: CommentStore = createCommentStore(db)
  const counters: CounterStore = createCounterStore(db)
  const notifications: NotificationStore = createNotificationStore(db)
  return { ...reactions, ...comments, ...counters, ...notifications }
}
