// Uses of hashtags: one row for each hashtag, account and day, so that an account counts once however much it posts.
import type { Db } from 'mongodb'
import {
  fewestAccounts,
  type HashtagUse,
  mostHashtags,
  recentMs,
  trendHalfLifeMs,
  usualDays,
} from '../domain/discovery/trends.ts'
import type { HashtagUseRow } from '../model.ts'

const dayMs = 86_400_000
/** Hashtags that can trend at a moment: those with the most accounts. */
const consideredHashtags = 300
const keptSeconds = 9 * 86_400

export interface TrendStore {
  /** The hashtags that a post uses at this moment; others of its uses go. */
  put(post: { id: string; authorId: string; at: number }, names: readonly string[]): Promise<void>
  /** Takes a post's uses away. */
  remove(postId: string): Promise<void>
  /** The uses at a moment, of the hashtags that the most accounts used lately. */
  usesAt(now: number): Promise<HashtagUse[]>
}

/** Uses of hashtags in one database. */
export function createTrends(db: Db): TrendStore {
  const uses = db.collection<HashtagUseRow>('hashtagUses')
  return {
    async put({ id, authorId, at }, names) {
      await uses.deleteMany({ postId: id, name: { $nin: [...names] } })
      if (names.length === 0) return
      const day = Math.floor(at / dayMs)
      await uses.bulkWrite(
        names.map((name) => ({
          updateOne: {
            filter: { _id: `${name}:${authorId}:${day}` },
            update: { $setOnInsert: { name, accountId: authorId, postId: id, at: new Date(at) } },
            upsert: true,
          },
        })),
        { ordered: false },
      )
    },
    async remove(postId) {
      await uses.deleteMany({ postId })
    },
    async usesAt(now) {
      const since = new Date(now - recentMs)
      const recent = { at: { $gt: since, $lte: new Date(now) } }
      const busy = await uses
        .aggregate<{ _id: string }>([
          { $match: recent },
          { $group: { _id: '$accountId', count: { $sum: 1 } } },
          { $match: { count: { $gt: mostHashtags } } },
          { $limit: 10_000 },
        ])
        .map((row) => row._id)
        .toArray()
      const age = { $divide: [{ $subtract: [new Date(now), '$at'] }, trendHalfLifeMs] }
      const found = await uses
        .aggregate<{ _id: string; accounts: number; fresh: number }>([
          { $match: { ...recent, accountId: { $nin: busy } } },
          { $group: { _id: { name: '$name', accountId: '$accountId' }, at: { $max: '$at' } } },
          {
            $group: {
              _id: '$_id.name',
              accounts: { $sum: 1 },
              fresh: { $sum: { $pow: [0.5, age] } },
            },
          },
          { $match: { accounts: { $gte: fewestAccounts } } },
          { $sort: { accounts: -1, _id: 1 } },
          { $limit: consideredHashtags },
        ])
        .toArray()
      const names = found.map((row) => row._id)
      const before = { $gt: new Date(now - recentMs - usualDays * dayMs), $lte: since }
      const usual = await uses
        .aggregate<{ _id: string; count: number }>([
          { $match: { name: { $in: names }, at: before } },
          { $group: { _id: '$name', count: { $sum: 1 } } },
        ])
        .toArray()
      const counts = new Map(usual.map((row) => [row._id, row.count / usualDays]))
      return found.map(({ _id, accounts, fresh }) => ({
        name: _id,
        accounts,
        fresh,
        usual: counts.get(_id) ?? 0,
      }))
    },
  }
}

/** Indexes of uses of hashtags. */
export async function prepareTrends(db: Db): Promise<void> {
  await db.collection('hashtagUses').createIndexes([
    { key: { name: 1, at: -1 }, name: 'name' },
    { key: { postId: 1 }, name: 'post' },
    { key: { at: 1 }, name: 'expiry', expireAfterSeconds: keptSeconds },
  ])
}
