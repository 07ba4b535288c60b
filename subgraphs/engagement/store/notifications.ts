// Rows of notifications, and of who did what to whom.
import type { Db, Filter } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import type { GroupKey, NotificationActorRow, NotificationKind, NotificationRow } from '../model.ts'

const withdrawnSeconds = 86_400

/** A place in a person's notifications: newest first. */
export interface NotificationPosition {
  updatedAt: Date
  id: string
}

/** What notifications may be about: those about it go when it goes. */
export type Topic = { postId: string } | { threadId: string } | { subjectId: string }

export async function prepareNotifications(db: Db): Promise<void> {
  const about = (field: 'postId' | 'threadId' | 'subjectId') => ({
    key: { [field]: 1 },
    name: field,
    partialFilterExpression: { [field]: { $gt: '' } },
  })
  await db.collection('notifications').createIndexes([
    {
      key: { recipientId: 1, updatedAt: -1, _id: -1 },
      name: 'recipient',
      partialFilterExpression: { withdrawnAt: null },
    },
    {
      key: { recipientId: 1, updatedAt: -1 },
      name: 'unread',
      partialFilterExpression: { readAt: null },
    },
    {
      key: { recipientId: 1, kind: 1, subjectId: 1 },
      name: 'open',
      unique: true,
      partialFilterExpression: { open: true },
    },
    about('postId'),
    about('threadId'),
    about('subjectId'),
    { key: { withdrawnAt: 1 }, name: 'expiry', expireAfterSeconds: withdrawnSeconds },
  ])
  await db.collection('notificationActors').createIndexes([
    { key: { notificationId: 1, at: -1 }, name: 'notification' },
    { key: { withdrawnAt: 1 }, name: 'expiry', expireAfterSeconds: withdrawnSeconds },
  ])
}

export type NotificationStore = ReturnType<typeof createNotificationStore>

export function createNotificationStore(db: Db) {
  const notifications = db.collection<NotificationRow>('notifications')
  const actors = db.collection<NotificationActorRow>('notificationActors')

  async function markUnread(
    { session }: Transaction,
    unread: Filter<NotificationRow>,
    readAt: Date,
  ): Promise<string | null> {
    const newest = await notifications.findOne(
      { ...unread, withdrawnAt: null, quiet: { $ne: true } },
      { session, sort: { updatedAt: -1 }, projection: { _id: 1 } },
    )
    await notifications.updateMany(unread, { $set: { readAt } }, { session })
    return newest?._id ?? null
  }

  return {
    findActors(tx: Transaction, ids: readonly string[]): Promise<NotificationActorRow[]> {
      return actors.find({ _id: { $in: [...ids] } }, { session: tx.session }).toArray()
    },

    /** Notifications with these ids, and those that collect under these keys. */
    findGroups(
      tx: Transaction,
      ids: readonly string[],
      keys: readonly GroupKey[],
    ): Promise<NotificationRow[]> {
      const open = keys.map(({ recipientId, kind, subjectId }) => ({
        recipientId,
        kind,
        subjectId,
        open: true,
      }))
      const filters: Filter<NotificationRow>[] = [{ _id: { $in: [...ids] } }, ...open]
      return notifications.find({ $or: filters }, { session: tx.session }).toArray()
    },

    async putActors(tx: Transaction, rows: readonly NotificationActorRow[]): Promise<void> {
      if (rows.length === 0) return
      await actors.bulkWrite(
        rows.map((row) => ({ replaceOne: { filter: { _id: row._id }, replacement: row, upsert: true } })),
        { session: tx.session, ordered: false },
      )
    },

    /** Writes notifications in order: one that closes stands before the one that takes its place. */
    async putNotifications(tx: Transaction, rows: readonly NotificationRow[]): Promise<void> {
      if (rows.length === 0) return
      await notifications.bulkWrite(
        rows.map((row) => ({ replaceOne: { filter: { _id: row._id }, replacement: row, upsert: true } })),
        { session: tx.session, ordered: true },
      )
    },

    /** Who is in a notification, newest first. */
    listActorIds(tx: Transaction, notificationId: string, limit: number): Promise<string[]> {
      return actors
        .find({ notificationId, withdrawnAt: null }, { session: tx.session, projection: { actorId: 1 } })
        .sort({ at: -1 })
        .limit(limit)
        .map((row) => row.actorId)
        .toArray()
    },

    /** Removes up to `limit` notifications about something; answers them. */
    async removeAbout(tx: Transaction, topic: Topic, limit: number): Promise<NotificationRow[]> {
      const { session } = tx
      const rows = await notifications.find(topic, { session }).limit(limit).toArray()
      if (rows.length === 0) return rows
      const ids = rows.map((row) => row._id)
      await actors.deleteMany({ notificationId: { $in: ids } }, { session })
      await notifications.deleteMany({ _id: { $in: ids } }, { session })
      return rows
    },

    /** Withdraws what a person was told of decisions about something, up to a time; answers the notifications' ids. */
    async withdrawDecisions(
      tx: Transaction,
      { recipientId, subjectId, at }: { recipientId: string; subjectId: string; at: Date },
      withdrawnAt: Date,
    ): Promise<string[]> {
      const { session } = tx
      const told = {
        subjectId,
        recipientId,
        kind: 'MODERATION' as const,
        withdrawnAt: null,
        createdAt: { $lte: at },
      }
      const ids = await notifications
        .find(told, { session, projection: { _id: 1 } })
        .map((row) => row._id)
        .toArray()
      await notifications.updateMany({ _id: { $in: ids } }, { $set: { withdrawnAt } }, { session })
      return ids
    },

    /** A notification, whoever's. */
    findNotification: (id: string): Promise<NotificationRow | null> => notifications.findOne({ _id: id }),

    /** A person's notifications by id; others' are absent. */
    listOwnNotifications(recipientId: string, ids: readonly string[]): Promise<NotificationRow[]> {
      return notifications
        .find({ _id: { $in: [...ids] }, recipientId, withdrawnAt: null, quiet: { $ne: true } })
        .toArray()
    },

    /** A person's notifications, newest first. */
    listNotifications(
      recipientId: string,
      after: NotificationPosition | null,
      limit: number,
      kinds: readonly NotificationKind[] | null = null,
    ): Promise<NotificationRow[]> {
      const filter: Filter<NotificationRow> = { recipientId, withdrawnAt: null, quiet: { $ne: true } }
      if (kinds) filter.kind = { $in: [...kinds] }
      if (after) {
        filter.$or = [
          { updatedAt: { $lt: after.updatedAt } },
          { updatedAt: after.updatedAt, _id: { $lt: after.id } },
        ]
      }
      return notifications.find(filter).sort({ updatedAt: -1, _id: -1 }).limit(limit).toArray()
    },

    /** The newest unread notifications of a person. */
    listUnread(recipientId: string, limit: number): Promise<NotificationRow[]> {
      return notifications
        .find({ recipientId, readAt: null, withdrawnAt: null, quiet: { $ne: true } })
        .sort({ updatedAt: -1 })
        .limit(limit)
        .toArray()
    },

    /** Removes the notification of a conversation's messages, unless one came after `at`. */
    async removeMessageNotice(recipientId: string, conversationId: string, at: Date): Promise<void> {
      const kind = 'MESSAGE'
      await notifications.deleteOne({
        ...{ recipientId, kind, subjectId: conversationId, open: true },
        updatedAt: { $lte: at },
      })
    },

    /** Marks some of a person's notifications as read; others' are left alone. Answers the id of the newest, null when none was unread. */
    markSomeRead: (
      tx: Transaction,
      recipientId: string,
      ids: readonly string[],
      at: Date,
    ): Promise<string | null> => markUnread(tx, { _id: { $in: [...ids] }, recipientId, readAt: null }, at),

    /** Marks what a person has up to `at` as read; answers the id of the newest, null when none was unread. */
    markRead: (tx: Transaction, recipientId: string, at: Date): Promise<string | null> =>
      markUnread(tx, { recipientId, readAt: null, updatedAt: { $lte: at } }, at),
  }
}
