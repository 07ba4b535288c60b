// Rows of `hashtags` and of who follows them. Shard keys: `name`, and `userId`.
import type { ClientSession, Db, Filter } from 'mongodb'
import { isDuplicate } from '#platform/mongo.ts'
import { newId } from '#schema/ids.ts'
import { type HashtagFollowRow, type HashtagRow, hashtagFollowId } from '../model.ts'

/** Indexes of `hashtags` and `hashtagFollows`. */
export async function prepareHashtags(db: Db): Promise<void> {
  await db.collection('hashtags').createIndexes([
    { key: { name: 1 }, name: 'name', unique: true },
    { key: { checkedAt: 1 }, name: 'checked' },
  ])
  await db.collection('hashtagFollows').createIndexes([{ key: { userId: 1, at: -1, _id: -1 }, name: 'user' }])
}

/** What MongoDB knows of hashtags. */
export function createHashtagStore(db: Db) {
  const hashtags = db.collection<HashtagRow>('hashtags')
  const follows = db.collection<HashtagFollowRow>('hashtagFollows')
  const findByName = (names: readonly string[]) => hashtags.find({ name: { $in: [...names] } }).toArray()
  return {
    findHashtags(ids: readonly string[]): Promise<HashtagRow[]> {
      return hashtags.find({ _id: { $in: [...ids] } }).toArray()
    },
    findHashtagsByName: findByName,
    /** Makes rows of those names that have none. May be repeated. */
    async ensureHashtags(names: readonly string[], at: Date): Promise<void> {
      if (names.length === 0) return
      const known = new Set((await findByName(names)).map((row) => row.name))
      const missing = names.filter((name) => !known.has(name))
      if (missing.length === 0) return
      try {
        await hashtags.insertMany(
          missing.map((name) => ({
            _id: newId('hashtag'),
            name,
            postCount: 0,
            createdAt: at,
            checkedAt: at,
          })),
          { ordered: false },
        )
      } catch (error) {
        // Somebody else made one meanwhile.
        if (!isDuplicate(error)) throw error
      }
    },
    /** Adds to the counts of hashtags, by name. */
    async addToHashtags(changes: ReadonlyMap<string, number>, session: ClientSession): Promise<void> {
      if (changes.size === 0) return
      await hashtags.bulkWrite(
        [...changes].map(([name, by]) => ({
          updateOne: { filter: { name }, update: { $inc: { postCount: by } } },
        })),
        { session },
      )
    },
    /** Those whose counts were compared longest ago. */
    findUncheckedHashtags(limit: number): Promise<HashtagRow[]> {
      return hashtags.find({}, { comment: 'background' }).sort({ checkedAt: 1 }).limit(limit).toArray()
    },
    async setHashtagCount(id: string, postCount: number, at: Date, session: ClientSession): Promise<void> {
      await hashtags.updateOne({ _id: id }, { $set: { postCount, checkedAt: at } }, { session })
    },

    async insertHashtagFollow(
      userId: string,
      hashtagId: string,
      at: Date,
      session: ClientSession,
    ): Promise<void> {
      const row = { userId, hashtagId, at }
      await follows.updateOne(
        { _id: hashtagFollowId(userId, hashtagId) },
        { $setOnInsert: row },
        { upsert: true, session },
      )
    },
    async deleteHashtagFollow(userId: string, hashtagId: string, session: ClientSession): Promise<void> {
      await follows.deleteOne({ _id: hashtagFollowId(userId, hashtagId) }, { session })
    },
    findHashtagFollows(ids: readonly string[]): Promise<HashtagFollowRow[]> {
      return follows.find({ _id: { $in: [...ids] } }).toArray()
    },
    /** What somebody follows, the last first, after a position. */
    listHashtagFollows(
      userId: string,
      after: { at: Date; id: string } | null,
      limit: number,
    ): Promise<HashtagFollowRow[]> {
      const filter: Filter<HashtagFollowRow> = { userId }
      if (after) {
        filter.at = { $lte: after.at }
        filter.$or = [{ at: { $lt: after.at } }, { _id: { $lt: after.id } }]
      }
      return follows.find(filter).sort({ at: -1, _id: -1 }).limit(limit).toArray()
    },
  }
}
