// Rows of `topicPosts`: which posts stand on the pages of hashtags and places. Shard key: `topicId`.
import type { AnyBulkWriteOperation, ClientSession, Db, Filter } from 'mongodb'
import type { PostPosition } from '#platform/posts.ts'
import type { TopicPostRow } from '../model.ts'

/** Indexes of `topicPosts`. */
export async function prepareTopics(db: Db): Promise<void> {
  await db.collection('topicPosts').createIndexes([
    { key: { topicId: 1, shown: 1, publishedAt: -1, postId: -1 }, name: 'page' },
    { key: { topicId: 1, counted: 1 }, name: 'counted' },
    { key: { postId: 1 }, name: 'post' },
  ])
}

/** What MongoDB knows of topics' posts. */
export function createTopicStore(db: Db) {
  const rows = db.collection<TopicPostRow>('topicPosts')
  return {
    findTopicsOf(postIds: readonly string[], session: ClientSession): Promise<TopicPostRow[]> {
      return rows.find({ postId: { $in: [...postIds] } }, { session }).toArray()
    },
    /** Writes rows whole, and takes others away. */
    async putTopicPosts(
      written: readonly TopicPostRow[],
      removedIds: readonly string[],
      session: ClientSession,
    ): Promise<void> {
      const operations: AnyBulkWriteOperation<TopicPostRow>[] = [
        ...written.map(({ _id, ...row }) => ({
          replaceOne: { filter: { _id }, replacement: row, upsert: true },
        })),
        ...removedIds.map((_id) => ({ deleteOne: { filter: { _id } } })),
      ]
      if (operations.length > 0) await rows.bulkWrite(operations, { session })
    },
    /** Posts of a topic, newest first, after a position. */
    listTopicPosts(topicId: string, after: PostPosition | null, limit: number): Promise<TopicPostRow[]> {
      const filter: Filter<TopicPostRow> = { topicId, shown: true }
      if (after) {
        const at = new Date(after.publishedAt)
        filter.publishedAt = { $lte: at }
        filter.$or = [{ publishedAt: { $lt: at } }, { postId: { $lt: after.id } }]
      }
      return rows.find(filter).sort({ publishedAt: -1, postId: -1 }).limit(limit).toArray()
    },
    countCounted(topicId: string, session: ClientSession): Promise<number> {
      return rows.countDocuments({ topicId, counted: true }, { session })
    },
  }
}
