// How many follow, and are followed. The rows of relations are the truth; the counts follow them by steps, each of which is
// taken once, because the row says whether it was.
import type { Log } from '#platform/log.ts'
import { roundNumberReached } from '#platform/milestones.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import { relationKey } from '#platform/relations.ts'
import type { CountRow, Counts, DueFollow, RelationDoc } from '../model.ts'

/** A change of one account's counts. */
export interface CountStep extends Counts {
  userId: string
}

/** The step that a follow's row still has to take: 1 when it is to be counted, -1 when no longer, 0 when it was. */
export function stepOf(row: Pick<DueFollow, 'follow' | 'counted' | 'asleep'>): -1 | 0 | 1 {
  const follows = row.follow === 'FOLLOWING' && !row.asleep
  if (follows === row.counted) return 0
  return follows ? 1 : -1
}

/** What due follows add up to, one step an account, accounts ascending, so that racing writers meet in the same order. */
export function foldSteps(rows: readonly DueFollow[]): CountStep[] {
  const steps = new Map<string, CountStep>()
  const stepFor = (userId: string) => {
    const step = steps.get(userId) ?? { userId, followers: 0, following: 0 }
    steps.set(userId, step)
    return step
  }
  for (const row of rows) {
    stepFor(row.viewerId).following += stepOf(row)
    stepFor(row.otherId).followers += stepOf(row)
  }
  return [...steps.values()].toSorted((a, b) => (a.userId < b.userId ? -1 : 1))
}

/** An account's counts as a viewer sees them: with his own follows that are not counted yet. */
export function shownCounts(row: Counts | undefined, userId: string, due: readonly DueFollow[]): Counts {
  const shown = { followers: row?.followers ?? 0, following: row?.following ?? 0 }
  for (const follow of due) {
    if (follow.otherId === userId) shown.followers += stepOf(follow)
    if (follow.viewerId === userId) shown.following += stepOf(follow)
  }
  // Counts that were damaged can be off until they are healed, but never make no sense.
  return { followers: Math.max(0, shown.followers), following: Math.max(0, shown.following) }
}

export interface CountStore {
  /** Those of the rows whose step is due. */
  findDueFollows(tx: Transaction<'graph'>, ids: readonly string[]): Promise<RelationDoc[]>
  markCounted(tx: Transaction<'graph'>, rows: readonly RelationDoc[]): Promise<void>
  addToCounts(tx: Transaction<'graph'>, steps: readonly CountStep[], checkAt: Date): Promise<void>
  findCounts(tx: Transaction<'graph'>, userId: string): Promise<CountRow | null>
  findManyCounts(tx: Transaction<'graph'>, userIds: readonly string[]): Promise<Map<string, CountRow>>
  /** How many of an account's follows are in the counts, by the rows. */
  countFollows(tx: Transaction<'graph'>, userId: string): Promise<Counts>
  setCounts(tx: Transaction<'graph'>, row: CountRow): Promise<void>
}

interface Deps {
  store: CountStore
  transact: Transact<'graph'>
}

/** An account's counts are compared with the rows so often, when somebody looks at them. */
const checkMs = 600_000
/** A check reads every follow of the account: the more it has, the rarer the checks. */
const checkMsPerFollow = 1
/** Checks at a time in this process; what does not fit comes with a later look. */
const maxChecks = 2

/** When an account with these counts is to be checked again. */
function nextCheck({ followers, following }: Counts, now: Date): Date {
  return new Date(now.getTime() + checkMs + checkMsPerFollow * (followers + following))
}

/** Takes the steps that these pairs' rows are due, in both directions. Nothing is due twice, so repeating it does nothing. */
export async function countRelations(
  deps: Deps,
  pairs: readonly { userId: string; otherId: string }[],
): Promise<void> {
  const ids = new Set(
    pairs.flatMap(({ userId, otherId }) => [relationKey(userId, otherId), relationKey(otherId, userId)]),
  )
  const now = new Date()
  await deps.transact(async (tx) => {
    const due = await deps.store.findDueFollows(tx, [...ids])
    if (due.length === 0) return
    const steps = foldSteps(due)
    await deps.store.addToCounts(tx, steps, new Date(now.getTime() + checkMs))
    const grown = steps.filter((step) => step.followers > 0)
    const counts = await deps.store.findManyCounts(
      tx,
      grown.map(({ userId }) => userId),
    )
    for (const { userId, followers: more } of grown) {
      const followers = counts.get(userId)?.followers ?? 0
      const count = roundNumberReached(followers - more, followers)
      if (count !== null) tx.emit('followers.reached', { userId, count })
    }
    await deps.store.markCounted(tx, due)
  })
}

/** Compares an account's counts with the rows and mends them; answers whether they were wrong. Due steps stay due. */
export async function reconcileCounts(deps: Deps, userId: string): Promise<boolean> {
  const now = new Date()
  return deps.transact(async (tx) => {
    const counted = await deps.store.countFollows(tx, userId)
    const row = await deps.store.findCounts(tx, userId)
    if (row?.followers === counted.followers && row.following === counted.following) return false
    await deps.store.setCounts(tx, { ...row, _id: userId, ...counted, checkAt: nextCheck(counted, now) })
    return true
  })
}

/** Checks at a turn of the chore. */
const checksPerTurn = 50

/**
 * Compares counts whose check is due with the rows, longest due first, whether anybody looks at them or not; answers how many
 * were wrong.
 */
export async function reconcileDue(deps: Deps & { store: CheckStore }, signal: AbortSignal): Promise<number> {
  let mended = 0
  for (const row of await deps.store.listDueChecks(new Date(), checksPerTurn)) {
    if (signal.aborted) break
    const now = new Date()
    if (!(await deps.store.claimCheck(row._id, now, nextCheck(row, now)))) continue
    if (await reconcileCounts(deps, row._id)) mended++
  }
  return mended
}

interface CheckStore {
  /** Counts whose check is due, longest first. */
  listDueChecks(now: Date, limit: number): Promise<CountRow[]>
  claimCheck(userId: string, now: Date, nextAt: Date): Promise<boolean>
}

/** Checks counts in the background when they are looked at and a check is due, so that whatever damaged them heals. */
export function createCountChecker(
  deps: Deps & {
    store: Pick<CheckStore, 'claimCheck'>
    log: Log
  },
): { look(userIds: readonly string[], rows: ReadonlyMap<string, CountRow>): void } {
  let running = 0
  const check = async (userId: string, row: CountRow | undefined, now: Date) => {
    running++
    try {
      const nextAt = nextCheck(row ?? { followers: 0, following: 0 }, now)
      if (!(await deps.store.claimCheck(userId, now, nextAt))) return
      if (await reconcileCounts(deps, userId)) deps.log.warn({ userId }, 'counts were wrong and are mended')
    } catch (error) {
      deps.log.debug({ error: String(error) }, 'counts were not checked')
    } finally {
      running--
    }
  }
  return {
    look(userIds, rows) {
      const now = new Date()
      for (const userId of userIds) {
        if (running >= maxChecks) return
        const row = rows.get(userId)
        if (!row || row.checkAt <= now) void check(userId, row, now)
      }
    },
  }
}
