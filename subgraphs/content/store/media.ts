// Rows of `media`.
import type { ClientSession, Db, Filter } from 'mongodb'
import { byId, createGatherer } from '#platform/loader.ts'
import { createRecent } from '#platform/recent.ts'
import type { MediaResult, MediaRow } from '../model.ts'

/** What an owner has reserved on one day. */
interface QuotaRow {
  /** `<ownerId>:<YYYY-MM-DD>` */
  _id: string
  bytes: number
  at: Date
}

/** Items that a run of the worker may finish. */
const inProcess: Filter<MediaRow> = { $or: [{ status: 'PROCESSING' }, { status: 'READY', unfinished: true }] }

/** Indexes of `media`. */
export async function prepareMedia(db: Db): Promise<void> {
  await Promise.all([
    db.collection('media').createIndexes([
      { key: { ownerId: 1, status: 1, createdAt: 1 }, name: 'owner-status' },
      { key: { createdAt: 1 }, name: 'unfinished', partialFilterExpression: { status: 'PENDING' } },
    ]),
    db.collection('uploadQuotas').createIndex({ at: 1 }, { name: 'expiry', expireAfterSeconds: 2 * 86_400 }),
  ])
}

/** What MongoDB knows of media. Functions that write take the session of the transaction that they belong to. */
export function createMediaStore(db: Db) {
  const media = db.collection<MediaRow>('media')
  const quotas = db.collection<QuotaRow>('uploadQuotas')
  const findMedia = (ids: readonly string[], session?: ClientSession): Promise<MediaRow[]> =>
    media.find({ _id: { $in: [...ids] } }, { session }).toArray()
  return {
    async insertMedia(row: MediaRow, session: ClientSession): Promise<void> {
      await media.insertOne(row, { session })
    },
    getMedia(id: string): Promise<MediaRow | null> {
      return media.findOne({ _id: id })
    },
    findMedia,
    /** The same by id, in one read with whatever else is asked at the moment. */
    gatherMedia: createRecent(
      db,
      createGatherer(async (ids) => byId(await findMedia(ids))),
    ),
    /** Items of an owner that still wait for bytes and were reserved since a time. */
    countOpenUploads(ownerId: string, since: Date): Promise<number> {
      return media.countDocuments({ ownerId, status: 'PENDING', createdAt: { $gte: since } })
    },
    /** Counts bytes against a day's limit. Throws the duplicate key error of `_id_` when they would go beyond it. */
    async addToQuota(
      ownerId: string,
      bytes: number,
      limit: number,
      at: Date,
      session: ClientSession,
    ): Promise<void> {
      await quotas.updateOne(
        { _id: `${ownerId}:${at.toISOString().slice(0, 10)}`, bytes: { $lte: limit - bytes } },
        { $inc: { bytes }, $setOnInsert: { at } },
        { upsert: true, session },
      )
    },
    /** Names the upload in parts of a PENDING item unless another was named since; answers the one that holds. */
    async setUploadId(id: string, known: string | null, uploadId: string): Promise<string> {
      await media.updateOne({ _id: id, status: 'PENDING', uploadId: known as never }, { $set: { uploadId } })
      return (await media.findOne({ _id: id }, { projection: { uploadId: 1 } }))?.uploadId ?? uploadId
    },
    /** Items that were reserved before a time and still wait for their bytes. */
    async listUnfinished(before: Date, limit: number): Promise<string[]> {
      const rows = await media
        .find({ status: 'PENDING', createdAt: { $lt: before } }, { projection: { _id: 1 } })
        .sort({ createdAt: 1 })
        .limit(limit)
        .toArray()
      return rows.map((row) => row._id)
    },
    async removeUnfinished(id: string, before: Date): Promise<void> {
      await media.deleteOne({ _id: id, status: 'PENDING', createdAt: { $lt: before } })
    },
    /** Has an item drawn anew with another look; a run that is going on cannot finish it. The item, or null when it is gone. */
    setEdit(
      id: string,
      edit: Required<Pick<MediaRow, 'filter' | 'crop'>>,
      at: Date,
      session: ClientSession,
    ): Promise<MediaRow | null> {
      return media.findOneAndUpdate(
        { _id: id, status: { $in: ['PROCESSING', 'READY'] } },
        {
          $set: { ...edit, status: 'PROCESSING', progress: 0, failure: null, jobId: null, updatedAt: at },
          $inc: { fence: 1 },
        },
        { session, returnDocument: 'after' },
      )
    },
    /** PENDING or FAILED becomes PROCESSING; whether it was one of them. */
    async startProcessing(id: string, at: Date, session: ClientSession): Promise<boolean> {
      const result = await media.updateOne(
        { _id: id, status: { $in: ['PENDING', 'FAILED'] } },
        { $set: { status: 'PROCESSING', failure: null, progress: 0, jobId: null, updatedAt: at } },
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
    claimProcessing(id: string, jobId: string): Promise<MediaRow | null> {
      return media.findOneAndUpdate(
        { _id: id, ...inProcess },
        { $inc: { fence: 1 }, $set: { jobId } },
        { returnDocument: 'after' },
      )
    },
    /**
     * The same for the end of a job that was given up; null as well when another has run since, or is to. Rows of before jobs were
     * noted have none.
     */
    claimGivenUp(id: string, jobId: string): Promise<MediaRow | null> {
      return media.findOneAndUpdate(
        { _id: id, $and: [inProcess, { $or: [{ jobId }, { jobId: { $exists: false } }] }] },
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
    /**
     * PROCESSING becomes READY; whether this run was still the one to say so. What an earlier result left is noted, to be removed.
     */
    async finishProcessing(
      { _id, fence, prefix }: Pick<MediaRow, '_id' | 'fence'> & Partial<Pick<MediaRow, 'prefix'>>,
      result: MediaResult,
      at: Date,
      session: ClientSession,
      unfinished = false,
    ): Promise<boolean> {
      const { matchedCount } = await media.updateOne(
        { _id, fence, status: 'PROCESSING' },
        {
          $set: {
            ...result,
            ...(result.renditions.length > 0 ? { unlabelled: true } : {}),
            ...{ status: 'READY', unfinished, progress: 100, failure: null, updatedAt: at },
          },
          ...(prefix ? { $inc: { moves: 1 }, $push: { leaving: { prefix, at } } } : {}),
        },
        { session },
      )
      return matchedCount === 1
    },
    /** What was READY by its lowest rung alone is whole; false when its objects have moved meanwhile. */
    async finishRest(
      { _id, fence, prefix, moves }: Pick<MediaRow, '_id' | 'fence' | 'prefix' | 'moves'>,
      result: Partial<MediaResult> & Pick<MediaRow, 'captionedHlsKey'>,
      at: Date,
      session: ClientSession,
    ): Promise<boolean> {
      const { matchedCount } = await media.updateOne(
        { _id, fence, prefix, unfinished: true, moves: moves ?? (null as never) },
        { $set: { ...result, unfinished: false, updatedAt: at }, $inc: { moves: 1 } },
        { session },
      )
      return matchedCount === 1
    },
    /** The rest cannot be made: the item stays as it is. */
    async giveUpRest({ _id, fence }: Pick<MediaRow, '_id' | 'fence'>): Promise<void> {
      await media.updateOne({ _id, fence, unfinished: true }, { $set: { unfinished: false } })
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
