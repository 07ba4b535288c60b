// Rows of comments. Their ids ascend in time, so lists are sorted by id.
import type { Db, Filter } from 'mongodb'
import { byId, createGatherer } from '#platform/loader.ts'
import type { Transaction } from '#platform/mongo.ts'
import type { CommentRow, Withholding } from '../model.ts'
import { lacking } from './reactions.ts'

const alive = { deletedAt: null }
const inThread = { parentId: { $gt: '' } }
/** Some reason is there. */
export const isKeptBack = { withheld: { $gt: '' as Withholding } }

/** Comments of one writer that are marked at once. */
const markedAtOnce = 1_000

export async function prepareComments(db: Db): Promise<void> {
  await db.collection('comments').createIndexes([
    { key: { postId: 1, parentId: 1, _id: -1 }, name: 'post', partialFilterExpression: alive },
    { key: { postId: 1, parentId: 1, score: -1, _id: -1 }, name: 'top', partialFilterExpression: alive },
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
    {
      key: { postId: 1, authorId: 1 },
      name: 'withheld',
      partialFilterExpression: { ...isKeptBack, ...alive },
    },
    {
      key: { parentId: 1, authorId: 1 },
      name: 'withheld-replies',
      partialFilterExpression: { ...isKeptBack, ...alive, ...inThread },
    },
    { key: { ownerId: 1, authorId: 1, _id: 1 }, name: 'between' },
    {
      key: { ownerId: 1, authorId: 1, withheld: 1 },
      name: 'withheld-between',
      partialFilterExpression: isKeptBack,
    },
  ])
}

export type CommentStore = ReturnType<typeof createCommentStore>

export function createCommentStore(db: Db) {
  const comments = db.collection<CommentRow>('comments')

  const listComments = (ids: readonly string[], tx?: Transaction): Promise<CommentRow[]> =>
    comments.find({ _id: { $in: [...ids] }, ...alive }, { session: tx?.session }).toArray()
  return {
    async insertComment(tx: Transaction, row: CommentRow): Promise<void> {
      await comments.insertOne(row, { session: tx.session })
    },

    /** Comments that are not deleted, by id. */
    listComments,
    /** The same by id, in one read with whatever else is asked at the moment. */
    gatherComments: createGatherer(async (ids) => byId(await listComments(ids))),

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

    async editComment(
      tx: Transaction,
      commentId: string,
      { text, mentions }: Pick<CommentRow, 'text' | 'mentions'>,
      at: Date,
    ): Promise<void> {
      const change = { $set: { text, mentions: mentions ?? [], editedAt: at } }
      await comments.updateOne({ _id: commentId }, change, { session: tx.session })
    },

    /** Says on the comment itself that it is pinned; the post's row of pins is the caller's. */
    async markPinned(tx: Transaction, commentId: string, at: Date | null): Promise<void> {
      const change = at ? { $set: { pinnedAt: at } } : { $unset: { pinnedAt: true as const } }
      await comments.updateOne({ _id: commentId }, change, { session: tx.session })
    },

    /** Takes a comment down at a time; null brings it back, hidden only if it was before. */
    async markRemoved(tx: Transaction, commentId: string, at: Date | null): Promise<void> {
      const change = at
        ? [{ $set: { removedAt: at, hiddenAt: { $ifNull: ['$hiddenAt', at] } } }]
        : [
            {
              $set: {
                hiddenAt: { $cond: [{ $eq: ['$hiddenAt', '$removedAt'] }, '$$REMOVE', '$hiddenAt'] },
                removedAt: '$$REMOVE',
              },
            },
          ]
      await comments.updateOne({ _id: commentId }, change, { session: tx.session })
    },

    /** Notes that a comment is, or is no longer, withheld for a reason. */
    async markWithheld(tx: Transaction, commentIds: readonly string[], why: Withholding, on: boolean) {
      if (commentIds.length === 0) return
      const change = on ? { $addToSet: { withheld: why } } : { $pull: { withheld: why } }
      await comments.updateMany({ _id: { $in: [...commentIds] } }, change, { session: tx.session })
    },

    /** Notes on all that somebody wrote under an account's posts that it restricts him; in parts, safe to repeat. */
    async markRestricted({ ownerId, authorId }: Pick<CommentRow, 'ownerId' | 'authorId'>): Promise<void> {
      const withheld = { $ne: 'RESTRICTED' as const }
      for (let found: string[] | null = null; !found || found.length === markedAtOnce; ) {
        found = await comments
          .find({ ownerId, authorId, withheld }, { projection: { _id: 1 } })
          .limit(markedAtOnce)
          .map((row) => row._id)
          .toArray()
        if (found.length > 0) {
          await comments.updateMany(
            { _id: { $in: found } },
            { $addToSet: { withheld: 'RESTRICTED' as const } },
          )
        }
      }
    },

    /** Takes that note from all that people wrote under the posts of accounts that do not restrict them. */
    async markUnrestricted(pairs: readonly Pick<CommentRow, 'ownerId' | 'authorId'>[]): Promise<void> {
      if (pairs.length === 0) return
      await comments.updateMany(
        {
          $or: pairs.map(({ ownerId, authorId }) => ({
            ownerId,
            authorId,
            withheld: 'RESTRICTED' as const,
          })),
        },
        { $pull: { withheld: 'RESTRICTED' as const } },
      )
    },

    async markHidden(tx: Transaction, commentId: string, at: Date | null): Promise<void> {
      const change = at ? { $set: { hiddenAt: at } } : { $unset: { hiddenAt: true as const } }
      await comments.updateOne({ _id: commentId }, change, { session: tx.session })
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

    /** Ids of comments and replies of a post, deleted ones too. */
    listCommentIds(postId: string, limit: number): Promise<string[]> {
      return comments
        .find(
          {
            $or: [
              { postId, ...alive },
              { postId, uncounted: lacking },
            ],
          },
          { projection: { _id: 1 } },
        )
        .limit(limit)
        .map((row) => row._id)
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

    /** Adds likes and replies to the scores of comments. */
    async addToScores(tx: Transaction, differences: ReadonlyMap<string, number>): Promise<void> {
      const operations = [...differences]
        .filter(([, difference]) => difference !== 0)
        .map(([_id, difference]) => ({
          updateOne: { filter: { _id }, update: { $inc: { score: difference } } },
        }))
      if (operations.length > 0) await comments.bulkWrite(operations, { session: tx.session, ordered: false })
    },

    async setScore(tx: Transaction, commentId: string, score: number): Promise<void> {
      await comments.updateOne({ _id: commentId }, { $set: { score } }, { session: tx.session })
    },

    /** Ids of a post's top-level comments with the highest scores, highest first, of equal ones the newest. */
    listBest(postId: string, limit: number): Promise<string[]> {
      return comments
        .find({ postId, parentId: null, ...alive }, { projection: { _id: 1 } })
        .sort({ score: -1, _id: -1 })
        .limit(limit)
        .map((row) => row._id)
        .toArray()
    },

    /** A post's top-level comments but some, newest first, after an id. */
    listTopLevel(
      postId: string,
      afterId: string | null,
      limit: number,
      but: readonly string[],
    ): Promise<CommentRow[]> {
      const filter: Filter<CommentRow> = { postId, parentId: null, ...alive, _id: { $nin: [...but] } }
      if (afterId) filter._id = { $nin: [...but], $lt: afterId }
      return comments.find(filter).sort({ _id: -1 }).limit(limit).toArray()
    },

    /** A comment's replies, oldest first, after an id. */
    listReplies(parentId: string, afterId: string | null, limit: number): Promise<CommentRow[]> {
      const filter: Filter<CommentRow> = { parentId, ...alive }
      if (afterId) filter._id = { $gt: afterId }
      return comments.find(filter).sort({ _id: 1 }).limit(limit).toArray()
    },

    /** Ids of a post's newest top-level comments that are counted, as the transaction sees them. */
    listNewestCounted(tx: Transaction, postId: string, limit: number): Promise<string[]> {
      return comments
        .find(
          { postId, parentId: null, ...alive, uncounted: 0 },
          { projection: { _id: 1 }, session: tx.session },
        )
        .sort({ _id: -1 })
        .limit(limit)
        .map((row) => row._id)
        .toArray()
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
