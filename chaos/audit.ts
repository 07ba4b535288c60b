// What became of everything that was acknowledged: looked up in the databases, not asked of the API that acknowledged it.
import type { Platform } from '#platform/service.ts'
import { type NotificationActorRow, notificationActorId } from '#subgraphs/engagement/model.ts'
import type { Acknowledged } from './load.ts'

export interface Finding {
  what: string
  expected: number
  lost: number
  doubled: number
}

/** Compares what was acknowledged with the rows, once the system is at rest. */
export async function audit(platform: Platform, done: Acknowledged): Promise<Finding[]> {
  return [
    await auditRows('likes of posts', [...done.likes.keys()], (keys) =>
      count(platform, 'engagement', 'likes', '_id', keys, { state: 'ON' }),
    ),
    await auditRows('likes of comments', [...done.commentLikes.keys()], (keys) =>
      count(platform, 'engagement', 'commentLikes', '_id', keys, { state: 'ON' }),
    ),
    await auditRows('comments', [...done.comments.keys()], (keys) =>
      count(platform, 'engagement', 'comments', 'text', keys, { deletedAt: null }),
    ),
    await auditRows('messages', [...done.messages.keys()], (keys) =>
      count(platform, 'messaging', 'messages', 'clientMessageId', keys, {}),
    ),
    await auditCounters(platform),
    await auditSequences(platform),
    await auditRows('deeds that were told of', toldIds(done), (keys) =>
      count(platform, 'engagement', 'notificationActors', '_id', keys, {
        ...{ withdrawnAt: null, notificationId: { $ne: null } },
      }),
    ),
    await auditNotifications(platform),
  ]
}

type Counts = Map<string, number>

async function auditRows(
  what: string,
  keys: string[],
  find: (keys: string[]) => Promise<Counts>,
): Promise<Finding> {
  const counts = await find(keys)
  return {
    what,
    expected: keys.length,
    lost: keys.filter((key) => !counts.has(key)).length,
    doubled: keys.filter((key) => (counts.get(key) ?? 0) > 1).length,
  }
}

async function count(
  platform: Platform,
  owner: 'engagement' | 'messaging',
  collection: string,
  field: string,
  keys: string[],
  filter: object,
): Promise<Counts> {
  const rows = await platform
    .db(owner)
    .collection(collection)
    .aggregate<{ _id: string; count: number }>([
      { $match: { ...filter, [field]: { $in: keys } } },
      { $group: { _id: `$${field}`, count: { $sum: 1 } } },
    ])
    .toArray()
  return new Map(rows.map((row) => [row._id, row.count]))
}

/** Counters of posts against the rows that they count. */
async function auditCounters(platform: Platform): Promise<Finding> {
  const db = platform.db('engagement')
  const counters = await db
    .collection<{ _id: string; likes?: number; comments?: number }>('postCounters')
    .find()
    .toArray()
  let lost = 0
  let doubled = 0
  for (const { _id, likes = 0, comments = 0 } of counters) {
    const rows = {
      likes: await db.collection('likes').countDocuments({ targetId: _id, state: 'ON' }),
      comments: await db.collection('comments').countDocuments({ postId: _id, deletedAt: null }),
    }
    for (const off of [likes - rows.likes, comments - rows.comments]) {
      if (off < 0) lost++
      if (off > 0) doubled++
    }
  }
  return { what: 'counters', expected: counters.length * 2, lost, doubled }
}

/** Sequences of conversations: from 1 without a gap, none twice. */
async function auditSequences(platform: Platform): Promise<Finding> {
  const rows = await platform
    .db('messaging')
    .collection('messages')
    .aggregate<{ count: number; last: number; distinct: number[] }>([
      {
        $group: {
          _id: '$conversationId',
          count: { $sum: 1 },
          last: { $max: '$sequence' },
          distinct: { $addToSet: '$sequence' },
        },
      },
    ])
    .toArray()
  return {
    what: 'sequences',
    expected: rows.length,
    lost: rows.filter(({ distinct, last }) => distinct.length < last).length,
    doubled: rows.filter(({ distinct, count: all }) => distinct.length < all).length,
  }
}

/** Everybody is told of what others do to what is his: who did it stands in a notification of his. */
function toldIds({ likes, comments, commentLikes }: Acknowledged): string[] {
  const deeds = [...likes.values(), ...comments.values(), ...commentLikes.values()]
  return deeds
    .filter(({ actorId, recipientId }) => actorId !== recipientId)
    .map((deed) => notificationActorId(deed, deed.actorId))
}

/** Notifications against the rows of those who are in them. */
async function auditNotifications(platform: Platform): Promise<Finding> {
  const db = platform.db('engagement')
  const kind = { $in: ['POST_LIKE', 'COMMENT', 'COMMENT_LIKE'] }
  const rows = await db
    .collection<{ _id: string; actorIds: string[]; actorCount: number }>('notifications')
    .find({ kind, withdrawnAt: null })
    .toArray()
  const actors = await db
    .collection<NotificationActorRow>('notificationActors')
    .aggregate<{ _id: string; count: number }>([
      { $match: { withdrawnAt: null } },
      { $group: { _id: '$notificationId', count: { $sum: 1 } } },
    ])
    .toArray()
  const counts = new Map(actors.map(({ _id, count }) => [_id, count]))
  const offBy = rows.map(({ _id, actorCount }) => actorCount - (counts.get(_id) ?? 0))
  return {
    what: 'notifications',
    expected: rows.length,
    lost: offBy.filter((by) => by < 0).length,
    doubled:
      offBy.filter((by) => by > 0).length +
      rows.filter(({ actorIds }) => new Set(actorIds).size < actorIds.length).length,
  }
}
