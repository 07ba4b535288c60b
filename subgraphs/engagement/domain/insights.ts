// Insights: what happened to what somebody publishes, summed up. Every event becomes a deed; a deed goes into the warehouse as a
// row of a file, and into the sums that are read, in one transaction, so that both always tell the same.
import { createHmac } from 'node:crypto'
import type { DomainEvent, EventsFor } from '#schema/events.ts'
import type { AccountFacts } from '#schema/facts.ts'
import { entityOf } from '#schema/ids.ts'
import type { deedKinds } from '#schema/jobs.ts'

/** What a row of the warehouse is about. */
export type DeedKind = (typeof deedKinds)[number]

export const ageBands = ['13-17', '18-24', '25-34', '35-44', '45-54', '55+'] as const
export type AgeBand = (typeof ageBands)[number]

/** A row of the warehouse: who (by pseudonym) did what to whose what. Durations in milliseconds. */
export interface Deed {
  /** Id of the event, with a number where an event is several deeds. */
  id: string
  at: Date
  kind: DeedKind
  /** Pseudonym of who did it: the same account always has the same one; `nobodysPseudonym` of who does not want it known. */
  actor: string
  /** When the account came to be, `YYYY-MM-DD`; null for one that is gone. */
  actorSince: string | null
  ageBand: AgeBand | null
  /** Where he was, two letters of ISO 3166-1; lacking where his device did not say. */
  country?: string | null
  /** The post, story or account that it was done to; an account by its pseudonym in the warehouse. */
  subjectId: string
  /** Whose it is, likewise; null for what is nobody's. */
  ownerId: string | null
  surface: string | null
  position: number | null
  dwellMs: number
  watchedMs: number
  clicked: boolean
  viewed: boolean
}

/** An event that the warehouse listens to. */
export type WarehouseEvent = {
  [N in EventsFor<'warehouse.events'>]: DomainEvent<N>
}[EventsFor<'warehouse.events'>]

/** The day of a time, UTC, `YYYY-MM-DD`. */
export const dayOf = (at: Date): string => at.toISOString().slice(0, 10)

/** A pseudonym that only the holder of the secret can relate to an account. */
export function pseudonym(secret: string, accountId: string): string {
  return createHmac('sha256', secret).update(`warehouse:${accountId}`).digest('hex').slice(0, 16)
}

/** Stands for whoever refuses analytics: what he did counts, and nothing says that it was he. */
export const nobodysPseudonym = '0'.repeat(16)

/** A deed of which it is not told who did it. */
export const unnamed = (deed: Deed): Deed => ({
  ...deed,
  actor: nobodysPseudonym,
  actorSince: null,
  ageBand: null,
  country: null,
})

/** What a subject or an owner is called in the warehouse: accounts by their pseudonyms. */
export function warehouseName(secret: string, id: string): string {
  return entityOf(id) === 'User' ? pseudonym(secret, id) : id
}

/** A deed as the warehouse keeps it: accounts stand in it by their pseudonyms. */
export function pseudonymous(secret: string, deed: Deed): Deed {
  const { subjectId, ownerId } = deed
  return {
    ...deed,
    subjectId: warehouseName(secret, subjectId),
    ownerId: ownerId === null ? null : warehouseName(secret, ownerId),
  }
}

/** The band of an account's age at a time; coarse, so that it tells nobody apart. */
export function ageBandOf(adultAt: number, at: Date): AgeBand {
  const age = 18 + (at.getTime() - adultAt) / (365.25 * 86_400_000)
  if (age < 18) return '13-17'
  if (age < 25) return '18-24'
  if (age < 35) return '25-34'
  if (age < 45) return '35-44'
  return age < 55 ? '45-54' : '55+'
}

/** A story was seen to its end when it was on the screen as long as a picture stays, milliseconds. */
export const storyLengthMs = 5_000

/** What an event says about the accounts and posts that it names: loaded in batches by `namedBy`. */
export interface Named {
  accounts: ReadonlyMap<string, AccountFacts>
  /** Author of a post, by the post's id. */
  authors: ReadonlyMap<string, string>
}

/** Ids of accounts and posts that must be loaded for `deedsOf`. */
export function namedBy(batch: readonly WarehouseEvent[]): { accountIds: string[]; postIds: string[] } {
  const accountIds = batch.map(actorOf)
  const postIds = batch.flatMap(({ payload }) => ('postId' in payload ? [payload.postId] : []))
  return { accountIds: [...new Set(accountIds)], postIds: [...new Set(postIds)] }
}

function actorOf({ payload }: WarehouseEvent): string {
  return 'authorId' in payload ? payload.authorId : payload.userId
}

const kindOf = {
  'post.liked': 'LIKE',
  'post.unliked': 'UNLIKE',
  'post.saved': 'SAVE',
  'post.unsaved': 'UNSAVE',
  'post.shared': 'SHARE',
  'comment.created': 'COMMENT',
  'comment.deleted': 'UNCOMMENT',
  'follow.created': 'FOLLOW',
  'follow.ended': 'UNFOLLOW',
  'impressions.recorded': 'IMPRESSION',
} as const satisfies Record<WarehouseEvent['name'], DeedKind>

/** The deeds of an event; none where what it was done to is gone. */
export function deedsOf(event: WarehouseEvent, { accounts, authors }: Named, secret: string): Deed[] {
  const { id, at, name, payload } = event
  const account = accounts.get(actorOf(event))
  const common = {
    at,
    kind: kindOf[name],
    actor: pseudonym(secret, actorOf(event)),
    actorSince: account ? dayOf(new Date(account.createdAt)) : null,
    ageBand: account ? ageBandOf(account.adultAt, at) : null,
    surface: null,
    position: null,
    dwellMs: 0,
    watchedMs: 0,
    clicked: false,
    viewed: false,
  }
  if ('impressions' in payload) {
    return payload.impressions.map(({ authorId, ...one }, i) => ({
      ...common,
      ...one,
      country: payload.country ?? null,
      id: `${id}:${i}`,
      ownerId: authorId ?? (entityOf(one.subjectId) === 'User' ? one.subjectId : null),
    }))
  }
  if ('otherId' in payload) return [{ ...common, id, subjectId: payload.otherId, ownerId: payload.otherId }]
  const ownerId = authors.get(payload.postId)
  return ownerId ? [{ ...common, id, subjectId: payload.postId, ownerId }] : []
}

/** What is summed up, of a subject or of all that an account publishes. */
export const insightSums = [
  'impressions',
  'views',
  'likes',
  'comments',
  'shares',
  'saves',
  'watchMs',
  'watched',
  'storyImpressions',
  'storyCompletions',
  'followerGrowth',
  'dwellMs',
] as const
export type InsightSum = (typeof insightSums)[number]
export type InsightSums = Partial<Record<InsightSum, number>>

/** What a deed that is no impression adds to which sums. */
export const adds: Readonly<Record<Exclude<DeedKind, 'IMPRESSION'>, InsightSums>> = {
  LIKE: { likes: 1 },
  UNLIKE: { likes: -1 },
  COMMENT: { comments: 1 },
  UNCOMMENT: { comments: -1 },
  SHARE: { shares: 1 },
  SAVE: { saves: 1 },
  UNSAVE: { saves: -1 },
  FOLLOW: { followerGrowth: 1 },
  UNFOLLOW: { followerGrowth: -1 },
}

/** How much a deed adds to which sums. */
export function sumsOf(deed: Deed): InsightSums {
  if (deed.kind !== 'IMPRESSION') return adds[deed.kind]
  const story = entityOf(deed.subjectId) === 'Story'
  return {
    impressions: 1,
    dwellMs: deed.dwellMs,
    ...(deed.viewed ? { views: 1 } : {}),
    ...(deed.watchedMs > 0 ? { watchMs: deed.watchedMs, watched: 1 } : {}),
    ...(story ? { storyImpressions: 1 } : {}),
    ...(story && Math.max(deed.dwellMs, deed.watchedMs) >= storyLengthMs ? { storyCompletions: 1 } : {}),
  }
}

/** Adds sums to sums. */
export function addSums(to: InsightSums, more: InsightSums): InsightSums {
  for (const [name, by] of Object.entries(more) as [InsightSum, number][]) to[name] = (to[name] ?? 0) + by
  return to
}

/** Fewer accounts than these are never told apart (k-anonymity). */
export const smallestGroup = 5

/**
 * Groups of an audience that may be shown: none with fewer than five accounts. Where exactly one is left out, the next smallest goes
 * with it, since the difference to the whole would tell it.
 */
export function anonymous<G extends { accounts: number }>(groups: readonly G[]): G[] {
  const bySize = groups.filter(({ accounts }) => accounts > 0).sort((a, b) => b.accounts - a.accounts)
  const shown = bySize.filter(({ accounts }) => accounts >= smallestGroup)
  if (bySize.length - shown.length === 1) shown.pop()
  return shown
}

/** Impressions of each hour of the day, nothing at those hours at which too few accounts were reached for it to be told. */
export function anonymousHours(
  impressions: readonly number[],
  reached: ReadonlyMap<number, number>,
): number[] {
  // Of those who refuse analytics it is not known how many they are: at least one, where something was seen.
  const groups = impressions.flatMap((count, hour) =>
    count > 0 ? [{ hour, accounts: Math.max(1, reached.get(hour) ?? 0) }] : [],
  )
  const shown = new Set(anonymous(groups).map(({ hour }) => hour))
  return impressions.map((count, hour) => (shown.has(hour) ? count : 0))
}
