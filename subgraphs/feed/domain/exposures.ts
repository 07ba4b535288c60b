// Who met which variant of the experiment with the feed's order. A page is read, not written: those who met it are gathered for
// a moment, and one transaction tells of all of them.
import type { Experiments } from '#platform/experiments.ts'
import type { Log } from '#platform/log.ts'
import type { Transact } from '#platform/mongo.ts'

/** The experiment whose variants are versions of the ranking's weights, or `chronological`. */
const rankingExperiment = 'home-ranking'

/** How long those who met it are gathered, and how many at most. */
const gatherMs = 1_000
const maxGathered = 500
/** Accounts that are known to have been told of, so that few are told of twice; twice does no harm. */
const maxTold = 100_000

interface Exposures {
  /** The variant by which an account's feed is ordered; null outside of the experiment. Whoever has one has met it by that. */
  meet(accountId: string): Promise<string | null>
  /** Tells of those who are gathered. */
  tell(): Promise<void>
}

/** Exposures of one process: what it has gathered is told a second later, or when there is much of it. */
export function createExposures(deps: {
  experiments: Pick<Experiments, 'variantOf'>
  transact: Transact<'feed'>
  log: Log
}): Exposures {
  const told = new Set<string>()
  let gathered = new Map<string, string>()

  const tell = async (): Promise<void> => {
    const batch = gathered
    gathered = new Map()
    if (batch.size === 0) return
    try {
      await deps.transact(async (tx) => {
        for (const [userId, variant] of batch)
          tx.emit('experiment.met', { userId, experimentKey: rankingExperiment, variant })
      })
    } catch (error) {
      // They are told of when they look again.
      for (const accountId of batch.keys()) told.delete(accountId)
      deps.log.warn({ error: String(error), accounts: batch.size }, 'exposures wait for the next look')
    }
  }

  return {
    async meet(accountId) {
      const variant = await deps.experiments.variantOf(rankingExperiment, accountId)
      if (variant === null || told.has(accountId)) return variant
      if (told.size >= maxTold) told.clear()
      told.add(accountId)
      if (gathered.size === 0) setTimeout(tell, gatherMs).unref()
      gathered.set(accountId, variant)
      if (gathered.size >= maxGathered) void tell()
      return variant
    },
    tell,
  }
}
