// Rows of `media`.
import type { ClientSession, Db } from 'mongodb'
import type { MediaResult, MediaRow } from '../model.ts'

/** Indexes of `media`. */
export async function prepareMedia(db: Db): Promise<void> {
  await db
    .collection('media')
    .createIndexes([{ key: { ownerId: 1, status: 1, createdAt: 1 }, name: 'owner-status' }])
}

/** What MongoDB knows of media. Functions that write take the session of the transaction that they belong to. */
export function createMediaStore(db: Db) {
  const media = db.collection<MediaRow>('media')
  return {
    async insertMedia(row: MediaRow, session: ClientSession): Promise<void> {
      await media.insertOne(row, { session })
    },
    getMedia(id: string): Promise<MediaRow | null> {
      return media.findOne({ _id: id })
    },
    findMedia(ids: readonly string[], session?: ClientSession): Promise<MediaRow[]> {
      return media.find({ _id: { $in: [...ids] } }, { session }).toArray()
    },
    /** Items of an owner that still wait for bytes and were reserved since a time. */
    countOpenUploads(ownerId: string, since: Date): Promise<number> {
      return media.countDocuments({ ownerId, status: 'PENDING', createdAt: { $gte: since } })
    },
    /** PENDING or FAILED becomes PROCESSING; whether it was one of them. */
    async startProcessing(id: string, at: Date, session: ClientSession): Promise<boolean> {
      const result = await media.updateOne(
        { _id: id, status: { $in: ['PENDING', 'FAILED'] } },
        { $set: { status: 'PROCESSING', failure: null, progress: 0, updatedAt: at } },
        { session },
      )
      return result.matchedCount === 1
    },
    /** The item as it now is; null when it is gone. */
    setAltText(
      id: string,
      altText: string | null,
      at: Date,
      session: ClientSession,
    ): Promise<MediaRow | null> {
      return media.findOneAndUpdate(
        { _id: id },
        { $set: { altText, updatedAt: at } },
        { session, returnDocument: 'after' },
      )
    },
    /**
     * The items of an owner, written to, so that this transaction and one that changes their state or removes them cannot
     * both go unnoticed.
     */
    async takeMedia(
      ownerId: string,
      ids: readonly string[],
      session: ClientSession,
    ): Promise<Map<string, MediaRow>> {
      const filter = { _id: { $in: [...ids] }, ownerId }
      await media.updateMany(filter, { $inc: { uses: 1 } }, { session })
      const rows = await media.find(filter, { session }).toArray()
      return new Map(rows.map((row) => [row._id, row]))
    },
    async removeMedia(id: string, session: ClientSession): Promise<void> {
      await media.deleteOne({ _id: id }, { session })
    },

    /** Begins a run of the worker: the row with the run's number; null when there is nothing to process. */
    claimProcessing(id: string): Promise<MediaRow | null> {
      return media.findOneAndUpdate(
        { _id: id, status: 'PROCESSING' },
        { $inc: { fence: 1 } },
        { returnDocument: 'after' },
      )
    },
    /** Raises the progress of a run; whether it did. */
    async setProgress(
      { _id, fence }: Pick<MediaRow, '_id' | 'fence'>,
      progress: number,
      at: Date,
      session: ClientSession,
    ): Promise<boolean> {
      const result = await media.updateOne(
        { _id, fence, status: 'PROCESSING', progress: { $lt: progress } },
        { $set: { progress, updatedAt: at } },
        { session },
      )
      return result.matchedCount === 1
    },
    /** PROCESSING becomes READY; whether this run was still the one to say so. */
    async finishProcessing(
      { _id, fence }: Pick<MediaRow, '_id' | 'fence'>,
      result: MediaResult,
      at: Date,
      session: ClientSession,
    ): Promise<boolean> {
      const { matchedCount } = await media.updateOne(
        { _id, fence, status: 'PROCESSING' },
        { $set: { ...result, status: 'READY', progress: 100, failure: null, updatedAt: at } },
        { session },
      )
      return matchedCount === 1
    },
    /** PROCESSING becomes FAILED; whether this run was still the one to say so. */
    async failProcessing(
      { _id, fence }: Pick<MediaRow, '_id' | 'fence'>,
      failure: { code: string; message: string },
      at: Date,
      session: ClientSession,
    ): Promise<boolean> {
      const { matchedCount } = await media.updateOne(
        { _id, fence, status: 'PROCESSING' },
        { $set: { status: 'FAILED', failure, updatedAt: at } },
        { session },
      )
      return matchedCount === 1
    },
  }
}
