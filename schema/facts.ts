// Published read models: the few facts of one subgraph that the others need in order to decide who may see what. Each is
// owned, written and repaired by one subgraph, and read by all through `platform/facts.ts`.

/** What others need of an account. Owner: user. */
export interface AccountFacts {
  id: string
  isPrivate: boolean
  /** DELETED: its owner asked for the deletion, or it is carried out. All but ACTIVE ones are hidden from everyone else. */
  status: 'ACTIVE' | 'DEACTIVATED' | 'SUSPENDED' | 'DELETED'
  /** What it may do for the house: MODERATOR works the review queue, STAFF sees the platform's figures as well. */
  role: 'MEMBER' | 'MODERATOR' | 'STAFF'
  /** When the account was created, in milliseconds since 1970. */
  createdAt: number
  /** Whether the e-mail address was proven. */
  emailVerified: boolean
  /** When its owner turns 18, in milliseconds since 1970. */
  adultAt: number
  /** Who may comment on its posts; the owner always may. */
  commentPolicy: ContactPolicy
  /** Whose messages reach it at all; those of strangers come as requests. */
  messagePolicy: ContactPolicy
  /** Who may mention or tag it. */
  mentionPolicy: ContactPolicy
  /** Whether the likes of its posts are counted for itself only. */
  hidesLikeCounts: boolean
  /** Whether others may see when it is present. */
  showsActivityStatus: boolean
  /** Whether others are told that it read their messages. */
  sendsReadReceipts: boolean
  /** How much of what is labelled sensitive is suggested to it. Minors get LESS, whatever they set. */
  sensitiveContent: 'LESS' | 'STANDARD' | 'MORE'
  /** Whether nobody but itself sees what it publishes, without its being told (V23). */
  shadowBanned: boolean
  /** Until when it is trusted a level less for what moderators decided, in milliseconds since 1970; null when it is not. */
  lessTrustedUntil: number | null
  /** Until when it is trusted like a new one, for that or for acting as one with others; as `lessTrustedUntil`. */
  leastTrustedUntil: number | null
  /** Whether it does not want what it looks at to be kept. */
  refusesAnalytics: boolean
  /** Whether it does not want its feeds and suggestions to be made of what it did. */
  refusesPersonalisation: boolean
}

/** Whom an account lets near: everyone, those whom it follows, those who follow it, or nobody. */
export type ContactPolicy = 'EVERYONE' | 'FOLLOWING' | 'FOLLOWERS' | 'NOBODY'

/** What others need of a post. Owner: content. `publishedAt` is in milliseconds since 1970. */
export interface PostFacts {
  id: string
  authorId: string
  kind: 'POST' | 'REEL'
  audience: 'PUBLIC' | 'FOLLOWERS' | 'CLOSE_FRIENDS' | 'ONLY_ME'
  /** Others see PUBLISHED ones only. REMOVED: taken down by moderators; its author still sees it. */
  status: 'DRAFT' | 'SCHEDULED' | 'PROCESSING' | 'PUBLISHED' | 'ARCHIVED' | 'REMOVED' | 'DELETED'
  publishedAt: number | null
  /** Whether nobody may comment on it. */
  commentsDisabled: boolean
  /** Whether its likes are counted for its author only. */
  hidesLikeCount: boolean
  /** Whether it is labelled sensitive: not suggested to minors, nor to who asked for less. */
  sensitive: boolean
  /** Whether moderators keep it out of suggestions: explore, reels, related, trends and search by strangers. */
  limited: boolean
}

/** What others need of a story. Owner: content. Times in milliseconds since 1970. */
export interface StoryFacts {
  id: string
  authorId: string
  audience: 'FOLLOWERS' | 'CLOSE_FRIENDS'
  status: 'PROCESSING' | 'PUBLISHED' | 'REMOVED' | 'DELETED'
  createdAt: number
  /** From then on it is its author's alone, unless a highlight shows it. */
  expiresAt: number
  /** Whether one of its author's highlights shows it. */
  highlighted: boolean
}

/** How a viewer and another account stand to each other, from the viewer's side. Owner: graph. */
export interface Relation {
  follow: 'NONE' | 'REQUESTED' | 'FOLLOWING'
  followedBy: 'NONE' | 'REQUESTED' | 'FOLLOWING'
  blocks: boolean
  blockedBy: boolean
  /** Until when the viewer mutes the account, in milliseconds since 1970; `forever` when it has no end; null when not muted. */
  mutedUntil: number | null
  /** Until when the viewer mutes the account's stories; as `mutedUntil`. */
  storiesMutedUntil: number | null
  /** Whether the viewer hides his stories from the account. The account is not told. */
  hidesStories: boolean
  /** Whether the account hides its stories from the viewer. For decisions only. */
  storiesHiddenBy: boolean
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
  storiesMutedUntil: null,
  hidesStories: false,
  storiesHiddenBy: false,
  favorite: false,
  closeFriend: false,
  closeFriendOf: false,
  restricts: false,
  restrictedBy: false,
}
