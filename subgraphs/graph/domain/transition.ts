// The rules of relations, as one pure function: how two people stand, and what one of them does, decide how they stand then
// and what has happened.
import type { RelationRow } from '#platform/relations.ts'
import { AppError, notFound } from '#schema/errors.ts'

/** How two people stand to each other, from one's side. */
export type Standing = Pick<
  RelationRow,
  | 'follow'
  | 'followAt'
  | 'followedBy'
  | 'followedByAt'
  | 'blocksAt'
  | 'blockedByAt'
  | 'mutesAt'
  | 'mutesUntil'
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
}

export type Action =
  | { kind: 'follow'; isPrivate: boolean }
  | { kind: 'mute'; until: Date | null }
  | {
      kind:
        | 'unfollow'
        | 'cancelRequest'
        | 'acceptRequest'
        | 'declineRequest'
        | 'removeFollower'
        | 'block'
        | 'unblock'
        | 'unmute'
    }

/** What happened, told by the follow that it happened to: the actor's own, or the other's. */
interface Happening {
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
 * nothing to act on, and CONFLICT where a request was accepted meanwhile.
 */
export function transition(standing: Standing, action: Action, now: Date): Outcome {
  const own = (follow: Standing['follow']): Partial<Standing> => ({ follow, followAt: at(follow, now) })
  const others = (follow: Standing['follow']): Partial<Standing> => ({
    followedBy: follow,
    followedByAt: at(follow, now),
  })
  const become = (change: Partial<Standing>, ...happened: Happening[]): Outcome => ({
    standing: { ...standing, ...change },
    happened,
  })

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
        { ...own('NONE'), ...others('NONE'), blocksAt: now },
        ...(standing.follow === 'NONE' ? [] : [event('follow.ended', 'own')]),
        ...(standing.followedBy === 'NONE' ? [] : [event('follow.ended', 'others')]),
      )

    case 'unblock':
      return null

    case 'mute':
      return standing.mutesAt && standing.mutesUntil?.getTime() === action.until?.getTime()
        ? null
        : become({ mutesAt: now, mutesUntil: action.until })

    case 'unmute':
      return standing.mutesAt ? become({ mutesAt: null, mutesUntil: null }) : null
  }
}

/** When a follow took its value; there is nothing to date about none. */
const at = (follow: Standing['follow'], now: Date) => (follow === 'NONE' ? null : now)

const event = (name: Happening['name'], whose: Happening['whose']): Happening => ({
  name,
  whose,
  accepted: false,
})

const conflict = (message: string) => new AppError('CONFLICT', message, { field })
