// Sums of insights, and what waits to be written into the warehouse.
import type { Collection, Db } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import type { AgeBand, Deed, DeedKind, InsightSums } from '../domain/insights.ts'
import { addSums, dayOf, sumsOf } from '../domain/insights.ts'

/** Sums of a day: `_id` is `<subject or owner>:<day>`, which is also what they are read by. */
interface DayRow {
  _id: string
  of: string
  day: string
  sums: InsightSums
  /** Impressions of each hour of the day, UTC. */
  hours?: Record<string, number>
}

/** That an account (by pseudonym) was reached: by a subject, or by an owner on a day. */
interface ReachRow {
  _id: string
  of: string
  day: string
  actor: string
  ageBand: AgeBand | null
}

/** That an account was there on a day. */
interface ActivityRow {
  _id: string
  day: string
  actor: string
  since: string | null
  dwellMs: number
  surfaces: Record<string, number>
}

/** Deeds of one kind and day that wait for their file. */
interface ChunkRow {
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
}

export async function prepareInsights(db: Db): Promise<void> {
  await Promise.all([
    db.collection('insightDays').createIndex({ of: 1, day: 1 }, { name: 'of' }),
    db.collection('insightReach').createIndex({ of: 1, day: 1, actor: 1 }, { name: 'of' }),
    db.collection('insightActivity').createIndexes([
      { key: { day: 1, actor: 1 }, name: 'day' },
      { key: { since: 1, day: 1 }, name: 'cohort' },
    ]),
    db.collection('insightFollows').createIndex({ ownerId: 1 }, { name: 'owner' }),
    db.collection('warehouseChunks').createIndex({ fileId: 1, day: 1, kind: 1 }, { name: 'file' }),
    db.collection('warehouseFiles').createIndexes([
      { key: { day: 1, kind: 1, state: 1 }, name: 'day' },
      { key: { at: 1 }, name: 'merged', partialFilterExpression: { state: 'MERGED' } },
    ]),
  ])
}

export type InsightStore = ReturnType<typeof createInsightStore>

export function createInsightStore(db: Db) {
  const days = db.collection<DayRow>('insightDays')
  const reach = db.collection<ReachRow>('insightReach')
  const activity = db.collection<ActivityRow>('insightActivity')
  const follows = db.collection<{ _id: string; ownerId: string; at: Date }>('insightFollows')
  const chunks = db.collection<ChunkRow>('warehouseChunks')
  const files = db.collection<FileRow>('warehouseFiles')

  return {
    /**
     * Those of some follows and unfollows that changed who follows whom: an event may say what was said before, or end a mere
     * request. A follow that is older than what is known changes nothing.
     */
    async applyFollows(tx: Transaction, deeds: readonly Deed[]): Promise<Deed[]> {
      const { session } = tx
      const changed: Deed[] = []
      for (const deed of deeds) {
        const { actor, subjectId: ownerId, at } = deed
        const _id = `${ownerId}:${actor}`
        if (deed.kind === 'FOLLOW') {
          const { upsertedCount } = await follows.updateOne(
            { _id },
            { $max: { at }, $setOnInsert: { ownerId } },
            { upsert: true, session },
          )
          if (upsertedCount > 0) changed.push(deed)
        } else {
          const { deletedCount } = await follows.deleteOne({ _id, at: { $lte: at } }, { session })
          if (deletedCount > 0) changed.push(deed)
        }
      }
      return changed
    },

    /** Adds deeds to all sums, and to what waits for the warehouse. */
    async addDeeds(tx: Transaction, deeds: readonly Deed[], chunkId: () => string): Promise<ChunkRow[]> {
      if (deeds.length === 0) return []
      await addToDays(days, tx, deeds)
      await addReach(reach, tx, deeds)
      await addActivity(activity, tx, deeds)
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

    async removeFile(id: string): Promise<void> {
      await files.deleteOne({ _id: id })
    },

    /** Written files of a range of days. */
    listFiles: (from: string, to: string): Promise<FileRow[]> =>
      files
        .find({ day: { $gte: from, $lte: to }, state: 'WRITTEN' })
        .sort({ _id: 1 })
        .toArray(),

    /** Sums of each day of a subject or an owner, oldest first. */
    listDays: (of: string, from: string, to: string): Promise<DayRow[]> =>
      days
        .find({ of, day: { $gte: from, $lte: to } })
        .sort({ day: 1 })
        .toArray(),

    /** How many accounts a subject or an owner reached, by age band. */
    async countReach(
      of: string,
      from: string,
      to: string,
    ): Promise<{ ageBand: AgeBand | null; accounts: number }[]> {
      return reach
        .aggregate<{ ageBand: AgeBand | null; accounts: number }>([
          { $match: { of, day: { $gte: from, $lte: to } } },
          { $group: { _id: '$actor', ageBand: { $last: '$ageBand' } } },
          { $group: { _id: '$ageBand', accounts: { $sum: 1 } } },
          { $project: { _id: 0, ageBand: '$_id', accounts: 1 } },
        ])
        .toArray()
    },

    /** Active accounts and time spent of each day, oldest first. */
    listActivity: (from: string, to: string) =>
      activity
        .aggregate<{ day: string; activeAccounts: number; dwellMs: number }>([
          { $match: { day: { $gte: from, $lte: to } } },
          { $group: { _id: '$day', activeAccounts: { $sum: 1 }, dwellMs: { $sum: '$dwellMs' } } },
          { $sort: { _id: 1 } },
          { $project: { _id: 0, day: '$_id', activeAccounts: 1, dwellMs: 1 } },
        ])
        .toArray(),

    /** How many accounts were active in a range of days. */
    async countActive(from: string, to: string): Promise<number> {
      const [row] = await activity
        .aggregate<{ accounts: number }>([
          { $match: { day: { $gte: from, $lte: to } } },
          { $group: { _id: '$actor' } },
          { $count: 'accounts' },
        ])
        .toArray()
      return row?.accounts ?? 0
    },

    /** Appearances on each surface in a range of days. */
    async countSurfaces(from: string, to: string): Promise<{ surface: string; impressions: number }[]> {
      return activity
        .aggregate<{ surface: string; impressions: number }>([
          { $match: { day: { $gte: from, $lte: to } } },
          { $project: { used: { $objectToArray: '$surfaces' } } },
          { $unwind: '$used' },
          { $group: { _id: '$used.k', impressions: { $sum: '$used.v' } } },
          { $sort: { impressions: -1, _id: 1 } },
          { $project: { _id: 0, surface: '$_id', impressions: 1 } },
        ])
        .toArray()
    },

    /** Of the accounts that began in a range of days and were active then: how many there were, and how many came back after `n` days. */
    async countReturning(from: string, to: string, n: number): Promise<{ began: number; returned: number }> {
      const [row] = await activity
        .aggregate<{ began: number; returned: number }>([
          { $match: { since: { $gte: from, $lte: to } } },
          {
            $group: {
              _id: '$actor',
              began: { $max: { $eq: ['$day', '$since'] } },
              returned: {
                $max: {
                  $eq: [
                    {
                      $dateDiff: {
                        startDate: { $dateFromString: { dateString: '$since' } },
                        endDate: { $dateFromString: { dateString: '$day' } },
                        unit: 'day',
                      },
                    },
                    n,
                  ],
                },
              },
            },
          },
          { $match: { began: true } },
          {
            $group: {
              _id: null,
              began: { $sum: 1 },
              returned: { $sum: { $cond: ['$returned', 1, 0] } },
            },
          },
        ])
        .toArray()
      return { began: row?.began ?? 0, returned: row?.returned ?? 0 }
    },
  }
}

async function addToDays(days: Collection<DayRow>, tx: Transaction, deeds: readonly Deed[]): Promise<void> {
  const sums = new Map<string, DayRow>()
  for (const deed of deeds) {
    const day = dayOf(deed.at)
    const hour = String(deed.at.getUTCHours())
    for (const of of new Set([deed.subjectId, deed.ownerId])) {
      if (of === null) continue
      const _id = `${of}:${day}`
      const row = sums.get(_id) ?? { _id, of, day, sums: {}, hours: {} }
      sums.set(_id, row)
      addSums(row.sums, sumsOf(deed))
      if (deed.kind === 'IMPRESSION' && row.hours) row.hours[hour] = (row.hours[hour] ?? 0) + 1
    }
  }
  await days.bulkWrite(
    [...sums.values()].map(({ _id, of, day, sums: add, hours }) => ({
      updateOne: {
        filter: { _id },
        update: {
          $setOnInsert: { of, day },
          $inc: { ...prefixed('sums', add), ...prefixed('hours', hours ?? {}) },
        },
        upsert: true,
      },
    })),
    { session: tx.session, ordered: false },
  )
}

const prefixed = (prefix: string, values: object): Record<string, number> =>
  Object.fromEntries(Object.entries(values).map(([name, value]) => [`${prefix}.${name}`, value]))

async function addReach(reach: Collection<ReachRow>, tx: Transaction, deeds: readonly Deed[]): Promise<void> {
  const rows = new Map<string, ReachRow>()
  for (const { kind, subjectId, ownerId, actor, ageBand, at } of deeds) {
    if (kind !== 'IMPRESSION') continue
    const day = dayOf(at)
    for (const of of new Set([subjectId, ownerId])) {
      if (of === null) continue
      const _id = `${of}:${day}:${actor}`
      rows.set(_id, { _id, of, day, actor, ageBand })
    }
  }
  if (rows.size === 0) return
  await reach.bulkWrite(
    [...rows.values()].map(({ _id, ...row }) => ({
      updateOne: { filter: { _id }, update: { $setOnInsert: row }, upsert: true },
    })),
    { session: tx.session, ordered: false },
  )
}

async function addActivity(
  activity: Collection<ActivityRow>,
  tx: Transaction,
  deeds: readonly Deed[],
): Promise<void> {
  const groups = Map.groupBy(deeds, ({ at, actor }) => `${dayOf(at)}:${actor}`)
  await activity.bulkWrite(
    [...groups].map(([_id, group]) => {
      const [{ at, actor, actorSince } = group[0] as Deed] = group
      const used: Record<string, number> = {}
      for (const { surface } of group) if (surface) used[surface] = (used[surface] ?? 0) + 1
      const dwellMs = group.reduce((sum, deed) => sum + deed.dwellMs, 0)
      return {
        updateOne: {
          filter: { _id },
          update: {
            $setOnInsert: { day: dayOf(at), actor, since: actorSince },
            $inc: { dwellMs, ...prefixed('surfaces', used) },
          },
          upsert: true,
        },
      }
    }),
    { session: tx.session, ordered: false },
  )
}
