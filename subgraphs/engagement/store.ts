// The only part of Engagement that speaks to its database; a file of `store/` for each noun.
import type { Db } from 'mongodb'
import { createCommentStore, prepareComments } from './store/comments.ts'
import { createCounterStore, prepareCounters } from './store/counters.ts'
import { createNotificationStore, prepareNotifications } from './store/notifications.ts'
import { createReactionStore, prepareReactions } from './store/reactions.ts'

/** Collections and indexes; repeated at every start. */
export async function prepare(db: Db): Promise<void> {
  await Promise.all([
    prepareReactions(db),
    prepareComments(db),
    prepareCounters(db),
    prepareNotifications(db),
  ])
}

export type Store = ReturnType<typeof createStore>

export function createStore(db: Db) {
  return {
    ...createReactionStore(db),
    ...createCommentStore(db),
    ...createCounterStore(db),
    ...createNotificationStore(db),
  }
}
