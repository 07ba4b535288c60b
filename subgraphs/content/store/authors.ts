// Rows of `authors`: what Content keeps of an account. Shard key: `_id`.
import type { ClientSession, Db } from 'mongodb'
import type { AuthorRow } from '../model.ts'

/** What MongoDB knows of authors. */
export function createAuthorStore(db: Db) {
  const authors = db.collection<AuthorRow>('authors')
  return {
    /** Ids of an author's pinned posts, the last pinned first. */
    async getPins(authorId: string, session?: ClientSession): Promise<string[]> {
      return (await authors.findOne({ _id: authorId }, { session }))?.pinnedPostIds ?? []
    },
    /** The same of many authors; those without pins are left out. */
    async findPins(authorIds: readonly string[]): Promise<Map<string, string[]>> {
      const rows = await authors.find({ _id: { $in: [...authorIds] } }).toArray()
      return new Map(rows.flatMap(({ _id, pinnedPostIds }) => (pinnedPostIds ? [[_id, pinnedPostIds]] : [])))
    },
    /** Writes an author's pins whole; racing transactions on them conflict, and one runs again. */
    async putPins(authorId: string, pinnedPostIds: string[], session: ClientSession): Promise<void> {
      await authors.updateOne({ _id: authorId }, { $set: { pinnedPostIds } }, { session, upsert: true })
    },
    /** Whether an author's posts count where posts are counted; null while that is being changed. */
    async getCounting(authorId: string): Promise<boolean | null> {
      const row = await authors.findOne({ _id: authorId }, { projection: { counting: 1 } })
      return row?.counting === undefined ? true : row.counting
    },
    async setCounting(authorId: string, counting: boolean | null): Promise<void> {
      await authors.updateOne({ _id: authorId }, { $set: { counting } }, { upsert: true })
    },
  }
}
