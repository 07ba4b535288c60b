// Versions of the ranking's weights. The newest one that is served is used; an experiment's variant may name another.
import type { Db } from 'mongodb'
import { noSignals } from '../domain/ranking/features.ts'
import type { Weights } from '../domain/ranking/score.ts'
import { weights as builtIn, weightProblems } from '../domain/ranking/weights.ts'

/** A row of `rankingWeights`. */
export interface WeightsRow extends Weights {
  /** The version, such as `trained-2026-11-21t09-00-00-000z`. */
  _id: string
  /** Whether all get it whom no experiment gives another. */
  served: boolean
  createdAt: Date
  /** What it was trained from. */
  looks: number
  /** Mean logarithmic loss on looks that it was not trained from, and that of always saying what is usual. */
  loss: number
  usualLoss: number
}

export interface WeightsStore {
  /** Weights by version; those that are served for null or an unknown version. Read at most every ten seconds. */
  get(version: string | null): Promise<Weights>
  insert(row: WeightsRow): Promise<void>
}

const trustedMs = 10_000
/** Versions that experiments can name. */
const keptVersions = 50

/** The weights of one database. */
export function createWeights(db: Db): WeightsStore {
  const rows = db.collection<WeightsRow>('rankingWeights')
  let loaded: { at: number; rows: Promise<WeightsRow[]> } | null = null
  const load = async () => {
    const found = await rows
      .find({}, { comment: 'background' })
      .sort({ createdAt: -1 })
      .limit(keptVersions)
      .toArray()
    // An older process may have trained them: signals that it did not have count nothing. One that only a newer one has cannot be served.
    return found
      .map((row) => ({ ...row, signals: { ...noSignals, ...row.signals } }))
      .filter((row) => weightProblems(row).length === 0)
  }
  return {
    async get(version) {
      if (!loaded || Date.now() - loaded.at > trustedMs) {
        loaded = { at: Date.now(), rows: load() }
        loaded.rows.catch(() => {
          loaded = null
        })
      }
      const found = await loaded.rows
      return found.find((row) => row._id === version) ?? found.find((row) => row.served) ?? builtIn
    },
    async insert(row) {
      await rows.insertOne(row)
      loaded = null
    },
  }
}

/** The index by which versions are read, the newest first. */
export async function prepareWeights(db: Db): Promise<void> {
  await db.collection('rankingWeights').createIndex({ createdAt: -1 }, { name: 'created' })
}
