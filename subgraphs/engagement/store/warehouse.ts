// The files of the warehouse, and the deeds that wait to be written into one.
import type { Db } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import { type Deed, type DeedKind, dayOf } from '../domain/insights.ts'

/** Deeds of one kind and day that wait for their file. */
export interface ChunkRow {
  _id: string
  day: string
  kind: DeedKind
  deeds: Deed[]
  /** The file that takes them; null until one does. */
  fileId: string | null
}

/** A file of the warehouse. */
export interface FileRow {
  _id: string
  day: string
  kind: DeedKind
  /**
   * OPEN: its bytes are not all there yet; WRITTEN: it is read; MERGED: another holds its deeds by now, and its object goes when nobody
   * can still be reading it.
   */
  state: 'OPEN' | 'WRITTEN' | 'MERGED'
  /** Key in the object store. */
  key: string
  rows: number
  /** When it was begun; of a MERGED one, when another took its place. */
  at: Date
  /** Of one that takes others' place: which, in order. */
  parts?: string[]
  /** The file that is taking its place, or has taken it. */
  mergedInto?: string
  /** The sums of its day were compared with it. */
  checked?: boolean
}

export async function prepareWarehouse(db: Db): Promise<void> {
  await Promise.all([
    db.collection('warehouseChunks').createIndexes([
      { key: { fileId: 1, day: 1, kind: 1 }, name: 'file' },
      { key: { day: 1 }, name: 'day' },
    ]),
    db.collection('warehouseFiles').createIndexes([
      { key: { day: 1, kind: 1, state: 1 }, name: 'day' },
      { key: { at: 1 }, name: 'merged', partialFilterExpression: { state: 'MERGED' } },
    ]),
  ])
}

export function createWarehouseStore(db: Db) {
  const chunks = db.collection<ChunkRow>('warehouseChunks')
  const files = db.collection<FileRow>('warehouseFiles')

  return {
    /** Keeps deeds until a file takes them: a chunk for each of their days and kinds. */
    async addChunks(tx: Transaction, deeds: readonly Deed[], chunkId: () => string): Promise<ChunkRow[]> {
      const groups = Map.groupBy(deeds, (deed) => `${dayOf(deed.at)}/${deed.kind}`)
      const rows = [...groups.values()].flatMap((group) => {
        const [first] = group
        return first
          ? [{ _id: chunkId(), day: dayOf(first.at), kind: first.kind, deeds: group, fileId: null }]
          : []
      })
      await chunks.insertMany(rows, { session: tx.session })
      return rows
    },

    /** Whether deeds of a day are in no file yet that is read. */
    async hasWaiting(day: string): Promise<boolean> {
      return (await chunks.findOne({ day }, { projection: { _id: 1 } })) !== null
    },

    findChunk: (id: string) => chunks.findOne({ _id: id }, { projection: { deeds: 0 } }),
    findFile: (id: string) => files.findOne({ _id: id }),

    /** Begins a file with all that waits for one of its day and kind. */
    async openFile(tx: Transaction, file: FileRow): Promise<void> {
      const { session } = tx
      await files.insertOne(file, { session })
      await chunks.updateMany(
        { fileId: null, day: file.day, kind: file.kind },
        { $set: { fileId: file._id } },
        { session },
      )
    },

    /** The deeds of a file, always in the same order. */
    async listFileDeeds(fileId: string): Promise<Deed[]> {
      const rows = await chunks.find({ fileId }).sort({ _id: 1 }).toArray()
      return rows.flatMap((row) => row.deeds)
    },

    async closeFile(tx: Transaction, fileId: string, rows: number): Promise<void> {
      const { session } = tx
      await files.updateOne({ _id: fileId }, { $set: { state: 'WRITTEN', rows } }, { session })
      await chunks.deleteMany({ fileId }, { session })
    },

    /** Files by id, as the transaction sees them, in that order. */
    async findFiles(ids: readonly string[], tx?: Transaction): Promise<FileRow[]> {
      const found = await files.find({ _id: { $in: [...ids] } }, { session: tx?.session }).toArray()
      return ids.flatMap((id) => found.find((file) => file._id === id) ?? [])
    },

    /** Days before `before`, and kinds, that lie in more than one file, oldest first. */
    listScattered: (before: string, limit: number): Promise<{ day: string; kind: DeedKind }[]> =>
      files
        .aggregate<{ day: string; kind: DeedKind }>([
          { $match: { day: { $lt: before }, state: 'WRITTEN' } },
          { $group: { _id: { day: '$day', kind: '$kind' }, count: { $sum: 1 } } },
          { $match: { count: { $gt: 1 } } },
          { $sort: { _id: 1 } },
          { $limit: limit },
          { $replaceRoot: { newRoot: '$_id' } },
        ])
        .toArray(),

    /** The file that is taking others' place on a day, and has not yet. */
    findMerge: (day: string, kind: DeedKind): Promise<FileRow | null> =>
      files.findOne({ day, kind, state: 'OPEN', parts: { $exists: true } }),

    /** Written files of a day and kind that none takes the place of, oldest first. */
    listMergeable: (tx: Transaction, day: string, kind: DeedKind, limit: number): Promise<FileRow[]> =>
      files
        .find({ day, kind, state: 'WRITTEN', mergedInto: { $exists: false } }, { session: tx.session })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),

    /** Begins a file that takes others' place. They are read until it is written. */
    async openMerge(tx: Transaction, file: FileRow & { parts: string[] }): Promise<void> {
      const { session } = tx
      await files.insertOne(file, { session })
      await files.updateMany({ _id: { $in: file.parts } }, { $set: { mergedInto: file._id } }, { session })
    },

    /** Has a file read in its parts' place, from one moment to the next; false when that was done before. */
    async closeMerge(tx: Transaction, file: FileRow, rows: number, at: Date): Promise<boolean> {
      const { session } = tx
      const { modifiedCount } = await files.updateOne(
        { _id: file._id, state: 'OPEN' },
        { $set: { state: 'WRITTEN', rows } },
        { session },
      )
      if (modifiedCount === 0) return false
      const parts = { _id: { $in: file.parts ?? [] } }
      await files.updateMany(parts, { $set: { state: 'MERGED', at } }, { session })
      return true
    },

    /** Files that nobody needs: merged before `mergedBefore`, or of a day before `dayBefore`. */
    listExpiredFiles: (mergedBefore: Date, dayBefore: string, limit: number): Promise<FileRow[]> =>
      files
        .find({
          $or: [
            { state: 'MERGED', at: { $lt: mergedBefore } },
            { state: { $ne: 'OPEN' }, day: { $lt: dayBefore } },
          ],
        })
        .limit(limit)
        .toArray(),

    /** Days with files that no check of their day has read. */
    listUncheckedDays: (from: string, to: string): Promise<string[]> =>
      files.distinct('day', {
        day: { $gte: from, $lte: to },
        state: 'WRITTEN',
        checked: { $ne: true },
      }),

    /** A check has read files. */
    async closeCheck(ids: readonly string[]): Promise<void> {
      await files.updateMany({ _id: { $in: [...ids] } }, { $set: { checked: true } })
    },

    async removeFile(id: string): Promise<void> {
      await files.deleteOne({ _id: id })
    },

    /** Written files of a range of days. */
    listFiles: (from: string, to: string): Promise<FileRow[]> =>
      files
        .find({ day: { $gte: from, $lte: to }, state: 'WRITTEN' })
        .sort({ _id: 1 })
        .toArray(),
  }
}
