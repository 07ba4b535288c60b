// Sums of insights; the deeds that they are of go on to the warehouse.
import type { Collection, Db } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import {
  type AgeBand,
  addSums,
  type Deed,
  dayOf,
  type InsightSums,
  nobodysPseudonym,
  sumsOf,
} from '../domain/insights.ts'
import { type ChunkRow, createWarehouseStore, prepareWarehouse } from './warehouse.ts'

/** Sums of a day: `_id` is `<subject or owner>:<day>`, which is also what they are read by. */
export interface DayRow {
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
  country?: string | null
  /** Hours of the day at which it was reached, UTC. */
  hours?: number[]
}

/** Accounts that were reached, of one age band and one country; null where it is not known. */
export interface ReachGroup {
  ageBand: AgeBand | null
  country: string | null
  accounts: number
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

export async function prepareInsights(db: Db): Promise<void> {
  await Promise.all([
    db.collection('insightDays').createIndexes([
      { key: { of: 1, day: 1 }, name: 'of' },
      { key: { day: 1 }, name: 'day' },
    ]),
    db.collection('insightReach').createIndex({ of: 1, day: 1, actor: 1 }, { name: 'of' }),
    db.collection('insightActivity').createIndexes([
      { key: { day: 1, actor: 1 }, name: 'day' },
      { key: { since: 1, day: 1 }, name: 'cohort' },
    ]),
    db.collection('insightFollows').createIndex({ ownerId: 1 }, { name: 'owner' }),
    prepareWarehouse(db),
  ])
}

/** What a look may cost: it sums up rows of all whom something reached, and the gateway gives up after four seconds. */
const bounded = { maxTimeMS: 3_000 }

export type InsightStore = ReturnType<typeof createInsightStore>

export function createInsightStore(db: Db) {
  const days = db.collection<DayRow>('insightDays')
  const reach = db.collection<ReachRow>('insightReach')
  const activity = db.collection<ActivityRow>('insightActivity')
  const follows = db.collection<{ _id: string; ownerId: string; at: Date }>('insightFollows')
  const warehouse = createWarehouseStore(db)

  return {
    ...warehouse,

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

    /** Adds deeds to all sums, and, as `kept` has them, to what waits for the warehouse. */
    async addDeeds(
      tx: Transaction,
      deeds: readonly Deed[],
      chunkId: () => string,
      kept: (deed: Deed) => Deed,
    ): Promise<ChunkRow[]> {
      if (deeds.length === 0) return []
      await addToDays(days, tx, deeds)
      await addReach(reach, tx, deeds)
      await addActivity(activity, tx, deeds)
      return warehouse.addChunks(tx, deeds.map(kept), chunkId)
    },

    /** Sums of each day of a subject or an owner, oldest first. */
    listDays: (of: string, from: string, to: string): Promise<DayRow[]> =>
      days
        .find({ of, day: { $gte: from, $lte: to } })
        .sort({ day: 1 })
        .toArray(),

    /** Sums of everything on a day, one after the other. */
    readDay: (day: string): AsyncIterable<DayRow> => days.find({ day }),

    /** Sets what a day's row says, unless something was added to it since it was read. */
    async mendDay({ _id, sums }: DayRow, figures: Pick<DayRow, 'sums' | 'hours'>): Promise<void> {
      await days.updateOne({ _id, sums }, { $set: figures })
    },

    /** How many accounts a subject or an owner reached, by age band and country. */
    async countReach(of: string, from: string, to: string): Promise<ReachGroup[]> {
      return reach
        .aggregate<ReachGroup>(
          [
            { $match: { of, day: { $gte: from, $lte: to } } },
            { $group: { _id: '$actor', ageBand: { $last: '$ageBand' }, country: { $last: '$country' } } },
            {
              $group: {
                _id: { ageBand: '$ageBand', country: { $ifNull: ['$country', null] } },
                accounts: { $sum: 1 },
              },
            },
            { $project: { _id: 0, ageBand: '$_id.ageBand', country: '$_id.country', accounts: 1 } },
          ],
          bounded,
        )
        .toArray()
    },

    /** How many accounts a subject or an owner reached at each hour of the day, UTC; an hour that is absent reached none. */
    async countReachByHour(of: string, from: string, to: string): Promise<Map<number, number>> {
      const rows = await reach
        .aggregate<{ _id: number; accounts: number }>(
          [
            { $match: { of, day: { $gte: from, $lte: to } } },
            { $unwind: '$hours' },
            { $group: { _id: { hour: '$hours', actor: '$actor' } } },
            { $group: { _id: '$_id.hour', accounts: { $sum: 1 } } },
          ],
          bounded,
        )
        .toArray()
      return new Map(rows.map(({ _id, accounts }) => [_id, accounts]))
    },

    /** Active accounts and time spent of each day, oldest first. */
    listActivity: (from: string, to: string) =>
      activity
        .aggregate<{ day: string; activeAccounts: number; dwellMs: number }>(
          [
            { $match: { day: { $gte: from, $lte: to } } },
            { $group: { _id: '$day', activeAccounts: { $sum: 1 }, dwellMs: { $sum: '$dwellMs' } } },
            { $sort: { _id: 1 } },
            { $project: { _id: 0, day: '$_id', activeAccounts: 1, dwellMs: 1 } },
          ],
          bounded,
        )
        .toArray(),

    /** How many accounts were active in a range of days. */
    async countActive(from: string, to: string): Promise<number> {
      const [row] = await activity
        .aggregate<{ accounts: number }>(
          [
            { $match: { day: { $gte: from, $lte: to } } },
            { $group: { _id: '$actor' } },
            { $count: 'accounts' },
          ],
          bounded,
        )
        .toArray()
      return row?.accounts ?? 0
    },

    /** Appearances on each surface in a range of days. */
    async countSurfaces(from: string, to: string): Promise<{ surface: string; impressions: number }[]> {
      return activity
        .aggregate<{ surface: string; impressions: number }>(
          [
            { $match: { day: { $gte: from, $lte: to } } },
            { $project: { used: { $objectToArray: '$surfaces' } } },
            { $unwind: '$used' },
            { $group: { _id: '$used.k', impressions: { $sum: '$used.v' } } },
            { $sort: { impressions: -1, _id: 1 } },
            { $project: { _id: 0, surface: '$_id', impressions: 1 } },
          ],
          bounded,
        )
        .toArray()
    },

    /** Of the accounts that began in a range of days and were active then: how many there were, and how many came back after `n` days. */
    async countReturning(from: string, to: string, n: number): Promise<{ began: number; returned: number }> {
      const [row] = await activity
        .aggregate<{ began: number; returned: number }>(
          [
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
          ],
          bounded,
        )
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
  const rows = new Map<string, ReachRow & { hours: number[] }>()
  for (const { kind, subjectId, ownerId, actor, ageBand, country = null, at } of deeds) {
    if (kind !== 'IMPRESSION' || actor === nobodysPseudonym) continue
    const day = dayOf(at)
    for (const of of new Set([subjectId, ownerId])) {
      if (of === null) continue
      const _id = `${of}:${day}:${actor}`
      const hours = [...(rows.get(_id)?.hours ?? []), at.getUTCHours()]
      rows.set(_id, { _id, of, day, actor, ageBand, country, hours })
    }
  }
  if (rows.size === 0) return
  await reach.bulkWrite(
    [...rows.values()].map(({ _id, hours, ...row }) => ({
      updateOne: {
        filter: { _id },
        update: { $setOnInsert: row, $addToSet: { hours: { $each: hours } } },
        upsert: true,
      },
    })),
    { session: tx.session, ordered: false },
  )
}

async function addActivity(
  activity: Collection<ActivityRow>,
  tx: Transaction,
  deeds: readonly Deed[],
): Promise<void> {
  const named = deeds.filter(({ actor }) => actor !== nobodysPseudonym)
  if (named.length === 0) return
  const groups = Map.groupBy(named, ({ at, actor }) => `${dayOf(at)}:${actor}`)
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
