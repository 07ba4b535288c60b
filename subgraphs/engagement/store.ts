// The only part of Engagement that speaks to its database and cache; a file of `store/` for each noun.
import type { Db } from 'mongodb'
import { prepareAccountTasks } from '#platform/account-lifecycle.ts'
import type { CacheClient } from '#platform/redis.ts'
import { prepareAccountPart } from './store/account-part.ts'
import { type CollectionStore, createCollectionStore, prepareCollections } from './store/collections.ts'
import { type CommentFilterStore, createCommentFilterStore } from './store/comment-filters.ts'
import { type CommentHeadStore, createCommentHeadStore } from './store/comment-heads.ts'
import { type CommentStore, createCommentStore, prepareComments } from './store/comments.ts'
import { type CounterStore, createCounterStore, prepareCounters } from './store/counters.ts'
import { createFigureReader, type FigureReader } from './store/figures.ts'
import { createInsightStore, type InsightStore, prepareInsights } from './store/insights.ts'
import {
  createNotificationSettingsStore,
  type NotificationSettingsStore,
  prepareNotificationSettings,
} from './store/notification-settings.ts'
import {
  createNotificationStore,
  type NotificationStore,
  prepareNotifications,
} from './store/notifications.ts'
import { createPinStore, type PinStore } from './store/pins.ts'
import { createPushDigestStore, type PushDigestStore, preparePushDigests } from './store/push-digests.ts'
import { createReactionStore, prepareReactions, type ReactionStore } from './store/reactions.ts'

/** Collections and indexes; repeated at every start. */
export async function prepare(db: Db): Promise<void> {
  await Promise.all([
    prepareAccountPart(db),
    prepareAccountTasks(db),
    prepareReactions(db),
    prepareCollections(db),
    prepareComments(db),
    prepareCounters(db),
    prepareInsights(db),
    prepareNotifications(db),
    prepareNotificationSettings(db),
    preparePushDigests(db),
  ])
}

export type Store = CollectionStore &
  ReactionStore &
  CommentStore &
  CommentFilterStore &
  CommentHeadStore &
  PinStore &
  CounterStore &
  FigureReader &
  NotificationStore &
  InsightStore &
  PushDigestStore &
  NotificationSettingsStore

/** Everything that reads and writes Engagement's rows. */
export function createStore(db: Db, cache: CacheClient, namespace: string): Store {
  const reactions: ReactionStore = createReactionStore(db)
  const comments: CommentStore = createCommentStore(db)
  const filters: CommentFilterStore = createCommentFilterStore(db)
  const heads: CommentHeadStore = createCommentHeadStore(cache, namespace)
  const collections: CollectionStore = createCollectionStore(db)
  const pins: PinStore = createPinStore(db)
  const counters: CounterStore = createCounterStore(db)
  const figures: FigureReader = createFigureReader(db)
  const notifications: NotificationStore = createNotificationStore(db)
  const insights: InsightStore = createInsightStore(db)
  const settings: NotificationSettingsStore = createNotificationSettingsStore(db)
  const pushDigests: PushDigestStore = createPushDigestStore(db)
  return {
    ...insights,
    ...settings,
    ...pushDigests,
    ...reactions,
    ...comments,
    ...filters,
    ...heads,
    ...pins,
    ...collections,
    ...counters,
    ...figures,
    ...notifications,
  }
}
