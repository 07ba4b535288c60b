// Rows of `media`: where their objects lie, and the moves.
import type { ClientSession, Db } from 'mongodb'
import type { MediaRow, PostRow } from '../model.ts'

/** Indexes for moves. */
export async function prepareMediaExposure(db: Db): Promise<void> {
  await db.collection('media').createIndexes([
    { key: { ownerId: 1, exposure: 1, _id: 1 }, name: 'owner-exposure' },
    { key: { 'leaving.at': 1 }, name: 'leaving', sparse: true },
    { key: { updatedAt: 1 }, name: 'warm-originals', partialFilterExpression: { isWarm: true } },
  ])
}

type Placed = Pick<MediaRow, '_id' | 'prefix' | 'moves'>

/** What MongoDB knows of where objects lie. */
export function createMediaExposureStore(db: Db) {
  const media = db.collection<MediaRow>('media')
  const posts = db.collection<PostRow>('posts')
  // Rows from before there were moves lack the number; `null` finds those.
  const asRead = ({ _id, prefix, moves }: Placed) => ({
    _id,
    status: 'READY' as const,
    prefix,
    moves: moves ?? (null as never),
  })
  return {
    /** Those of the items that a post for everyone shows, or will when its media are READY. */
    async findPublicUses(mediaIds: readonly string[]): Promise<Set<string>> {
      const found = await Promise.all(
        mediaIds.map((id) =>
          posts.findOne(
            { mediaIds: id, status: { $in: ['PUBLISHED', 'PROCESSING'] }, audience: 'PUBLIC' },
            { projection: { _id: 1 } },
          ),
        ),
      )
      return new Set(mediaIds.filter((_, i) => found[i]))
    },
    /** The media of posts, deleted ones included. */
    async findMediaIdsOfPosts(postIds: readonly string[]): Promise<string[]> {
      const rows = await posts.find({ _id: { $in: [...postIds] } }, { projection: { mediaIds: 1 } }).toArray()
      return [...new Set(rows.flatMap((row) => row.mediaIds))]
    },
    /** READY items of an owner that lie under a prefix, by id after one. */
    async listByExposure(
      ownerId: string,
      exposure: 'public' | 'private',
      afterId: string | null,
      limit: number,
    ): Promise<string[]> {
      const rows = await media
        .find(
          { ownerId, exposure, ...(afterId === null ? {} : { _id: { $gt: afterId } }) },
          { projection: { _id: 1 } },
        )
        .sort({ _id: 1 })
        .limit(limit)
        .toArray()
      return rows.map((row) => row._id)
    },
    /** Items with objects that a move left behind before a time. */
    async listLeaving(before: Date, limit: number): Promise<string[]> {
      const rows = await media
        .find({ 'leaving.at': { $lt: before } }, { projection: { _id: 1 } })
        .limit(limit)
        .toArray()
      return rows.map((row) => row._id)
    },
    /** Items that have not changed since a time and whose originals are in the usual storage, the longest unchanged first. */
    listWarmOriginals(before: Date, limit: number): Promise<MediaRow[]> {
      return media
        .find({ isWarm: true, updatedAt: { $lt: before } }, { comment: 'background' })
        .sort({ updatedAt: 1 })
        .limit(limit)
        .toArray()
    },
    /** The item's original is in cold storage, unless the item has moved meanwhile. */
    async markCold(row: Placed): Promise<void> {
      await media.updateOne(asRead(row), { $set: { isWarm: false } })
    },
    /** Notes where a move is going; false when the item has moved meanwhile. */
    async beginMove(row: Placed, to: string): Promise<boolean> {
      const { matchedCount } = await media.updateOne(asRead(row), { $set: { moving: to } })
      return matchedCount === 1
    },
    /** Switches the row to the copies; false when the item has moved, or the move was given up. */
    async endMove(row: Placed, keys: Partial<MediaRow>, at: Date): Promise<boolean> {
      const { matchedCount } = await media.updateOne(asRead(row), {
        $set: { ...keys, moving: null },
        $inc: { moves: 1 },
        $push: { leaving: { prefix: row.prefix ?? '', at } },
      })
      return matchedCount === 1
    },
    /** Takes back a move that has not switched; false when it has. */
    async giveUpMove(row: Placed): Promise<boolean> {
      const { matchedCount } = await media.updateOne(asRead(row), {
        $set: { moving: null },
        $inc: { moves: 1 },
      })
      return matchedCount === 1
    },
    /** Names the captions; false when the item has moved meanwhile, or other captions came. Ends a move that is going on. */
    async setCaptions(
      row: Placed,
      captions: Required<Pick<MediaRow, 'captions' | 'captionedHlsKey'>>,
      at: Date,
      session: ClientSession,
    ): Promise<boolean> {
      const { matchedCount } = await media.updateOne(
        asRead(row),
        { $set: { ...captions, updatedAt: at }, $inc: { moves: 1 } },
        { session },
      )
      return matchedCount === 1
    },
    /** The objects under a prefix are gone. */
    async forgetLeaving(id: string, prefix: string): Promise<void> {
      await media.updateOne({ _id: id }, { $pull: { leaving: { prefix } } })
    },
  }
}
