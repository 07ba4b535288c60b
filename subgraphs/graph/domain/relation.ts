// One person acts on another. The pair's two mirrored rows are read and written in one transaction; as every change writes
// both, two racing ones conflict and the later starts again from what the earlier left.
import type { FactModel } from '#platform/facts.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import { relationKey } from '#platform/relations.ts'
import { AppError, notFound } from '#schema/errors.ts'
import type { AccountFacts, Relation } from '#schema/facts.ts'
import { isId } from '#schema/ids.ts'
import type { CountRow, ListedUser, RelationDoc } from '../model.ts'
import { type Action, type Happening, type Standing, strangers, transition } from './transition.ts'

interface RelationStore {
  /** Rows of pairs, by id. */
  findPairs(tx: Transaction<'graph'>, ids: readonly string[]): Promise<Map<string, RelationDoc>>
  /** Writes both rows of pairs whole. */
  writePairs(tx: Transaction<'graph'>, rows: readonly RelationDoc[]): Promise<void>
  findCounts(tx: Transaction<'graph'>, userId: string): Promise<CountRow | null>
}

/** How many accounts one may follow; a feed reads its followings whole. */
export const maxFollowing = 7_500

interface RelationDeps {
  store: RelationStore
  transact: Transact<'graph'>
  accounts: FactModel<AccountFacts>
  relations: FactModel<Relation>
  now: Date
}

/** What someone wants to do; whether the other is private is found out here. */
export type Wish =
  | Exclude<Action['kind'], 'follow' | 'mute' | 'unmute'>
  | 'follow'
  | Extract<Action, { kind: 'mute' | 'unmute' }>

/**
 * Has `viewerId` act on `otherId`. Repeating an action changes nothing. Throws INVALID on oneself and for a mute that has
 * ended, NOT_FOUND for an account that is absent or hidden, TOO_MANY for the follow after the last, and what `transition`
 * throws.
 */
export async function relate(
  deps: RelationDeps,
  viewerId: string,
  otherId: string,
  wish: Wish,
): Promise<{ userId: string }> {
  const field = ['input', 'userId']
  if (viewerId === otherId) throw new AppError('INVALID', 'You cannot do this to yourself.', { field })
  const other = isId(otherId, 'user') ? (await deps.accounts.get([otherId])).get(otherId) : undefined
  if (other?.status !== 'ACTIVE') throw notFound(field)
  const action = actionOf(wish, other, deps.now)

  const ids: [string, string] = [relationKey(viewerId, otherId), relationKey(otherId, viewerId)]
  return deps.relations.changing(ids, () =>
    deps.transact(async (tx) => {
      const known = await deps.store.findPairs(tx, ids)
      const change = changeOf(known, viewerId, otherId, action, deps.now)
      if (change) {
        const begins = change.happened.some(({ name, whose }) => whose === 'own' && name !== 'follow.ended')
        const following = begins ? ((await deps.store.findCounts(tx, viewerId))?.following ?? 0) : 0
        if (following >= maxFollowing) {
          throw new AppError('TOO_MANY', `You can follow at most ${maxFollowing} accounts.`, { field })
        }
        await deps.store.writePairs(tx, change.rows)
        tellOf(tx, viewerId, otherId, change.happened)
      }
      return { userId: otherId }
    }),
  )
}

/** Requests that are accepted in one transaction. */
const acceptedAtOnce = 100

/**
 * Accepts the requests that wait at an account which is private no more, the newest first; one that is private, or not in use, is left
 * alone. Requests of accounts that are not in use wait on. Safe to repeat.
 */
export async function acceptWaiting(
  deps: RelationDeps & {
    store: {
      listUsers(
        list: 'followRequests',
        userId: string,
        after: ListedUser | null,
        limit: number,
        now: Date,
      ): Promise<ListedUser[]>
    }
  },
  userId: string,
): Promise<void> {
  for (let last: ListedUser | null = null; ; ) {
    const account = (await deps.accounts.get([userId])).get(userId)
    if (account?.status !== 'ACTIVE' || account.isPrivate) return
    const waiting = await deps.store.listUsers('followRequests', userId, last, acceptedAtOnce, deps.now)
    last = waiting.at(-1) ?? null
    const inUse = await deps.accounts.get(waiting.map(({ otherId }) => otherId))
    const otherIds = [...inUse].flatMap(([id, { status }]) => (status === 'ACTIVE' ? [id] : []))
    if (otherIds.length > 0) await acceptAll(deps, userId, otherIds)
    if (waiting.length < acceptedAtOnce) return
  }
}

function acceptAll(deps: RelationDeps, userId: string, otherIds: readonly string[]): Promise<void> {
  const ids = otherIds.flatMap((otherId) => [relationKey(userId, otherId), relationKey(otherId, userId)])
  return deps.relations.changing(ids, () =>
    deps.transact(async (tx) => {
      const known = await deps.store.findPairs(tx, ids)
      const changes = otherIds.flatMap((otherId) => {
        // It may have been taken back, or declined, since it was listed.
        if (known.get(relationKey(userId, otherId))?.followedBy !== 'REQUESTED') return []
        const change = changeOf(known, userId, otherId, { kind: 'acceptRequest' }, deps.now)
        return change ? [{ otherId, ...change }] : []
      })
      if (changes.length > 0)
        await deps.store.writePairs(
          tx,
          changes.flatMap(({ rows }) => rows),
        )
      for (const { otherId, happened } of changes) tellOf(tx, userId, otherId, happened)
    }),
  )
}

/** What an action makes of a pair's rows, and what has happened; null when everything is as it wants it. Throws as `transition` does. */
function changeOf(
  known: ReadonlyMap<string, RelationDoc>,
  viewerId: string,
  otherId: string,
  action: Action,
  now: Date,
): { rows: [RelationDoc, RelationDoc]; happened: Happening[] } | null {
  const mine = known.get(relationKey(viewerId, otherId))
  const theirs = known.get(relationKey(otherId, viewerId))
  const outcome = transition({ ...strangers, ...mine }, action, now)
  if (!outcome) return null
  const { standing, happened } = outcome
  const other = mirror(standing, { ...strangers, ...theirs })
  return {
    rows: [rowOf(viewerId, otherId, standing, mine), rowOf(otherId, viewerId, other, theirs)],
    happened,
  }
}

/** Within a transaction: tells of a change between two people. */
function tellOf(
  tx: Transaction<'graph'>,
  viewerId: string,
  otherId: string,
  happened: readonly Happening[],
): void {
  tx.emit('relation.changed', { userId: viewerId, otherId })
  for (const { name, whose, accepted } of happened) {
    const follow = whose === 'own' ? { userId: viewerId, otherId } : { userId: otherId, otherId: viewerId }
    if (name === 'follow.created') tx.emit(name, { ...follow, accepted })
    else tx.emit(name, follow)
  }
}

function actionOf(wish: Wish, other: AccountFacts, now: Date): Action {
  if (wish === 'follow') return { kind: 'follow', isPrivate: other.isPrivate }
  if (typeof wish === 'string') return { kind: wish }
  if (wish.kind === 'mute' && wish.until && wish.until <= now) {
    throw new AppError('INVALID', 'A mute must end in the future.', { field: ['input', 'until'] })
  }
  return wish
}

/** The same standing from the other's side, whose mutes, favourites and dismissals are his own. */
export function mirror(
  standing: Standing,
  theirs: Pick<
    Standing,
    'mutesAt' | 'mutesUntil' | 'mutesStoriesAt' | 'mutesStoriesUntil' | 'favoriteAt' | 'dismissedAt'
  >,
): Standing {
  return {
    follow: standing.followedBy,
    followAt: standing.followedByAt,
    followedBy: standing.follow,
    followedByAt: standing.followAt,
    blocksAt: standing.blockedByAt,
    blockedByAt: standing.blocksAt,
    mutesAt: theirs.mutesAt,
    mutesUntil: theirs.mutesUntil,
    mutesStoriesAt: theirs.mutesStoriesAt,
    mutesStoriesUntil: theirs.mutesStoriesUntil,
    hidesStoriesAt: standing.storiesHiddenByAt,
    storiesHiddenByAt: standing.hidesStoriesAt,
    favoriteAt: standing.followedBy === 'FOLLOWING' ? theirs.favoriteAt : null,
    favoriteOfAt: standing.follow === 'FOLLOWING' ? standing.favoriteAt : null,
    closeFriendAt: standing.closeFriendOfAt,
    closeFriendOfAt: standing.closeFriendAt,
    restrictsAt: standing.restrictedByAt,
    restrictedByAt: standing.restrictsAt,
    dismissedAt: theirs.dismissedAt,
  }
}

function rowOf(
  viewerId: string,
  otherId: string,
  standing: Standing,
  before: RelationDoc | undefined,
): RelationDoc {
  const counted = before?.counted ?? false
  return {
    ...standing,
    _id: relationKey(viewerId, otherId),
    viewerId,
    otherId,
    favoriteOfAt: standing.followedBy === 'FOLLOWING' ? standing.favoriteOfAt : null,
    counted,
    countDue: counted !== (standing.follow === 'FOLLOWING'),
    // Both act or are acted on: both are in use.
    asleep: false,
    version: (before?.version ?? 0) + 1,
  }
}
