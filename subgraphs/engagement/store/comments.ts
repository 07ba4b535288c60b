// Rows of comments. Their ids ascend in time, so lists are sorted by id.
import type { Db, Filter } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import type { CommentRow } from '../model.ts'
import { lacking } from './reactions.ts'

const alive = { deletedAt: null }
const inThread = { parentId: { $gt: '' } }

export async function prepareComments(db: Db): Promise<void> {
  await db.collection('comments').createIndexes([
    { key: { postId: 1, parentId: 1, _id: -1 }, name: 'post', partialFilterExpression: alive },
    { key: { parentId: 1, _id: 1 }, name: 'thread', partialFilterExpression: { ...alive, ...inThread } },
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

export type CommentStore = ReturnType<typeof createCommentStore>

export function createCommentStore(db: Db) {
  const comments = db.collection<CommentRow>('comments')

  return {
    async insertComment(tx: Transaction, row: CommentRow): Promise<void> {
      await comments.insertOne(row, { session: tx.session })
    },

    /** Comments that are not deleted, by id. */
    listComments(ids: readonly string[], tx?: Transaction): Promise<CommentRow[]> {
      return comments.find({ _id: { $in: [...ids] }, ...alive }, { session: tx?.session }).toArray()
    },

    /** Comments by id, deleted ones too, as the transaction sees them. */
    findComments(tx: Transaction, ids: readonly string[]): Promise<CommentRow[]> {
      return comments.find({ _id: { $in: [...ids] } }, { session: tx.session }).toArray()
    },

    /**
     * Deletes a comment with its replies; answers the comment as it was, null when it was gone already. Those that their
     * counters have not heard of go at once, the others when they have.
     */
    async tombstoneThread(tx: Transaction, commentId: string, at: Date): Promise<CommentRow | null> {
      const { session } = tx
      const root = await comments.findOne({ _id: commentId, ...alive }, { session })
      if (!root) return null
      const parts: Filter<CommentRow>[] = [{ _id: commentId }]
      if (root.parentId === null) parts.push({ parentId: commentId })
      for (const part of parts) {
        await comments.deleteMany({ ...part, ...alive, uncounted: 1 }, { session })
        await comments.updateMany(
          { ...part, ...alive },
          { $set: { deletedAt: at, uncounted: -1 } },
          { session },
        )
      }
      return root
    },

    /** Replies of comments, deleted ones too, as the transaction sees them. */
    listThreads(tx: Transaction, parentIds: readonly string[], limit: number): Promise<CommentRow[]> {
      const parentId = { $in: [...parentIds] }
      return comments
        .find(
          {
            $or: [
              { parentId, ...alive },
              { parentId, uncounted: lacking },
            ],
          },
          { session: tx.session },
        )
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
      const filter: Filter<CommentRow> = { postId, parentId: null, ...alive }
      if (afterId) filter._id = { $lt: afterId }
      return comments.find(filter).sort({ _id: -1 }).limit(limit).toArray()
    },

    /** A comment's replies, oldest first, after an id. */
    listReplies(parentId: string, afterId: string | null, limit: number): Promise<CommentRow[]> {
      const filter: Filter<CommentRow> = { parentId, ...alive }
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
              pipeline: [{ $match: { parentId: null, ...alive } }, { $sort: { _id: -1 } }, { $limit: limit }],
              as: 'comments',
            },
          },
        ])
        .toArray()
      return new Map(found.map((row) => [row.postId, row.comments]))
    },
  }
}
