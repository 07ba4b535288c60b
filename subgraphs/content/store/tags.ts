// Rows of `tags`: people in posts. Shard key: `userId`.
import type { ClientSession, Db } from 'mongodb'
import { type TagRow, tagId } from '../model.ts'

/** Indexes of `tags`. */
export async function prepareTags(db: Db): Promise<void> {
  await db.collection('tags').createIndexes([
    { key: { userId: 1, state: 1, postId: -1 }, name: 'user' },
    { key: { postId: 1 }, name: 'post' },
  ])
}

/** What MongoDB knows of tags. */
export function createTagStore(db: Db) {
  const tags = db.collection<TagRow>('tags')
  return {
    /** The tags of posts, removed ones included. */
    findTags(postIds: readonly string[], session?: ClientSession): Promise<TagRow[]> {
      return tags
        .find({ postId: { $in: [...postIds] } }, { session })
        .sort({ _id: 1 })
        .toArray()
    },
    /** Writes tags whole, and takes others away. */
    async putTags(
      written: readonly TagRow[],
      removedIds: readonly string[],
      session: ClientSession,
    ): Promise<void> {
      const operations = [
        ...written.map(({ _id, ...row }) => ({
          replaceOne: { filter: { _id }, replacement: row, upsert: true },
        })),
        ...removedIds.map((_id) => ({ deleteOne: { filter: { _id } } })),
      ]
      if (operations.length > 0) await tags.bulkWrite(operations, { session })
    },
    getTag(postId: string, userId: string, session: ClientSession): Promise<TagRow | null> {
      return tags.findOne({ _id: tagId(postId, userId) }, { session })
    },
    async setTagState(id: string, state: TagRow['state'], session: ClientSession): Promise<void> {
      await tags.updateOne({ _id: id }, { $set: { state } }, { session })
    },
    async deleteTag(id: string, session: ClientSession): Promise<void> {
      await tags.deleteOne({ _id: id }, { session })
    },
    async deleteTagsOf(postId: string): Promise<void> {
      await tags.deleteMany({ postId })
    },
    /** A person's tags of a state, by post, newest first, after one. */
    listTags(
      userId: string,
      state: TagRow['state'],
      afterPostId: string | null,
      limit: number,
    ): Promise<TagRow[]> {
      return tags
        .find({ userId, state, ...(afterPostId ? { postId: { $lt: afterPostId } } : {}) })
        .sort({ postId: -1 })
        .limit(limit)
        .toArray()
    },
  }
}
