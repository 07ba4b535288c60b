// What Graph keeps in MongoDB, and what its resolvers hand on.
import type { Page } from '#platform/page.ts'
import type { RelationRow } from '#platform/relations.ts'

/** A row of `relations`: the published part, and whether its follow is in the counts yet. */
export interface RelationDoc extends RelationRow {
  /** Whether this row's follow (`follow` is FOLLOWING) is in both accounts' counts. */
  counted: boolean
  /** Whether `counted` is behind `follow`: the counts still have to take a step. */
  countDue: boolean
  /** Whether one of the two is not in use: then their follows do not count. */
  asleep?: boolean
  /** When the viewer dismissed the account as a suggestion. */
  dismissedAt?: Date | null
}

/** A row of `counts`, by user id. */
export interface CountRow {
  _id: string
  followers: number
  following: number
  /** When the numbers are next compared with the rows. */
  checkAt: Date
  /** Whether the account's follows were taken out of the counts, because it is not in use. */
  asleep?: boolean
}

/** A follow that the counts do not reflect yet. */
export type DueFollow = Pick<RelationDoc, 'viewerId' | 'otherId' | 'follow' | 'counted' | 'asleep'>

export interface Counts {
  followers: number
  following: number
}

/** An account, owned by User. */
export interface UserRef {
  id: string
}

/** The signed-in account, owned by User. */
export interface ViewerRef {
  id: string
}

/** One account in a list, with the time by which the list is sorted. */
export interface ListedUser {
  otherId: string
  at: Date
}

/** An account in a page, with the time by which the list is sorted. */
export interface UserEdge {
  cursor: string
  node: UserRef
  at: Date
}

/** An account's surroundings: the newest of those whom it follows, or who follow it, and its counts. */
export interface Neighbours extends Counts {
  userId: string
  otherIds: string[]
}

/** An account that may be suggested; weights of one `reason` compare. */
export interface Candidate {
  otherId: string
  reason: 'MUTUAL_FOLLOWS' | 'SIMILAR_FOLLOWS' | 'SHARED_INTERESTS' | 'POPULAR'
  weight: number
  /** How many whom the viewer follows are known to follow it. */
  mutualCount: number
}

/** An account in a page of suggestions. */
export interface SuggestedEdge {
  cursor: string
  node: UserRef
  reason: Candidate['reason']
  mutualCount: number
}

/** A page of accounts. */
export type UserPage = Page<UserRef, { at: Date }>

/** A page of an account's followers, or of those that it follows. */
export interface FollowPage extends UserPage {
  list: 'followers' | 'following'
  userId: string
}
