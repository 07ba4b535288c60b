// Published read models: the few facts of one subgraph that the others need in order to decide who may see what. Each is
// owned, written and repaired by one subgraph, and read by all through `platform/facts.ts`.

/** What others need of an account. Owner: user. */
export interface AccountFacts {
  id: string
  isPrivate: boolean
  status: 'ACTIVE' | 'DEACTIVATED' | 'SUSPENDED'
}

/** What others need of a post. Owner: content. `publishedAt` is in milliseconds since 1970. */
export interface PostFacts {
  id: string
  authorId: string
  audience: 'PUBLIC' | 'FOLLOWERS' | 'ONLY_ME'
  status: 'PROCESSING' | 'PUBLISHED' | 'DELETED'
  publishedAt: number | null
}

/** How a viewer and another account stand to each other, from the viewer's side. Owner: graph. */
export interface Relation {
  follow: 'NONE' | 'REQUESTED' | 'FOLLOWING'
  followedBy: 'NONE' | 'REQUESTED' | 'FOLLOWING'
  blocks: boolean
  blockedBy: boolean
  /** Until when the viewer mutes the account, in milliseconds since 1970; `forever` when it has no end; null when not muted. */
  mutedUntil: number | null
  /** Whether the account is one of the viewer's favourites; he follows it then. */
  favorite: boolean
  /** Whether the account is one of the viewer's close friends. The account is not told. */
  closeFriend: boolean
  /** Whether the viewer is one of the account's close friends. */
  closeFriendOf: boolean
  /** Whether the viewer restricts the account. The account is not told. */
  restricts: boolean
  /** Whether the account restricts the viewer. For decisions only: the viewer must never learn it. */
  restrictedBy: boolean
}

/** The end of a mute that has none. */
export const forever: number = Number.MAX_SAFE_INTEGER

/** How strangers stand to each other. */
export const stranger: Relation = {
  follow: 'NONE',
  followedBy: 'NONE',
  blocks: false,
  blockedBy: false,
  mutedUntil: null,
  favorite: false,
  closeFriend: false,
  closeFriendOf: false,
  restricts: false,
  restrictedBy: false,
}
