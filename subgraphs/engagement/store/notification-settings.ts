// What people want to be told of, and where their devices are reached.
import type { Db } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import type { NotificationSettingsRow, PushRow, PushSubscriptionRow } from '../model.ts'

export async function prepareNotificationSettings(db: Db): Promise<void> {
  await Promise.all([
    db.collection('pushSubscriptions').createIndex({ userId: 1, createdAt: 1 }, { name: 'user' }),
    // A notification grows for twelve hours: afterwards nothing is pushed of it.
    db.collection('pushes').createIndex({ at: 1 }, { name: 'expiry', expireAfterSeconds: 7 * 86_400 }),
    db
      .collection('notificationSettings')
      .createIndex(
        { digestDueAt: 1 },
        { name: 'digest', partialFilterExpression: { digestDueAt: { $gt: new Date(0) } } },
      ),
  ])
}

export type NotificationSettingsStore = ReturnType<typeof createNotificationSettingsStore>

export function createNotificationSettingsStore(db: Db) {
  const settings = db.collection<NotificationSettingsRow>('notificationSettings')
  const subscriptions = db.collection<PushSubscriptionRow>('pushSubscriptions')
  const pushes = db.collection<PushRow>('pushes')

  return {
    findSettings: (userId: string, tx?: Transaction): Promise<NotificationSettingsRow | null> =>
      settings.findOne({ _id: userId }, tx ? { session: tx.session } : {}),

    listSettings: (userIds: readonly string[]): Promise<NotificationSettingsRow[]> =>
      settings.find({ _id: { $in: [...userIds] } }).toArray(),

    async putSettings(tx: Transaction, row: NotificationSettingsRow): Promise<void> {
      await settings.replaceOne({ _id: row._id }, row, { upsert: true, session: tx.session })
    },

    /** Those whose digest is due, the longest due first. */
    listDueDigests: (now: Date, limit: number): Promise<NotificationSettingsRow[]> =>
      settings
        .find({ digestDueAt: { $gt: new Date(0), $lte: now } })
        .sort({ digestDueAt: 1 })
        .limit(limit)
        .toArray(),

    /** Moves a person's digest on from `dueAt`; false when another process did. */
    async advanceDigest(
      tx: Transaction,
      userId: string,
      dueAt: Date,
      next: Date | null,
      now: Date,
    ): Promise<boolean> {
      const { matchedCount } = await settings.updateOne(
        { _id: userId, digestDueAt: dueAt },
        { $set: { digestDueAt: next, digestedAt: now } },
        { session: tx.session },
      )
      return matchedCount === 1
    },

    /** Keeps an address of a device: whoever registers it last has it. Beyond `max` of a person the oldest goes. */
    async putSubscription(tx: Transaction, row: PushSubscriptionRow, max: number): Promise<void> {
      const { session } = tx
      await subscriptions.replaceOne({ _id: row._id }, row, { upsert: true, session })
      const all = await subscriptions
        .find({ userId: row.userId }, { session, projection: { _id: 1 } })
        .sort({ createdAt: -1 })
        .skip(max)
        .toArray()
      if (all.length > 0) {
        await subscriptions.deleteMany({ _id: { $in: all.map(({ _id }) => _id) } }, { session })
      }
    },

    /** Forgets an address; of another person's nothing. */
    async removeSubscription(id: string, userId: string, tx?: Transaction): Promise<boolean> {
      const { deletedCount } = await subscriptions.deleteOne(
        { _id: id, userId },
        tx ? { session: tx.session } : {},
      )
      return deletedCount === 1
    },

    findSubscription: (id: string): Promise<PushSubscriptionRow | null> => subscriptions.findOne({ _id: id }),

    listSubscriptions: (userId: string): Promise<PushSubscriptionRow[]> =>
      subscriptions.find({ userId }).sort({ createdAt: 1 }).toArray(),

    /** Those of some people who have a device that is told. */
    async listReachable(userIds: readonly string[]): Promise<Set<string>> {
      return new Set(await subscriptions.distinct('userId', { userId: { $in: [...userIds] } }))
    },

    /** The highest level at which a notification was pushed; 0 when it was not. */
    async findPushLevel(notificationId: string): Promise<number> {
      return (await pushes.findOne({ _id: notificationId }))?.level ?? 0
    },

    /** Notes that a notification is pushed at a level. */
    async raisePush(notificationId: string, level: number, at: Date): Promise<void> {
      await pushes.updateOne({ _id: notificationId }, { $max: { level }, $set: { at } }, { upsert: true })
    },
  }
}
