// What Engagement does when an account ends, and what it has for a copy of his data. Reactions leave through their counters,
// so that these stay exact.
import type { Db, Filter } from 'mongodb'
import {
  type AccountPart,
  type ErasureStep,
  indexing,
  ownKeys,
  removing,
  rowsOf,
} from '#platform/account-lifecycle.ts'
import type { Transact } from '#platform/mongo.ts'
import { inBatches } from '#platform/parallel.ts'
import type { Facts } from '#platform/visibility.ts'
import {
  readerOf,
  visibleActorCount,
  visibleActors,
  visibleNotifications,
} from '../domain/visible-notifications.ts'
import {
  type CommentRow,
  type NotificationActorRow,
  type NotificationRow,
  type PinsRow,
  type ReactionKind,
  type ReactionRow,
  toldOf,
} from '../model.ts'
import { createCommentStore } from './comments.ts'

const chunk = 200
/** Notifications that are looked at together for a copy: each names a hundred people at most. */
const notificationsAtOnce = 50
const kinds = ['likes', 'dislikes', 'commentLikes', 'saves', 'shares', 'views'] as const

/** The indexes by which an account's rows are found, where nothing else needs them. */
export async function prepareAccountPart(db: Db): Promise<void> {
  const indexed = indexing(db)
  await Promise.all([
    ...kinds.map((kind) => indexed(kind, 'userId', 'person')),
    indexed('comments', 'authorId', 'writer'),
    indexed('comments', 'mentions.userId', 'mentioned', true),
    indexed('notificationActors', 'actorId', 'actor'),
    db
      .collection('notifications')
      .createIndex({ actorIds: 1 }, { name: 'senders', partialFilterExpression: { kind: 'MESSAGE' } }),
    indexed('insightReach', 'actor', 'actor'),
    indexed('insightActivity', 'actor', 'actor'),
  ])
}

interface Deps {
  db: Db
  transact: Transact<'engagement'>
  facts: Facts
  /** Brings the counters up to what some reactions' rows say. */
  fold(kind: ReactionKind, ids: readonly string[]): Promise<void>
  /** Under which the account stands in insights and in the warehouse. */
  pseudonymOf(userId: string): string
}

/** Engagement's part. */
export function createAccountPart({ db, transact, facts, fold, pseudonymOf }: Deps): AccountPart {
  const comments = db.collection<CommentRow>('comments')
  const notifications = db.collection<NotificationRow>('notifications')
  const actors = db.collection<NotificationActorRow>('notificationActors')
  const pins = db.collection<PinsRow>('pins')
  const { tombstoneThread, gatherComments } = createCommentStore(db)

  const takeBack =
    (kind: ReactionKind): ErasureStep =>
    async (userId) => {
      const rows = db.collection<ReactionRow>(kind)
      const ids = await rows
        .find({ userId }, { projection: { _id: 1 } })
        .limit(chunk)
        .map((row) => row._id)
        .toArray()
      if (ids.length === 0) return false
      const standing: Filter<ReactionRow> = { _id: { $in: ids }, state: 'ON' }
      // As `nextReaction` has it: what no counter knows goes at once, the rest when its counter has heard of it.
      await rows.deleteMany({ ...standing, uncounted: 1 })
      await rows.updateMany({ ...standing, uncounted: 0 }, { $set: { state: 'OFF', uncounted: -1 } })
      await fold(kind, ids)
      return ids.length === chunk
    }

  const removeComments: ErasureStep = async (userId) => {
    const rows = await comments.find({ authorId: userId, deletedAt: null }).limit(chunk).toArray()
    for (const { _id, pinnedAt } of rows) {
      await transact(async (tx) => {
        // Its words go now; the row, when its counters have heard of it.
        await comments.updateOne({ _id }, { $set: { text: '', mentions: [] } }, { session: tx.session })
        const row = await tombstoneThread(tx, _id, new Date())
        if (!row) return
        if (pinnedAt)
          await pins.updateOne({ _id: row.postId }, { $pull: { commentIds: _id } }, { session: tx.session })
        tx.emit('comment.deleted', toldOf(row))
      })
    }
    return rows.length === chunk
  }

  const leaveMentions: ErasureStep = async (userId) => {
    const rows = await comments
      .find({ 'mentions.userId': userId }, { projection: { _id: 1 } })
      .limit(chunk)
      .toArray()
    const ids = rows.map((row) => row._id)
    if (ids.length > 0) await comments.updateMany({ _id: { $in: ids } }, { $pull: { mentions: { userId } } })
    return rows.length === chunk
  }

  /** Takes him out of others' notifications; those that only he was in go. */
  const leaveNotifications: ErasureStep = async (userId) => {
    const rows = await actors.find({ actorId: userId }).limit(chunk).toArray()
    for (const { _id, notificationId, withdrawnAt } of rows) {
      await transact(async ({ session }) => {
        const { deletedCount } = await actors.deleteOne({ _id }, { session })
        if (notificationId === null || deletedCount === 0) return
        const counted = withdrawnAt === null ? -1 : 0
        const row = await notifications.findOneAndUpdate(
          { _id: notificationId },
          { $pull: { actorIds: userId }, $inc: { actorCount: counted } },
          { session, returnDocument: 'after' },
        )
        if (row && row.actorCount <= 0) await notifications.deleteOne({ _id: notificationId }, { session })
      })
    }
    return rows.length === chunk
  }

  /** Messages that rang have no rows of their own for who sent them. */
  const leaveMessageNotices: ErasureStep = async (userId) => {
    const found = await notifications
      .find({ kind: 'MESSAGE', actorIds: userId }, { projection: { _id: 1 } })
      .limit(chunk)
      .toArray()
    const _id = { $in: found.map((row) => row._id) }
    const others = { $filter: { input: '$actorIds', cond: { $ne: ['$$this', userId] } } }
    await notifications.updateMany({ _id }, [
      { $set: { actorIds: others } },
      { $set: { actorCount: { $size: '$actorIds' } } },
    ])
    await notifications.deleteMany({ _id, actorCount: 0 })
    return found.length === chunk
  }

  const byPseudonym = (collection: string) =>
    removing(db, collection, (userId) => ({ actor: pseudonymOf(userId) }))
  const person = (userId: string) => ({ userId })
  const own = (userId: string) => ({ _id: userId as never })
  const reactions = (kind: ReactionKind) =>
    rowsOf(db, kind, (userId) => ({ userId, state: 'ON' }), ['_id', 'userId', 'state', 'uncounted'])

  return {
    erase: [
      ...kinds.map(takeBack),
      removeComments,
      leaveMentions,
      removing(db, 'notifications', (userId) => ({ recipientId: userId, withdrawnAt: null })),
      removing(db, 'notifications', (userId) => ({ recipientId: userId, readAt: null })),
      removing(db, 'notifications', (userId) => ({ recipientId: userId, open: true })),
      removing(db, 'notificationActors', ownKeys),
      leaveNotifications,
      leaveMessageNotices,
      removing(db, 'notificationSettings', own),
      removing(db, 'commentFilters', own),
      removing(db, 'pushSubscriptions', person),
      removing(db, 'pushDigests', own),
      removing(db, 'digestTrials', person),
      removing(db, 'collections', person),
      byPseudonym('insightReach'),
      byPseudonym('insightActivity'),
      removing(db, 'insightReach', (userId) => ({ of: userId })),
      removing(db, 'insightDays', (userId) => ({ of: userId })),
      removing(db, 'insightFollows', (userId) => ({ ownerId: userId })),
      removing(db, 'idempotency', ownKeys),
    ],
    sections: {
      comments: rowsOf(db, 'comments', (userId) => ({ authorId: userId, deletedAt: null }), [
        ...['authorId', 'ownerId', 'score', 'uncounted', 'deletedAt', 'withheld', 'hiddenAt', 'mentions'],
      ]),
      likes: reactions('likes'),
      dislikes: reactions('dislikes'),
      'liked-comments': reactions('commentLikes'),
      saved: reactions('saves'),
      collections: rowsOf(db, 'collections', person, ['userId']),
      shares: reactions('shares'),
      'posts-you-saw': reactions('views'),
      // As his list has them: a hundred ids of others in each at most.
      notifications: (userId) =>
        inBatches(
          notifications.find({ recipientId: userId, withdrawnAt: null, quiet: { $ne: true } }),
          notificationsAtOnce,
          async (rows) => {
            const reader = readerOf({ store: { gatherComments }, facts }, userId)
            const shown = (await visibleNotifications(reader, rows)).map(async (row) => {
              const actorIds = await visibleActors(reader.visibility, row)
              return {
                id: row._id,
                kind: row.kind,
                subjectId: row.subjectId,
                postId: row.postId,
                threadId: row.threadId,
                actorIds,
                actorCount: visibleActorCount(row, actorIds),
                figure: row.figure,
                messages: row.messages,
                createdAt: row.createdAt,
                updatedAt: row.updatedAt,
                readAt: row.readAt,
              }
            })
            return Promise.all(shown)
          },
        ),
      'notification-settings': rowsOf(db, 'notificationSettings', own, ['_id']),
      'push-devices': rowsOf(db, 'pushSubscriptions', person, [
        '_id',
        'userId',
        'endpoint',
        'p256dh',
        'auth',
      ]),
      'daily-pushes': rowsOf(db, 'digestTrials', person, ['_id', 'userId', 'actor']),
      'comment-filters': rowsOf(db, 'commentFilters', own, ['_id']),
    },
  }
}
