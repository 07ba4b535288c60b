// Rows of `highlights`.
import type { ClientSession, Db } from 'mongodb'
import type { HighlightRow } from '../model.ts'

/** Indexes of `highlights`. */
export async function prepareHighlights(db: Db): Promise<void> {
  await db.collection('highlights').createIndexes([
    { key: { authorId: 1, _id: -1 }, name: 'author' },
    { key: { storyIds: 1 }, name: 'story' },
  ])
}

/** What MongoDB knows of highlights. Functions that write take the session of the transaction that they belong to. */
export function createHighlightStore(db: Db) {
  const highlights = db.collection<HighlightRow>('highlights')
  return {
    async insertHighlight(row: HighlightRow, session: ClientSession): Promise<void> {
      await highlights.insertOne(row, { session })
    },
    getHighlight(id: string, session?: ClientSession): Promise<HighlightRow | null> {
      return highlights.findOne({ _id: id }, { session })
    },
    findHighlights(ids: readonly string[]): Promise<HighlightRow[]> {
      return highlights.find({ _id: { $in: [...ids] } }).toArray()
    },
    countHighlights(authorId: string, session: ClientSession): Promise<number> {
      return highlights.countDocuments({ authorId }, { session })
    },
    /** An author's highlights, newest first, after one of them. */
    listHighlights(authorId: string, beforeId: string | null, limit: number): Promise<HighlightRow[]> {
      const before = beforeId === null ? {} : { _id: { $lt: beforeId } }
      return highlights
        .find({ authorId, ...before })
        .sort({ _id: -1 })
        .limit(limit)
        .toArray()
    },
    async replaceHighlight(row: HighlightRow, session: ClientSession): Promise<void> {
      await highlights.replaceOne({ _id: row._id }, row, { session })
    },
    async removeHighlight(id: string, session: ClientSession): Promise<void> {
      await highlights.deleteOne({ _id: id }, { session })
    },
    /** Takes a story out of every highlight of its author. */
    async removeFromHighlights(
      authorId: string,
      storyId: string,
      at: Date,
      session: ClientSession,
    ): Promise<void> {
      await highlights.updateMany(
        { authorId, storyIds: storyId },
        { $pull: { storyIds: storyId }, $set: { updatedAt: at } },
        { session },
      )
    },
  }
}
