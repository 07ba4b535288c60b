// Experiments, their history, and who was exposed to them.
import type { Db } from 'mongodb'
import type { Transaction } from '#platform/mongo.ts'
import { type ExperimentMetric, type ExperimentRow, type ExposureRow, experimentMetrics } from '../model.ts'

export async function prepareExperiments(db: Db): Promise<void> {
  await Promise.all([
    db.collection('experiments').createIndex({ status: 1, layer: 1 }, { name: 'status' }),
    db.collection('exposures').createIndexes([
      { key: { accountId: 1 }, name: 'account' },
      { key: { key: 1, variant: 1 }, name: 'experiment' },
    ]),
  ])
}

export type ExperimentStore = ReturnType<typeof createExperimentStore>

export function createExperimentStore(db: Db) {
  const experiments = db.collection<ExperimentRow>('experiments')
  const revisions = db.collection<{ _id: string; row: ExperimentRow; by: string; at: Date }>(
    'experimentRevisions',
  )
  const layers = db.collection<{ _id: string; uses: number }>('experimentLayers')
  const exposures = db.collection<ExposureRow>('exposures')

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

    /** Keeps who met what; what is known of an account and an experiment stays. */
    async insertExposures(
      tx: Transaction,
      rows: readonly Pick<ExposureRow, 'key' | 'accountId' | 'variant' | 'at'>[],
    ): Promise<void> {
      await exposures.bulkWrite(
        rows.map((row) => ({
          updateOne: {
            filter: { _id: `${row.key}:${row.accountId}` },
            update: { $setOnInsert: { ...row, metrics: {} } },
            upsert: true,
          },
        })),
        { session: tx.session },
      )
    },

    /** Those of some accounts that were ever exposed to anything. */
    async listExposedAccounts(accountIds: readonly string[]): Promise<Set<string>> {
      return new Set(await exposures.distinct('accountId', { accountId: { $in: [...accountIds] } }))
    },

    /** Adds to what an account did since its exposures that were before `at`. */
    async addDeeds(
      tx: Transaction,
      accountId: string,
      at: Date,
      adds: Partial<Record<ExperimentMetric, number>>,
    ): Promise<void> {
      const $inc = Object.fromEntries(Object.entries(adds).map(([metric, by]) => [`metrics.${metric}`, by]))
      await exposures.updateMany({ accountId, at: { $lte: at } }, { $inc }, { session: tx.session })
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
