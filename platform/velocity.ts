// How fast accounts act: what hands do passes, what programs do in bursts does not. New and unproven accounts are slower, and so are
// those that moderators had to decide against.
import type { AccountFacts } from '#schema/facts.ts'
import type { Limits } from './limits.ts'

const day = 86_400_000
const hour = 3_600_000

/** How far an account is trusted. */
export type Trust = 'LOW' | 'NORMAL' | 'HIGH'

/** What trust goes by. */
type Trusted = Pick<AccountFacts, 'createdAt' | 'emailVerified' | 'lessTrustedUntil' | 'leastTrustedUntil'>

/**
 * An account that is younger than a day, or whose e-mail address is not proven, is trusted little; one of a month more than others.
 * What is known of its conduct takes a level from it, or all.
 */
export function trustOf(account: Trusted, now: number): Trust {
  const age = now - account.createdAt
  const lasts = (until: number | null) => until !== null && until > now
  if (age < day || !account.emailVerified || lasts(account.leastTrustedUntil)) return 'LOW'
  const isOld = age >= 30 * day
  if (lasts(account.lessTrustedUntil)) return isOld ? 'NORMAL' : 'LOW'
  return isOld ? 'HIGH' : 'NORMAL'
}

/** How often an account of NORMAL trust may do in an hour what others are told of. */
const perHour: Readonly<Record<string, number>> = {
  followUser: 120,
  followHashtag: 120,
  createComment: 120,
  sharePost: 120,
  likePost: 600,
  likeComment: 600,
}

const factors: Record<Trust, number> = { LOW: 0.25, NORMAL: 1, HIGH: 2 }

/** Counts a mutation of an account's. Throws RATE_LIMITED when it does too much of this. */
export async function countAct(
  limits: Limits,
  actor: Trusted & Pick<AccountFacts, 'id'>,
  mutation: string,
  now: number,
): Promise<void> {
  const usual = Object.hasOwn(perHour, mutation) ? perHour[mutation] : undefined
  if (usual === undefined) return
  const max = usual * factors[trustOf(actor, now)]
  await limits.use({ name: `act-${mutation}`, max, windowMs: hour, withoutRedis: 'open' }, actor.id)
}
