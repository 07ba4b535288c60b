// Experiments, their history, and who was exposed to them.
import type { Db } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import {
  type EarlyDeedsRow,
  type ExperimentMetric,
  type ExperimentRow,
  type ExposureRow,
  experimentMetrics,
} from '../model.ts'

export async function prepareExperiments(db: Db): Promise<void> {
  await Promise.all([
    db.collection('experiments').createIndex({ status: 1, layer: 1 }, { name: 'status' }),
    db.collection('exposures').createIndexes([
      { key: { accountId: 1 }, name: 'account' },
      { key: { key: 1, variant: 1 }, name: 'experiment' },
    ]),
    db.collection('earlyDeeds').createIndex({ expiresAt: 1 }, { name: 'expiry', expireAfterSeconds: 0 }),
  ])
}

/** What somebody did while he was in a variant of a running experiment. */
export interface DeedInExperiment extends Pick<ExposureRow, 'key' | 'accountId'> {
  at: Date
  adds: Partial<Record<ExperimentMetric, number>>
}

/** How long, in milliseconds, and how many deeds wait for an exposure to be told of: outboxes are late by seconds, seldom minutes. */
const earlyMs = 600_000
const maxEarly = 100

const idOf = ({ key, accountId }: Pick<ExposureRow, 'key' | 'accountId'>) => `${key}:${accountId}`

export type ExperimentStore = ReturnType<typeof createExperimentStore>

export function createExperimentStore(db: Db) {
  const experiments = db.collection<ExperimentRow>('experiments')
  const revisions = db.collection<{ _id: string; row: ExperimentRow; by: string; at: Date }>(
    'experimentRevisions',
  )
  const layers = db.collection<{ _id: string; uses: number }>('experimentLayers')
  const exposures = db.collection<ExposureRow>('exposures')
  const earlyDeeds = db.collection<EarlyDeedsRow>('earlyDeeds')

  return {
    findExperiment: (key: string, tx?: Transaction): Promise<ExperimentRow | null> =>
      experiments.findOne({ _id: key }, tx ? { session: tx.session } : {}),

    /** All experiments, by key. */
    listExperiments: (after: string | null, limit: number): Promise<ExperimentRow[]> =>
      experiments
        .find(after === null ? {} : { _id: { $gt: after } })
        .sort({ _id: 1 })
        .limit(limit)
        .toArray(),

    /** Writes an experiment whole, and keeps the revision with who made it. */
    async putExperiment(tx: Transaction, row: ExperimentRow, by: string, at: Date): Promise<void> {
      const { session } = tx
      await experiments.replaceOne({ _id: row._id }, row, { upsert: true, session })
      await revisions.insertOne({ _id: `${row._id}:${row.version}`, row, by, at }, { session })
    },

    /** Makes transactions on a layer conflict; answers what runs in it. */
    async lockLayer(tx: Transaction, layer: string): Promise<ExperimentRow[]> {
      const { session } = tx
      await layers.updateOne({ _id: layer }, { $inc: { uses: 1 } }, { upsert: true, session })
      return experiments.find({ status: 'RUNNING', layer }, { session }).toArray()
    },

    /** Keeps who met what and when, with what he did since; what is known of an account and an experiment stays. */
    async insertExposures(
      tx: Transaction,
      rows: readonly Omit<ExposureRow, '_id' | 'metrics'>[],
    ): Promise<void> {
      const { session } = tx
      const early = await earlyDeeds.find({ _id: { $in: rows.map(idOf) } }, { session }).toArray()
      const deedsOf = new Map(early.map(({ _id, deeds }) => [_id, deeds]))
      await exposures.bulkWrite(
        rows.map((row) => {
          const metrics: ExposureRow['metrics'] = {}
          for (const { at, adds } of deedsOf.get(idOf(row)) ?? []) {
            if (at < row.at) continue
            for (const metric of experimentMetrics)
              if (adds[metric]) metrics[metric] = (metrics[metric] ?? 0) + adds[metric]
          }
          return {
            updateOne: {
              filter: { _id: idOf(row) },
              update: { $setOnInsert: { ...row, metrics } },
              upsert: true,
            },
          }
        }),
        { session },
      )
      // Also where there is none: a deed that is told of at this moment then conflicts, and sees the exposure.
      const expiresAt = new Date(Date.now() + earlyMs)
      await earlyDeeds.bulkWrite(
        rows.map((row) => ({
          updateOne: { filter: { _id: idOf(row) }, update: { $set: { deeds: [], expiresAt } }, upsert: true },
        })),
        { session },
      )
    },

    /** Adds deeds to what the accounts did since they met the experiments; of who is not known to have met one, they wait for a while. */
    async addDeeds(tx: Transaction, deeds: readonly DeedInExperiment[]): Promise<void> {
      const { session } = tx
      const met = new Set(
        await exposures
          .find({ _id: { $in: deeds.map(idOf) } }, { session, projection: { _id: 1 } })
          .map(({ _id }) => _id)
          .toArray(),
      )
      const [since, early] = [true, false].map((isMet) =>
        deeds.filter((deed) => met.has(idOf(deed)) === isMet),
      )
      if (since?.length) {
        await exposures.bulkWrite(
          since.map((deed) => ({
            updateOne: {
              filter: { _id: idOf(deed), at: { $lte: deed.at } },
              update: {
                $inc: Object.fromEntries(
                  Object.entries(deed.adds).map(([metric, by]) => [`metrics.${metric}`, by]),
                ),
              },
            },
          })),
          { session },
        )
      }
      if (early?.length) {
        const expiresAt = new Date(Date.now() + earlyMs)
        await earlyDeeds.bulkWrite(
          early.map((deed) => ({
            updateOne: {
              filter: { _id: idOf(deed) },
              update: {
                $push: { deeds: { $each: [{ at: deed.at, adds: deed.adds }], $slice: -maxEarly } },
                $set: { expiresAt },
              },
              upsert: true,
            },
          })),
          { session },
        )
      }
    },

    /** Exposed accounts of each variant of an experiment, with sums and sums of squares of every metric. */
    async sumExposures(
      key: string,
    ): Promise<
      Map<string, { accounts: number; sums: Record<ExperimentMetric, { sum: number; sumOfSquares: number }> }>
    > {
      const value = (metric: ExperimentMetric) => ({ $ifNull: [`$metrics.${metric}`, 0] })
      const rows = await exposures
        .aggregate<Record<string, number> & { _id: string; accounts: number }>([
          { $match: { key } },
          {
            $group: {
              _id: '$variant',
              accounts: { $sum: 1 },
              ...Object.fromEntries(
                experimentMetrics.flatMap((metric) => [
                  [`${metric}_sum`, { $sum: value(metric) }],
                  [`${metric}_squares`, { $sum: { $multiply: [value(metric), value(metric)] } }],
                ]),
              ),
            },
          },
        ])
        .toArray()
      return new Map(
        rows.map((row) => [
          row._id,
          {
            accounts: row.accounts,
            sums: Object.fromEntries(
              experimentMetrics.map((metric) => [
                metric,
                { sum: row[`${metric}_sum`] ?? 0, sumOfSquares: row[`${metric}_squares`] ?? 0 },
              ]),
            ) as Record<ExperimentMetric, { sum: number; sumOfSquares: number }>,
          },
        ]),
      )
    },
  }
}
