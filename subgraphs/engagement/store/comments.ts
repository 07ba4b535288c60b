// Rows of comments. Their ids ascend in time, so lists are sorted by id.
import type { Db, Filter } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import type { CommentRow } from '../model.ts'
import { lacking } from './reactions.ts'

const inThread = { parentId: { $gt: '' } }

export async function prepareComments(db: Db): Promise<void> {
  await db.collection('comments').createIndexes([
    { key: { postId: 1, parentId: 1, _id: -1 }, name: 'post', partialFilterExpression: { deletedAt: null } },
    { key: { parentId: 1, _id: 1 }, name: 'thread', partialFilterExpression: inThread },
    {
      key: { postId: 1, uncounted: 1 },
      name: 'uncounted',
      partialFilterExpression: { uncounted: lacking },
    },
    {
      key: { parentId: 1, uncounted: 1 },
      name: 'uncounted-replies',
      partialFilterExpression: { uncounted: lacking, ...inThread },
    },
  ])
}

export function createCommentStore(db: Db) {
  const comments = db.collection<CommentRow>('comments')

  return {
    async insertComment(tx: Transaction, row: CommentRow): Promise<void> {
      await comments.insertOne(row, { session: tx.session })
    },

    /** Comments that are not deleted, by id. */
    listComments(ids: readonly string[], tx?: Transaction): Promise<CommentRow[]> {
      return comments.find({ _id: { $in: [...ids] }, deletedAt: null }, { session: tx?.session }).toArray()
    },

    /** Comments by id, deleted ones too, as the transaction sees them. */
    findComments(tx: Transaction, ids: readonly string[]): Promise<CommentRow[]> {
      return comments.find({ _id: { $in: [...ids] } }, { session: tx.session }).toArray()
    },

    /** Deletes a comment with its replies; answers the comment as it was, null when it was gone already. */
    async tombstoneThread(tx: Transaction, commentId: string, at: Date): Promise<CommentRow | null> {
      const { session } = tx
      const tombstone = { $set: { deletedAt: at }, $inc: { uncounted: -1 } }
      const root = await comments.findOneAndUpdate({ _id: commentId, deletedAt: null }, tombstone, {
        session,
        returnDocument: 'before',
      })
      if (root && root.parentId === null) {
        await comments.updateMany({ parentId: commentId, deletedAt: null }, tombstone, { session })
      }
      return root
    },

    /** Replies of comments, deleted ones too, as the transaction sees them. */
    listThreads(tx: Transaction, parentIds: readonly string[], limit: number): Promise<CommentRow[]> {
      return comments
        .find({ parentId: { $in: [...parentIds] } }, { session: tx.session })
        .limit(limit)
        .toArray()
    },

    async settleComments(tx: Transaction, ids: readonly string[]): Promise<void> {
      if (ids.length === 0) return
      await comments.updateMany(
        { _id: { $in: [...ids] } },
        { $set: { uncounted: 0 } },
        { session: tx.session },
      )
    },

    async removeComments(tx: Transaction, ids: readonly string[]): Promise<void> {
      if (ids.length === 0) return
      await comments.deleteMany({ _id: { $in: [...ids] } }, { session: tx.session })
    },

    /** A post's top-level comments, newest first, after an id. */
    listTopLevel(postId: string, afterId: string | null, limit: number): Promise<CommentRow[]> {
      const filter: Filter<CommentRow> = { postId, parentId: null, deletedAt: null }
      if (afterId) filter._id = { $lt: afterId }
      return comments.find(filter).sort({ _id: -1 }).limit(limit).toArray()
    },

    /** A comment's replies, oldest first, after an id. */
    listReplies(parentId: string, afterId: string | null, limit: number): Promise<CommentRow[]> {
      const filter: Filter<CommentRow> = { parentId, deletedAt: null }
      if (afterId) filter._id = { $gt: afterId }
      return comments.find(filter).sort({ _id: 1 }).limit(limit).toArray()
    },

    /** The newest `limit` top-level comments of each of many posts, newest first, in one round trip bounded per post. */
    async listNewest(postIds: readonly string[], limit: number): Promise<Map<string, CommentRow[]>> {
      const found = await db
        .aggregate<{ postId: string; comments: CommentRow[] }>([
          { $documents: postIds.map((postId) => ({ postId })) },
          {
            $lookup: {
              from: 'comments',
              localField: 'postId',
              foreignField: 'postId',
              pipeline: [
                { $match: { parentId: null, deletedAt: null } },
                { $sort: { _id: -1 } },
                { $limit: limit },
              ],
              as: 'comments',
            },
          },
        ])
        .toArray()
      return new Map(found.map((row) => [row.postId, row.comments]))
    },
  }
}
