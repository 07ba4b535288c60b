// Rows of `posts`.
import type { ClientSession, Db, Filter } from 'mongodb'
import { byId, createGatherer } from '#platform/loader.ts'
import type { PostPosition } from '#platform/posts.ts'
import { createRecent } from '#platform/recent.ts'
import type { LivePost, PostCount, PostKind, PostRow } from '../model.ts'

/** Posts that are looked at to find out whether someone may see a page of media. */
const maxUsesRead = 2_000

/** Indexes of `posts`. */
export async function preparePosts(db: Db): Promise<void> {
  await db.collection('posts').createIndexes([
    // Lists newest first; the audience is there for the counts, which read nothing but this index.
    { key: { authorId: 1, status: 1, publishedAt: -1, _id: -1, audience: 1 }, name: 'author-published' },
    { key: { mediaIds: 1, status: 1, _id: -1 }, name: 'media' },
    // What its author alone sees: drafts, schedules, the archive.
    { key: { authorId: 1, status: 1, _id: -1 }, name: 'author-status' },
    {
      key: { authorId: 1, publishedAt: -1, _id: -1 },
      name: 'author-reels',
      partialFilterExpression: { kind: 'REEL', status: 'PUBLISHED' },
    },
    { key: { scheduledAt: 1 }, name: 'due', partialFilterExpression: { status: 'SCHEDULED' } },
  ])
}

/** What MongoDB knows of posts. Functions that write take the session of the transaction that they belong to. */
export function createPostStore(db: Db) {
  const posts = db.collection<PostRow>('posts')
  const live = db.collection<LivePost>('posts')
  const notDeleted: Filter<LivePost> = {
    status: { $in: ['DRAFT', 'SCHEDULED', 'PROCESSING', 'PUBLISHED', 'ARCHIVED', 'REMOVED'] },
  }
  const findPosts = (ids: readonly string[]): Promise<LivePost[]> =>
    live.find({ _id: { $in: [...ids] }, ...notDeleted }).toArray()
  return {
    async insertPost(row: LivePost, session: ClientSession): Promise<void> {
      await live.insertOne(row, { session })
    },
    getPost(id: string, session?: ClientSession): Promise<LivePost | null> {
      return live.findOne({ _id: id, ...notDeleted }, { session })
    },
    findPosts,
    /** The same by id, in one read with whatever else is asked at the moment. */
    gatherPosts: createRecent(
      db,
      createGatherer(async (ids) => byId(await findPosts(ids))),
    ),
    /** The media of a deleted post; null unless there is such a tombstone. */
    async getDeletedMediaIds(id: string): Promise<string[] | null> {
      const row = await posts.findOne({ _id: id, status: 'DELETED' }, { projection: { mediaIds: 1 } })
      return row?.mediaIds ?? null
    },
    /** Published posts of an author, newest first, after a position; without some of them, or reels only. */
    listPublishedPosts(
      authorId: string,
      after: PostPosition | null,
      limit: number,
      only: { kind?: PostKind; without?: readonly string[] } = {},
    ): Promise<LivePost[]> {
      const filter: Filter<LivePost> = { authorId, status: 'PUBLISHED' }
      if (only.kind) filter.kind = only.kind
      if (only.without?.length) filter._id = { $nin: [...only.without] }
      if (after) {
        const at = new Date(after.publishedAt)
        // The bound apart from the tie-break, so that the index is entered at the position instead of at the newest post.
        filter.publishedAt = { $lte: at }
        filter.$or = [{ publishedAt: { $lt: at } }, { _id: { $lt: after.id } }]
      }
      return live.find(filter).sort({ publishedAt: -1, _id: -1 }).limit(limit).toArray()
    },
    /** An author's posts that stand at one of some places, newest first, after one of them. */
    listPostsByStatus(
      authorId: string,
      status: readonly LivePost['status'][],
      afterId: string | null,
      limit: number,
    ): Promise<LivePost[]> {
      const filter: Filter<LivePost> = { authorId, status: { $in: [...status] } }
      if (afterId) filter._id = { $lt: afterId }
      return live.find(filter).sort({ _id: -1 }).limit(limit).toArray()
    },
    /** Ids of an author's published posts that are on the page of a hashtag or of a place, in order, after one of them. */
    listTopicPostIds(authorId: string, afterId: string | null, limit: number): Promise<string[]> {
      const onTopics: Filter<PostRow> = {
        $or: [{ 'hashtags.0': { $exists: true } }, { placeId: { $ne: null } }],
      }
      return posts
        .find(
          { authorId, status: 'PUBLISHED', ...(afterId ? { _id: { $gt: afterId } } : {}), ...onTopics },
          { projection: { _id: 1 } },
        )
        .sort({ _id: 1 })
        .limit(limit)
        .map((row) => row._id)
        .toArray()
    },
    /** Ids of the posts whose time has come, the longest due first. */
    findDuePostIds(now: Date, limit: number): Promise<string[]> {
      return posts
        .find(
          { status: 'SCHEDULED', scheduledAt: { $lte: now } },
          { projection: { _id: 1 }, comment: 'background' },
        )
        .sort({ scheduledAt: 1 })
        .limit(limit)
        .map((row) => row._id)
        .toArray()
    },
    /** Changes fields of a post that is not deleted, and counts up its version. */
    async setPost(
      id: string,
      change: Partial<Omit<LivePost, '_id' | 'version'>>,
      session: ClientSession,
    ): Promise<void> {
      await live.updateOne({ _id: id, ...notDeleted }, { $set: change, $inc: { version: 1 } }, { session })
    },
    /** How many published posts each author has. */
    async countPosts(authorIds: readonly string[]): Promise<Map<string, PostCount>> {
      const counts = await posts
        .aggregate<{ _id: string } & PostCount>([
          { $match: { authorId: { $in: [...authorIds] }, status: 'PUBLISHED' } },
          { $project: { _id: 0, authorId: 1, audience: 1 } },
          {
            $group: {
              _id: '$authorId',
              total: { $sum: 1 },
              shared: { $sum: { $cond: [{ $in: ['$audience', ['PUBLIC', 'FOLLOWERS']] }, 1, 0] } },
            },
          },
        ])
        .toArray()
      return new Map(counts.map(({ _id, total, shared }) => [_id, { total, shared }]))
    },
    /** Published posts that use any of these items, newest first. */
    findPostsUsing(mediaIds: readonly string[]): Promise<Pick<PostRow, '_id' | 'mediaIds'>[]> {
      return posts
        .find(
          { mediaIds: { $in: [...mediaIds] }, status: 'PUBLISHED' },
          { projection: { mediaIds: 1 }, sort: { _id: -1 }, limit: maxUsesRead },
        )
        .toArray()
    },
    /** Whether a post that is not deleted uses the item. */
    async isUsed(mediaId: string, session: ClientSession): Promise<boolean> {
      const found = await live.findOne(
        { mediaIds: mediaId, ...notDeleted },
        { session, projection: { _id: 1 } },
      )
      return found !== null
    },
    /** Ids of the posts that wait for any of these items. */
    findWaitingPostIds(mediaIds: readonly string[]): Promise<string[]> {
      return posts
        .find({ mediaIds: { $in: [...mediaIds] }, status: 'PROCESSING' }, { projection: { _id: 1 } })
        .map((row) => row._id)
        .toArray()
    },
    /** Makes a post a tombstone; the post as it was, or null when the author has no such post. */
    deletePost(id: string, authorId: string, at: Date, session: ClientSession): Promise<LivePost | null> {
      return live.findOneAndUpdate(
        { _id: id, authorId, ...notDeleted },
        // A tombstone is what `PostRow` knows and `LivePost` does not.
        { $set: { status: 'DELETED' as never, caption: null, updatedAt: at }, $inc: { version: 1 } },
        { session, returnDocument: 'before' },
      )
    },
  }
}
