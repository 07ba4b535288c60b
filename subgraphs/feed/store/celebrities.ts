import type { Db } from 'mongodb'
import type { CelebrityRow } from '../model.ts'

export interface Celebrities {
  /** The row of an author; null when he is none. */
  get(authorId: string): Promise<CelebrityRow | null>
  /** Those of the authors who are celebrities, marked or being marked. */
  among(authorIds: readonly string[]): Promise<string[]>
  /** Makes an author a celebrity whose followers' timelines are yet to be marked. Answers his row. */
  insert(authorId: string): Promise<CelebrityRow>
  /** Says that all his followers' timelines are marked. */
  setMarked(authorId: string): Promise<void>
  /** His posts are pushed again. */
  delete(authorId: string): Promise<void>
}

/** The celebrities of one database. */
export function createCelebrities(db: Db): Celebrities {
  const rows = db.collection<CelebrityRow>('celebrities')
  return {
    get: (authorId) => rows.findOne({ _id: authorId }),
    async among(authorIds) {
      if (authorIds.length === 0) return []
      return rows
        .find({ _id: { $in: [...authorIds] } }, { projection: { _id: 1 } })
        .map((row) => row._id)
        .toArray()
    },
    async insert(authorId) {
      const row = await rows.findOneAndUpdate(
        { _id: authorId },
        { $setOnInsert: { createdAt: new Date(), markedAt: null } },
        { upsert: true, returnDocument: 'after' },
      )
      if (!row) throw new Error('an upsert answered nothing')
      return row
    },
    async setMarked(authorId) {
      await rows.updateOne({ _id: authorId }, { $set: { markedAt: new Date() } })
    },
    async delete(authorId) {
      await rows.deleteOne({ _id: authorId })
    },
  }
}
