// The rules of relations, as one pure function: how two people stand, and what one of them does, decide how they stand then
// and what has happened.
import { AppError, notFound } from '#schema/errors.ts'
import type { RelationDoc } from '../model.ts'

/** How two people stand to each other, from one's side. */
export type Standing = Required<
  Pick<
    RelationDoc,
    | 'follow'
    | 'followAt'
    | 'followedBy'
    | 'followedByAt'
    | 'blocksAt'
    | 'blockedByAt'
    | 'mutesAt'
    | 'mutesUntil'
    | 'mutesStoriesAt'
    | 'mutesStoriesUntil'
    | 'hidesStoriesAt'
    | 'storiesHiddenByAt'
    | 'favoriteAt'
    | 'favoriteOfAt'
    | 'closeFriendAt'
    | 'closeFriendOfAt'
    | 'restrictsAt'
    | 'restrictedByAt'
    | 'dismissedAt'
  >
>

/** How strangers stand. */
export const strangers: Standing = {
  follow: 'NONE',
  followAt: null,
  followedBy: 'NONE',
  followedByAt: null,
  blocksAt: null,
  blockedByAt: null,
  mutesAt: null,
  mutesUntil: null,
  mutesStoriesAt: null,
  mutesStoriesUntil: null,
  hidesStoriesAt: null,
  storiesHiddenByAt: null,
  favoriteAt: null,
  favoriteOfAt: null,
  closeFriendAt: null,
  closeFriendOfAt: null,
  restrictsAt: null,
  restrictedByAt: null,
  dismissedAt: null,
}

/** What of an account is muted. */
type MuteTarget = 'ALL' | 'POSTS' | 'STORIES'

export type Action =
  | { kind: 'follow'; isPrivate: boolean }
  | { kind: 'mute'; what: MuteTarget; until: Date | null }
  | { kind: 'unmute'; what: MuteTarget }
  | {
      kind:
        | 'unfollow'
        | 'cancelRequest'
        | 'acceptRequest'
        | 'declineRequest'
        | 'removeFollower'
        | 'block'
        | 'unblock'
        | 'addFavorite'
        | 'removeFavorite'
        | 'addCloseFriend'
        | 'removeCloseFriend'
        | 'restrict'
        | 'unrestrict'
        | 'hideStories'
        | 'unhideStories'
        | 'dismiss'
    }

/** What happened, told by the follow that it happened to: the actor's own, or the other's. */
export interface Happening {
  name: 'follow.created' | 'follow.requested' | 'follow.ended'
  whose: 'own' | 'others'
  /** Whether a follow came to be by the acceptance of a request. */
  accepted: boolean
}

/** The new standing and what happened; null when everything is already as the actor wants it. */
type Outcome = { standing: Standing; happened: Happening[] } | null

const field = ['input', 'userId']

/**
 * What an action makes of a standing, seen by who acts. Throws NOT_FOUND where a block either way, or no request, leaves
 * nothing to act on, CONFLICT where a request was accepted meanwhile, and FORBIDDEN for a favourite whom one does not follow.
 */
export function transition(standing: Standing, action: Action, now: Date): Outcome {
  // A favourite is one as long as the follow lasts: a new follow begins without it.
  const own = (follow: Standing['follow']): Partial<Standing> => ({
    follow,
    followAt: at(follow, now),
    favoriteAt: null,
  })
  const others = (follow: Standing['follow']): Partial<Standing> => ({
    followedBy: follow,
    followedByAt: at(follow, now),
  })
  const become = (change: Partial<Standing>, ...happened: Happening[]): Outcome => ({
    standing: { ...standing, ...change },
    happened,
  })
  const change = (marks: Partial<Standing>): Outcome => (Object.keys(marks).length > 0 ? become(marks) : null)

  if (action.kind === 'unblock' && standing.blocksAt) return become({ blocksAt: null })
  if (action.kind === 'block' && standing.blocksAt) return null
  // Blocked either way, the other is absent; only who blocked can take it back, above.
  if (standing.blocksAt || standing.blockedByAt) throw notFound(field)

  switch (action.kind) {
    case 'follow':
      if (standing.follow === 'FOLLOWING') return null
      if (!action.isPrivate) return become(own('FOLLOWING'), event('follow.created', 'own'))
      return standing.follow === 'REQUESTED'
        ? null
        : become(own('REQUESTED'), event('follow.requested', 'own'))

    case 'unfollow':
      return standing.follow === 'NONE' ? null : become(own('NONE'), event('follow.ended', 'own'))

    case 'cancelRequest':
      if (standing.follow === 'FOLLOWING')
        throw conflict('The request was accepted: you follow this account now.')
      return standing.follow === 'NONE' ? null : become(own('NONE'), event('follow.ended', 'own'))

    case 'acceptRequest':
      if (standing.followedBy === 'NONE') throw notFound(field)
      return standing.followedBy === 'FOLLOWING'
        ? null
        : become(others('FOLLOWING'), { name: 'follow.created', whose: 'others', accepted: true })

    case 'declineRequest':
      if (standing.followedBy === 'FOLLOWING')
        throw conflict('The request was accepted: remove the follower instead.')
      return standing.followedBy === 'NONE' ? null : become(others('NONE'), event('follow.ended', 'others'))

    case 'removeFollower':
      return standing.followedBy === 'FOLLOWING'
        ? become(others('NONE'), event('follow.ended', 'others'))
        : null

    case 'block':
      return become(
        { ...own('NONE'), ...others('NONE'), ...unbound, blocksAt: now },
        ...(standing.follow === 'NONE' ? [] : [event('follow.ended', 'own')]),
        ...(standing.followedBy === 'NONE' ? [] : [event('follow.ended', 'others')]),
      )

    case 'unblock':
      return null

    case 'mute':
      return change({
        ...(action.what !== 'STORIES' && !mutedUntil(standing.mutesAt, standing.mutesUntil, action.until)
          ? { mutesAt: now, mutesUntil: action.until }
          : {}),
        ...(action.what !== 'POSTS' &&
        !mutedUntil(standing.mutesStoriesAt, standing.mutesStoriesUntil, action.until)
          ? { mutesStoriesAt: now, mutesStoriesUntil: action.until }
          : {}),
      })

    case 'unmute':
      return change({
        ...(action.what !== 'STORIES' && standing.mutesAt ? { mutesAt: null, mutesUntil: null } : {}),
        ...(action.what !== 'POSTS' && standing.mutesStoriesAt
          ? { mutesStoriesAt: null, mutesStoriesUntil: null }
          : {}),
      })

    case 'addFavorite':
      if (standing.follow !== 'FOLLOWING')
        throw new AppError('FORBIDDEN', 'Follow this account before you make it a favourite.', { field })
      return standing.favoriteAt ? null : become({ favoriteAt: now })

    case 'removeFavorite':
      return standing.favoriteAt ? become({ favoriteAt: null }) : null

    case 'addCloseFriend':
      return standing.closeFriendAt ? null : become({ closeFriendAt: now })

    case 'removeCloseFriend':
      return standing.closeFriendAt ? become({ closeFriendAt: null }) : null

    case 'restrict':
      return standing.restrictsAt ? null : become({ restrictsAt: now })

    case 'unrestrict':
      return standing.restrictsAt ? become({ restrictsAt: null }) : null

    case 'hideStories':
      return standing.hidesStoriesAt ? null : become({ hidesStoriesAt: now })

    case 'unhideStories':
      return standing.hidesStoriesAt ? become({ hidesStoriesAt: null }) : null

    case 'dismiss':
      return standing.dismissedAt ? null : become({ dismissedAt: now })
  }
}

/** Whether something is muted until just then. */
const mutedUntil = (mutesAt: Date | null, until: Date | null, wanted: Date | null) =>
  mutesAt !== null && until?.getTime() === wanted?.getTime()

/**
 * What a block ends both ways, besides follows and the favourites that go with them. Hidden stories stay hidden: who hid them
 * did so to be seen less.
 */
const unbound: Partial<Standing> = {
  closeFriendAt: null,
  closeFriendOfAt: null,
  restrictsAt: null,
  restrictedByAt: null,
}

/** When a follow took its value; there is nothing to date about none. */
const at = (follow: Standing['follow'], now: Date) => (follow === 'NONE' ? null : now)

const event = (name: Happening['name'], whose: Happening['whose']): Happening => ({
  name,
  whose,
  accepted: false,
})

const conflict = (message: string) => new AppError('CONFLICT', message, { field })
