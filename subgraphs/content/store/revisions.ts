// Rows of `revisions`: what posts said before they were edited. Shard key: `postId`.
import type { ClientSession, Db } from 'mongodb'
import type { RevisionRow } from '../model.ts'

/** Index of `revisions`. */
export async function prepareRevisions(db: Db): Promise<void> {
  await db.collection('revisions').createIndexes([{ key: { postId: 1, _id: -1 }, name: 'post' }])
}

/** What MongoDB knows of revisions. */
export function createRevisionStore(db: Db) {
  const revisions = db.collection<RevisionRow>('revisions')
  return {
    async insertRevision(row: RevisionRow, session: ClientSession): Promise<void> {
      await revisions.insertOne(row, { session })
    },
    /** A post's revisions, newest first, after one of them. */
    listRevisions(postId: string, afterId: string | null, limit: number): Promise<RevisionRow[]> {
      return revisions
        .find({ postId, ...(afterId ? { _id: { $lt: afterId } } : {}) })
        .sort({ _id: -1 })
        .limit(limit)
        .toArray()
    },
    async deleteRevisions(postId: string): Promise<void> {
      await revisions.deleteMany({ postId })
    },
  }
}
