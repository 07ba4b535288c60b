// How fast accounts act: what hands do passes, what programs do in bursts does not. New and unproven accounts are slower.
import type { AccountFacts } from '#schema/facts.ts'
import type { Limit, Limits } from './limits.ts'

const day = 86_400_000
const hour = 3_600_000

/** How far an account is trusted by what is known of itself. */
export type Trust = 'LOW' | 'NORMAL' | 'HIGH'

/** An account that is younger than a day, or whose e-mail address is not proven, is trusted little; one of a month more than others. */
export function trustOf(account: Pick<AccountFacts, 'createdAt' | 'emailVerified'>, now: number): Trust {
  const age = now - account.createdAt
  if (age < day || !account.emailVerified) return 'LOW'
  return age < 30 * day ? 'NORMAL' : 'HIGH'
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

type Actor = Pick<AccountFacts, 'id' | 'createdAt' | 'emailVerified'>

const limitOf = (mutation: string, usual: number, actor: Actor, now: number): Limit => ({
  ...{ name: `act-${mutation}`, max: usual * factors[trustOf(actor, now)] },
  ...{ windowMs: hour, withoutRedis: 'open' },
})

/** Counts a mutation of an account's. Throws RATE_LIMITED when it does too much of this. */
export async function countAct(limits: Limits, actor: Actor, mutation: string, now: number): Promise<void> {
  const usual = Object.hasOwn(perHour, mutation) ? perHour[mutation] : undefined
  if (usual !== undefined) await limits.use(limitOf(mutation, usual, actor, now), actor.id)
}

/** Leaves an account for an hour what one of LOW trust has, however old it is. */
export async function slowDown(limits: Limits, actor: Actor, now: number): Promise<void> {
  for (const [mutation, usual] of Object.entries(perHour)) {
    await limits.leave(limitOf(mutation, usual, actor, now), actor.id, usual * factors.LOW)
  }
}
