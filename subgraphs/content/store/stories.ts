// Rows of `stories`.
import type { ClientSession, Db, Filter } from 'mongodb'
import type { StoryRow } from '../model.ts'

/** Stories that are looked at to find out whether someone may see a page of media. */
const maxUsesRead = 2_000

/** Indexes of `stories`. */
export async function prepareStories(db: Db): Promise<void> {
  await db.collection('stories').createIndexes([
    { key: { authorId: 1, status: 1, expiresAt: -1, _id: -1 }, name: 'author-active' },
    { key: { authorId: 1, _id: -1 }, name: 'author' },
    { key: { mediaId: 1, status: 1, _id: -1 }, name: 'media' },
  ])
}

/** What MongoDB knows of stories. Functions that write take the session of the transaction that they belong to. */
export function createStoryStore(db: Db) {
  const stories = db.collection<StoryRow>('stories')
  const notDeleted: Filter<StoryRow> = { status: { $ne: 'DELETED' } }
  return {
    async insertStory(row: StoryRow, session: ClientSession): Promise<void> {
      await stories.insertOne(row, { session })
    },
    getStory(id: string, session?: ClientSession): Promise<StoryRow | null> {
      return stories.findOne({ _id: id, ...notDeleted }, { session })
    },
    findStories(ids: readonly string[], session?: ClientSession): Promise<StoryRow[]> {
      return stories.find({ _id: { $in: [...ids] }, ...notDeleted }, { session }).toArray()
    },
    /** The item that a deleted story showed; null unless there is such a tombstone. */
    async getDeletedStoryMediaId(id: string): Promise<string | null> {
      const row = await stories.findOne({ _id: id, status: 'DELETED' }, { projection: { mediaId: 1 } })
      return row?.mediaId ?? null
    },
    /** An author's stories that are not over, oldest first, after one of them. */
    listActiveStories(
      authorId: string,
      now: Date,
      afterId: string | null,
      limit: number,
    ): Promise<StoryRow[]> {
      const after = afterId === null ? {} : { _id: { $gt: afterId } }
      const status = { $in: ['PROCESSING', 'PUBLISHED', 'REMOVED'] as StoryRow['status'][] }
      return stories
        .find({ authorId, status, expiresAt: { $gt: now }, ...after })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
    },
    /** All stories of an author, newest first, after one of them. */
    listStories(authorId: string, beforeId: string | null, limit: number): Promise<StoryRow[]> {
      const before = beforeId === null ? {} : { _id: { $lt: beforeId } }
      return stories
        .find({ authorId, ...notDeleted, ...before })
        .sort({ _id: -1 })
        .limit(limit)
        .toArray()
    },
    countActiveStories(authorId: string, now: Date, session: ClientSession): Promise<number> {
      const status = { $in: ['PROCESSING', 'PUBLISHED'] as StoryRow['status'][] }
      return stories.countDocuments({ authorId, status, expiresAt: { $gt: now } }, { session })
    },
    /** Published stories that show any of these items, newest first. */
    findStoriesShowing(mediaIds: readonly string[]): Promise<Pick<StoryRow, '_id' | 'mediaId'>[]> {
      return stories
        .find(
          { mediaId: { $in: [...mediaIds] }, status: 'PUBLISHED' },
          { projection: { mediaId: 1 }, sort: { _id: -1 }, limit: maxUsesRead },
        )
        .toArray()
    },
    /** Whether a story that is not deleted shows the item. */
    async isShownInStory(mediaId: string, session?: ClientSession): Promise<boolean> {
      const status = { $in: ['PROCESSING', 'PUBLISHED', 'REMOVED'] as StoryRow['status'][] }
      const found = await stories.findOne({ mediaId, status }, { session, projection: { _id: 1 } })
      return found !== null
    },
    /** Ids of the stories that wait for any of these items. */
    findWaitingStoryIds(mediaIds: readonly string[]): Promise<string[]> {
      return stories
        .find({ mediaId: { $in: [...mediaIds] }, status: 'PROCESSING' }, { projection: { _id: 1 } })
        .map((row) => row._id)
        .toArray()
    },
    /** PROCESSING becomes PUBLISHED; whether it was. */
    async publishStory(id: string, session: ClientSession): Promise<boolean> {
      const { matchedCount } = await stories.updateOne(
        { _id: id, status: 'PROCESSING' },
        { $set: { status: 'PUBLISHED' }, $inc: { version: 1 } },
        { session },
      )
      return matchedCount === 1
    },
    /** Adds to the number of highlights that show these stories of an author. */
    async addHighlightCounts(
      authorId: string,
      ids: readonly string[],
      difference: 1 | -1,
      session: ClientSession,
    ): Promise<void> {
      if (ids.length === 0) return
      await stories.updateMany(
        { _id: { $in: [...ids] }, authorId },
        { $inc: { highlightCount: difference, version: 1 } },
        { session },
      )
    },
    /** Makes a story a tombstone without its text; the story as it was, or null when the author has no such story. */
    deleteStory(id: string, authorId: string, session: ClientSession): Promise<StoryRow | null> {
      return stories.findOneAndUpdate(
        { _id: id, authorId, ...notDeleted },
        { $set: { status: 'DELETED', stickers: [], poll: null, question: null }, $inc: { version: 1 } },
        { session, returnDocument: 'before' },
      )
    },
  }
}
