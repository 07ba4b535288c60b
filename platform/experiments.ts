// User's published experiments, and who gets which variant. Assignment is a pure function of the definition and the account, so
// that every process decides the same without asking, and a person keeps his variant on all his devices.
import { createHash } from 'node:crypto'
import type { MongoClient } from 'mongodb'
import { databaseName } from './mongo.ts'

/** Parts into which a layer divides all accounts. An experiment owns a range of them; ranges of one layer never overlap. */
export const layerBuckets = 1_000

/** The published part of a row of User's `experiments`. */
export interface ExperimentDefinition {
  /** Its key, such as `ranking-weights-3`. */
  _id: string
  /** An account is in at most one experiment of a layer. */
  layer: string
  /** Buckets of the layer: `from` inclusive, `to` exclusive. */
  from: number
  to: number
  /** The first is the control. */
  variants: { key: string; weight: number }[]
}

export interface Experiments {
  /** The variant that an account gets; null when it is in none of this experiment's, or when the experiment does not run. */
  variantOf(experimentKey: string, accountId: string): Promise<string | null>
  /**
   * Every running experiment that an account is in, by key.
   *
   * @param since what was known before then is not trusted: one may have started meanwhile.
   */
  variantsOf(accountId: string, since?: Date): Promise<{ key: string; variant: string }[]>
  /** A running experiment; null otherwise. */
  running(experimentKey: string): Promise<ExperimentDefinition | null>
}

/** For how long definitions are trusted: a stopped experiment ends everywhere within it. */
const trustedMs = 1_000

/**
 * Reads definitions, which are few, at most once a second, but for who does not trust what is known: deeds, which are nearly always
 * later than the last read, have them read once a batch.
 */
export function createExperiments(mongo: MongoClient, namespace: string): Experiments {
  const rows = mongo
    .db(databaseName(namespace, 'user'))
    .collection<ExperimentDefinition & { status: string }>('experiments')
  let loaded: { at: number; definitions: Promise<ExperimentDefinition[]> } | null = null
  const definitions = (since = new Date(0)): Promise<ExperimentDefinition[]> => {
    const now = Date.now()
    if (!loaded || now - loaded.at > trustedMs || loaded.at < since.getTime()) {
      const found = rows
        .find(
          { status: 'RUNNING' },
          { projection: { layer: 1, from: 1, to: 1, variants: 1 }, comment: 'background' },
        )
        .sort({ _id: 1 })
        .toArray()
      const load = { at: now, definitions: found }
      // A read that failed is not kept.
      found.catch(() => {
        if (loaded === load) loaded = null
      })
      loaded = load
    }
    return loaded.definitions
  }
  const running = async (key: string) => (await definitions()).find(({ _id }) => _id === key) ?? null
  return {
    running,
    async variantOf(key, accountId) {
      const definition = await running(key)
      return definition && assign(definition, accountId)
    },
    async variantsOf(accountId, since) {
      return (await definitions(since)).flatMap((definition) => {
        const variant = assign(definition, accountId)
        return variant === null ? [] : [{ key: definition._id, variant }]
      })
    },
  }
}

/** The variant that an account gets by a definition; null when its bucket of the layer is not the experiment's. */
export function assign(definition: ExperimentDefinition, accountId: string): string | null {
  const bucket = fraction(`layer:${definition.layer}:${accountId}`) * layerBuckets
  if (bucket < definition.from || bucket >= definition.to) return null
  // Drawn anew for each experiment, so that variants of successive experiments in a layer are independent.
  const total = definition.variants.reduce((sum, { weight }) => sum + weight, 0)
  let left = fraction(`variant:${definition._id}:${accountId}`) * total
  for (const { key, weight } of definition.variants) {
    left -= weight
    if (left < 0) return key
  }
  return null
}

/** A number in [0, 1), evenly spread over texts: the first 48 bits of their SHA-256. */
function fraction(text: string): number {
  return createHash('sha256').update(text).digest().readUIntBE(0, 6) / 2 ** 48
}
