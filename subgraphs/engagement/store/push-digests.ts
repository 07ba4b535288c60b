// Daily pushes: when each is decided, what was decided and what came of it, and what is learned from that.
import type { Db } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import type { DigestTrialRow, PushDigestRow, UpliftModelRow } from '../model.ts'

/** How long it is known what came of a push, in days. */
const trialDays = 90

export async function preparePushDigests(db: Db): Promise<void> {
  await Promise.all([
    db.collection('pushDigests').createIndex({ dueAt: 1 }, { name: 'due' }),
    db.collection('digestTrials').createIndexes([
      { key: { userId: 1 }, name: 'user' },
      { key: { day: 1 }, name: 'unsettled', partialFilterExpression: { returned: null } },
      { key: { by: 1, day: -1 }, name: 'lot' },
      { key: { at: 1 }, name: 'expiry', expireAfterSeconds: trialDays * 86_400 },
    ]),
    db
      .collection('upliftModels')
      .createIndex({ at: 1 }, { name: 'expiry', expireAfterSeconds: trialDays * 86_400 }),
  ])
}

export type PushDigestStore = ReturnType<typeof createPushDigestStore>

export function createPushDigestStore(db: Db) {
  const due = db.collection<PushDigestRow>('pushDigests')
  const trials = db.collection<DigestTrialRow>('digestTrials')
  const models = db.collection<UpliftModelRow>('upliftModels')
  const activity = db.collection<{ _id: string; day: string }>('insightActivity')
  const pushes = db.collection<{ _id: string }>('pushes')
  const activeOf = (ids: readonly string[]) =>
    activity.find({ _id: { $in: [...ids] } }, { projection: { day: 1 } }).toArray()

  return {
    /** Has somebody's daily push decided from a time on, unless that is planned already. */
    async planPushDigest(tx: Transaction, userId: string, dueAt: Date): Promise<void> {
      const { session } = tx
      await due.updateOne({ _id: userId }, { $setOnInsert: { dueAt } }, { upsert: true, session })
    },

    /** Those about whom it is to be decided, the longest due first. */
    listDuePushDigests: (now: Date, limit: number): Promise<PushDigestRow[]> =>
      due
        .find({ dueAt: { $lte: now } })
        .sort({ dueAt: 1 })
        .limit(limit)
        .toArray(),

    /** Moves somebody on from `dueAt`, or leaves him alone when `next` is null; false when another process did. */
    async advancePushDigest(
      tx: Transaction,
      userId: string,
      dueAt: Date,
      next: Date | null,
    ): Promise<boolean> {
      const { session } = tx
      const one = { _id: userId, dueAt }
      if (next === null) return (await due.deleteOne(one, { session })).deletedCount === 1
      return (await due.updateOne(one, { $set: { dueAt: next } }, { session })).matchedCount === 1
    },

    /** Keeps what was decided about somebody on a day; false when that was decided before, which stays. */
    async insertTrial(tx: Transaction, { _id, ...row }: DigestTrialRow): Promise<boolean> {
      const { session } = tx
      const { upsertedCount } = await trials.updateOne(
        { _id },
        { $setOnInsert: row },
        { upsert: true, session },
      )
      return upsertedCount === 1
    },

    findTrial: (id: string): Promise<DigestTrialRow | null> => trials.findOne({ _id: id }),

    /** Trials of days before one, of which it is not known what came of them. */
    listUnsettledTrials: (beforeDay: string, limit: number): Promise<DigestTrialRow[]> =>
      trials
        .find({ returned: null, day: { $lt: beforeDay } })
        .limit(limit)
        .toArray(),

    async settleTrials(outcomes: readonly { id: string; returned: boolean }[]): Promise<void> {
      if (outcomes.length === 0) return
      await trials.bulkWrite(
        outcomes.map(({ id, returned }) => ({
          updateOne: { filter: { _id: id }, update: { $set: { returned } } },
        })),
        { ordered: false },
      )
    },

    /** The newest trials by lot of which it is known what came of them. */
    listLot: (limit: number): Promise<DigestTrialRow[]> =>
      trials
        .find({ by: 'LOT', returned: { $ne: null } })
        .sort({ day: -1 })
        .limit(limit)
        .toArray(),

    async findUpliftModel(): Promise<UpliftModelRow | null> {
      return models.findOne({}, { sort: { at: -1 } })
    },

    async insertUpliftModel(row: UpliftModelRow): Promise<void> {
      await models.insertOne(row)
    },

    /** On which of some days somebody (by pseudonym) was here. */
    async listActiveDays(actor: string, days: readonly string[]): Promise<Set<string>> {
      const rows = await activeOf(days.map((day) => `${day}:${actor}`))
      return new Set(rows.map(({ day }) => day))
    },

    /** Of days of several people, `<day>:<pseudonym>`, those on which they were here. */
    async findActiveDays(ids: readonly string[]): Promise<Set<string>> {
      return new Set((await activeOf(ids)).map(({ _id }) => _id))
    },

    /** How many of some notifications were pushed within a week. */
    countPushes: (notificationIds: readonly string[]): Promise<number> =>
      pushes.countDocuments({ _id: { $in: [...notificationIds] } }),
  }
}
