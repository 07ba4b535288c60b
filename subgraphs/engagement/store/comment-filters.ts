// What people do not want to read in comments under their posts.
import type { Db } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import type { CommentFilterRow } from '../model.ts'

export type CommentFilterStore = ReturnType<typeof createCommentFilterStore>

export function createCommentFilterStore(db: Db) {
  const filters = db.collection<CommentFilterRow>('commentFilters')

  return {
    /** A person's words, in the order he gave; none when he has said nothing. */
    async findCommentFilter(userId: string, tx?: Transaction): Promise<string[]> {
      return (await filters.findOne({ _id: userId }, { session: tx?.session }))?.words ?? []
    },

    async putCommentFilter(tx: Transaction, row: CommentFilterRow): Promise<void> {
      await filters.replaceOne({ _id: row._id }, row, { upsert: true, session: tx.session })
    },
  }
}
