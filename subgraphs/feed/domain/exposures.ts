// Who met which variant of the experiment with the feed's order. A page is read, not written: those who met it are gathered for
// a moment, and one transaction tells of all of them.
import type { Accounts } from '#platform/accounts.ts'
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
  /** The variant by which an account's feed is ordered; null outside of the experiment. */
  variantOf(accountId: string): Promise<string | null>
  /** Notes that an account's feed followed its variant; nothing is told of who refuses analytics. */
  meet(accountId: string, variant: string): void
  /** Tells of those who are gathered, when what is being told is. Does not reject. */
  tell(): Promise<void>
}

/** Exposures of one process: what it has gathered is told a second later, or when there is much of it. */
export function createExposures(deps: {
  experiments: Pick<Experiments, 'variantOf'>
  accounts: Pick<Accounts, 'get'>
  transact: Transact<'feed'>
  log: Log
}): Exposures {
  const told = new Set<string>()
  let gathered = new Map<string, { variant: string; at: string }>()
  let telling = Promise.resolve()

  const tellGathered = async (): Promise<void> => {
    const batch = gathered
    gathered = new Map()
    if (batch.size === 0) return
    try {
      const accounts = await deps.accounts.get([...batch.keys()])
      const allows = (userId: string) => accounts.get(userId)?.refusesAnalytics === false
      const willing = [...batch].filter(([userId]) => allows(userId))
      // Somebody may allow it later.
      for (const userId of batch.keys()) if (!allows(userId)) told.delete(userId)
      if (willing.length === 0) return
      await deps.transact(async (tx) => {
        for (const [userId, { variant, at }] of willing)
          tx.emit('experiment.met', { userId, experimentKey: rankingExperiment, variant, at })
      })
    } catch (error) {
      // They are told of when they look again.
      for (const accountId of batch.keys()) told.delete(accountId)
      deps.log.warn({ error: String(error), accounts: batch.size }, 'exposures wait for the next look')
    }
  }

  const tell = () => {
    telling = telling.then(tellGathered)
    return telling
  }

  return {
    variantOf: (accountId) => deps.experiments.variantOf(rankingExperiment, accountId),
    meet(accountId, variant) {
      if (told.has(accountId)) return
      if (told.size >= maxTold) told.clear()
      told.add(accountId)
      if (gathered.size === 0) setTimeout(tell, gatherMs).unref()
      gathered.set(accountId, { variant, at: new Date().toISOString() })
      if (gathered.size >= maxGathered) void tell()
    },
    tell,
  }
}
