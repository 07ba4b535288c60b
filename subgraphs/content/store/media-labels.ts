// Labels of `media`, and the rows of `pictureMarks`.
import type { ClientSession, Db } from 'mongodb'
import type { MediaLabel, MediaRow, PictureMarkRow, PostRow } from '../model.ts'

/** Marks that one look compares at most: each part of a hash is shared by few of them. */
const maxMarks = 1_000

/** Posts that a label changes at most. */
const maxPosts = 500

/** Indexes of labels and marks. */
export async function prepareMediaLabels(db: Db): Promise<void> {
  await Promise.all([
    db
      .collection('media')
      .createIndex(
        { unlabelled: 1, lookAfter: 1, createdAt: 1 },
        { name: 'unlabelled-due', partialFilterExpression: { unlabelled: true } },
      ),
    db.collection('pictureMarks').createIndex({ bands: 1 }, { name: 'bands' }),
  ])
}

/** What MongoDB knows of labels. Functions that write take the session of the transaction that they belong to. */
export function createMediaLabelStore(db: Db) {
  const media = db.collection<MediaRow>('media')
  const marks = db.collection<PictureMarkRow>('pictureMarks')
  const posts = db.collection<PostRow>('posts')
  return {
    /** Labels an item as it was drawn by a run of the worker; whether it still is that. */
    async setLabelling(
      { _id, fence }: Pick<MediaRow, '_id' | 'fence'>,
      set: Required<Pick<MediaRow, 'labels' | 'labelling'>>,
      at: Date,
      session: ClientSession,
    ): Promise<boolean> {
      const { matchedCount } = await media.updateOne(
        { _id, fence, status: 'READY', unlabelled: true },
        { $set: { ...set, updatedAt: at }, $unset: { unlabelled: '', lookAfter: '' } },
        { session },
      )
      return matchedCount === 1
    },
    /** Gives an item other labels; the item, or null when it is gone. */
    setMediaLabels(id: string, labels: MediaLabel[], session: ClientSession): Promise<MediaRow | null> {
      return media.findOneAndUpdate({ _id: id }, { $set: { labels } }, { session, returnDocument: 'after' })
    },
    /** Items that wait for a look and are due for one: those that were not tried yet first, of them the oldest. */
    listUnlabelled: (now: Date, limit: number): Promise<string[]> =>
      media
        .find({ unlabelled: true, lookAfter: { $not: { $gt: now } } }, { projection: { _id: 1 } })
        .sort({ lookAfter: 1, createdAt: 1 })
        .limit(limit)
        .map(({ _id }) => _id)
        .toArray(),
    /** Has items not be tried again before a time. */
    async deferLooks(ids: readonly string[], lookAfter: Date): Promise<void> {
      await media.updateMany({ _id: { $in: [...ids] }, unlabelled: true }, { $set: { lookAfter } })
    },
    countUnlabelled: (): Promise<number> => media.countDocuments({ unlabelled: true }),
    /** Marks that have a part in common with a hash. */
    findMarks: (bands: readonly string[]): Promise<PictureMarkRow[]> =>
      marks
        .find({ bands: { $in: [...bands] } })
        .limit(maxMarks)
        .toArray(),
    /**
     * Adds a mark, unless there is one. It writes in either case, so that one who lets the mark go at the same moment is met rather
     * than overlooked; a count, since a write of what is there already is none.
     */
    async putMark({ _id, ...rest }: Omit<PictureMarkRow, 'puts'>, session: ClientSession): Promise<void> {
      await marks.updateOne({ _id }, { $setOnInsert: rest, $inc: { puts: 1 } }, { upsert: true, session })
    },
    /** Has a mark stand for another review that holds it. */
    async setMark(
      id: string,
      change: Pick<PictureMarkRow, 'itemId' | 'reason'>,
      session: ClientSession,
    ): Promise<void> {
      await marks.updateOne({ _id: id }, { $set: change }, { session })
    },
    async removeMark(id: string, session: ClientSession): Promise<void> {
      await marks.deleteOne({ _id: id }, { session })
    },
    /** Ids of posts that show an item and are out, or wait for others of their items to be. */
    findPostsToLabel: (mediaId: string, session?: ClientSession): Promise<string[]> =>
      posts
        .find(
          { mediaIds: mediaId, status: { $in: ['PUBLISHED', 'ARCHIVED', 'REMOVED', 'PROCESSING'] } },
          { projection: { _id: 1 }, session },
        )
        .limit(maxPosts)
        .map(({ _id }) => _id)
        .toArray(),
  }
}
