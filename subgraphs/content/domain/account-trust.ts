// How far accounts are trusted, by what is known of them: moderators decide with it and see what it goes by, and the limits on how
// fast they act go by the same. Reports that nobody has looked at cost nothing: anyone could slow anyone down with them.
import type { Accounts } from '#platform/accounts.ts'
import type { Transaction } from '#platform/mongo.ts'
import { type Trust, trustOf } from '#platform/velocity.ts'
import type { AccountFacts } from '#schema/facts.ts'
import type { Conduct, HeldAgainst } from '../model.ts'
import type { Store } from '../store.ts'

const day = 86_400_000
const hour = 3_600_000
const recent = 365 * day

/** Points that a decision takes, a report that it upheld, and acting as one with others. */
const costs = { violation: 15, report: 3, ring: 30 }

/** Points taken from which on an account is trusted a level less, and like a new one. */
const steps = { less: 15, least: 30 }

/** So many decisions, each of which takes what one takes at least, take all that there is to take. */
const enough = Math.ceil(steps.least / costs.violation)

/** What moderators see of an account's trust. */
export interface AccountTrust {
  /** 0–100. */
  score: number
  level: Trust
  ageDays: number
  isEmailVerified: boolean
  isShadowBanned: boolean
  violationCount: number
  upheldReportCount: number
  openReportCount: number
  /** Others that it acts as one with, by a review that waits. */
  ringSize: number
}

/** Weighs what is known of an account. */
export function weigh(
  account: Parameters<typeof trustOf>[0] & Pick<AccountFacts, 'shadowBanned'>,
  { violations, upheldReports, openReports, ringSize }: Conduct,
  now: number,
): AccountTrust {
  const ageDays = Math.max(0, Math.floor((now - account.createdAt) / day))
  const forAge = Math.min(40, Math.floor((ageDays / 30) * 40))
  const forProof = account.emailVerified ? 20 : 0
  const asOne = ringSize > 0 ? costs.ring : 0
  const taken = costs.violation * violations + costs.report * upheldReports + asOne
  const forConduct = Math.max(0, 40 - taken)
  return {
    score: account.shadowBanned ? 0 : forAge + forProof + forConduct,
    level: trustOf(account, now),
    ageDays,
    isEmailVerified: account.emailVerified,
    isShadowBanned: account.shadowBanned,
    violationCount: violations,
    upheldReportCount: upheldReports,
    openReportCount: openReports,
    ringSize,
  }
}

/** The trust in each of some accounts; those that are gone are left out. */
export async function trustIn(
  deps: Pick<Store, 'countStanding'> & { accounts: Pick<Accounts, 'get'>; now(): Date },
  userIds: readonly string[],
): Promise<Map<string, AccountTrust>> {
  const now = deps.now().getTime()
  const [accounts, standing] = await Promise.all([
    deps.accounts.get([...userIds]),
    deps.countStanding(userIds, new Date(now - recent)),
  ])
  const spotless = { violations: 0, upheldReports: 0, openReports: 0, ringSize: 0 }
  return new Map(
    [...accounts].map(([id, account]) => [id, weigh(account, standing.get(id) ?? spotless, now)]),
  )
}

/** Until when decisions take so many points: the last ones that do so together stand that long. Null when they never did. */
function takenUntil(decisions: HeldAgainst['decisions'], points: number): number | null {
  let taken = 0
  for (const { decidedAt, reportCount } of decisions) {
    taken += costs.violation + costs.report * reportCount
    if (taken >= points) return Number(decidedAt) + recent
  }
  return null
}

/** Until when an account is trusted a level less, and like a new one, for what is held against it. */
function trustedLess({
  decisions,
  ringAt,
}: HeldAgainst): Pick<AccountFacts, 'lessTrustedUntil' | 'leastTrustedUntil'> {
  // Who may be in a ring by chance waits for no moderator: it is over after an hour.
  const ringUntil = ringAt ? ringAt.getTime() + hour : 0
  const leastUntil = Math.max(takenUntil(decisions, steps.least) ?? 0, ringUntil)
  return {
    lessTrustedUntil: takenUntil(decisions, steps.less),
    leastTrustedUntil: leastUntil === 0 ? null : leastUntil,
  }
}

/**
 * Says how far an account is trusted by now, in the transaction that changed it; `sequence` is the place of its entry in the audit
 * log, with which of two such transactions one comes after the other.
 */
export async function tellTrust(
  deps: Pick<Store, 'findHeldAgainst'> & { now(): Date },
  tx: Transaction<'content'>,
  userId: string,
  sequence: number,
): Promise<void> {
  const since = new Date(deps.now().getTime() - recent)
  const held = await deps.findHeldAgainst(userId, { since, limit: enough }, tx.session)
  tx.emit('account.weighed', { userId, sequence, ...trustedLess(held) })
}
