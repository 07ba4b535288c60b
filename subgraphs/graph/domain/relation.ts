// One person acts on another. The pair's two mirrored rows are read and written in one transaction; as every change writes
// both, two racing ones conflict and the later starts again from what the earlier left.
import type { FactModel } from '#platform/facts.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import { relationKey } from '#platform/relations.ts'
import { AppError, notFound } from '#schema/errors.ts'
import type { AccountFacts, Relation } from '#schema/facts.ts'
import { isId } from '#schema/ids.ts'
import type { CountRow, RelationDoc } from '../model.ts'
import { type Action, type Standing, strangers, transition } from './transition.ts'

interface RelationStore {
  /** Both rows of a pair, by id. */
  findPair(tx: Transaction<'graph'>, ids: [string, string]): Promise<Map<string, RelationDoc>>
  /** Writes both rows whole. */
  writePair(tx: Transaction<'graph'>, rows: [RelationDoc, RelationDoc]): Promise<void>
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
      const known = await deps.store.findPair(tx, ids)
      const [mine, theirs] = ids.map((id) => known.get(id))
      const outcome = transition({ ...strangers, ...mine }, action, deps.now)
      if (outcome) {
        const begins = outcome.happened.some(({ name, whose }) => whose === 'own' && name !== 'follow.ended')
        const following = begins ? ((await deps.store.findCounts(tx, viewerId))?.following ?? 0) : 0
        if (following >= maxFollowing) {
          throw new AppError('TOO_MANY', `You can follow at most ${maxFollowing} accounts.`, { field })
        }
        await deps.store.writePair(tx, [
          rowOf(viewerId, otherId, outcome.standing, mine),
          rowOf(otherId, viewerId, mirror(outcome.standing, { ...strangers, ...theirs }), theirs),
        ])
        tx.emit('relation.changed', { userId: viewerId, otherId })
        for (const { name, whose, accepted } of outcome.happened) {
          const follow =
            whose === 'own' ? { userId: viewerId, otherId } : { userId: otherId, otherId: viewerId }
          if (name === 'follow.created') tx.emit(name, { ...follow, accepted })
          else tx.emit(name, follow)
        }
      }
      return { userId: otherId }
    }),
  )
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
