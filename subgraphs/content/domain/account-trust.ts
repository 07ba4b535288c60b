// How far accounts are trusted, by what is known of them: moderators decide with it, and see what it goes by.
import type { Accounts } from '#platform/accounts.ts'
import { type Trust, trustOf } from '#platform/velocity.ts'
import type { AccountFacts } from '#schema/facts.ts'
import type { Conduct } from '../model.ts'
import type { Store } from '../store.ts'

const day = 86_400_000
const recent = 365 * day

/** What moderators see of an account's trust. */
export interface AccountTrust {
  /** 0–100. */
  score: number
  level: Trust
  ageDays: number
  isEmailVerified: boolean
  isShadowBanned: boolean
  violationCount: number
  openReportCount: number
  /** Others that it acts as one with, by a review that waits. */
  ringSize: number
}

/** Weighs what is known of an account. */
export function weigh(
  account: Pick<AccountFacts, 'createdAt' | 'emailVerified' | 'shadowBanned'>,
  { violations, openReports, ringSize }: Conduct,
  now: number,
): AccountTrust {
  const ageDays = Math.max(0, Math.floor((now - account.createdAt) / day))
  const forAge = Math.min(40, Math.floor((ageDays / 30) * 40))
  const forProof = account.emailVerified ? 20 : 0
  const asOne = ringSize > 0 ? 20 : 0
  const forConduct = account.shadowBanned ? 0 : Math.max(0, 40 - 15 * violations - 3 * openReports - asOne)
  return {
    score: account.shadowBanned ? 0 : forAge + forProof + forConduct,
    level: trustOf(account, now),
    ageDays,
    isEmailVerified: account.emailVerified,
    isShadowBanned: account.shadowBanned,
    violationCount: violations,
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
  const spotless = { violations: 0, openReports: 0, ringSize: 0 }
  return new Map(
    [...accounts].map(([id, account]) => [id, weigh(account, standing.get(id) ?? spotless, now)]),
  )
}
