// What User keeps in MongoDB, and what its resolvers hand on.
import type { AccountRow } from '#platform/accounts.ts'
import type { EndedSessionRow } from '#platform/sessions.ts'

/** One size of a profile picture: a public object. */
export interface AvatarRendition {
  key: string
  /** Pixels. */
  width: number
  height: number
}

/** A profile picture: copies of the renditions of a media item, under a folder of their own. */
export interface Avatar {
  mediaId: string
  /** Prefix of the copies' keys; every change of picture has its own. */
  folder: string
  /** Ascending by width. */
  renditions: AvatarRendition[]
}

/** A row of `users`. */
export interface UserRow extends AccountRow {
  /** Folded to lower case; unique. */
  username: string
  /** As its owner wrote it. */
  email: string
  /** In lower case; unique. */
  emailFolded: string
  emailVerifiedAt: Date | null
  /** Argon2id, PHC string format. */
  passwordHash: string
  /** `YYYY-MM-DD`. */
  birthDate: string
  displayName: string | null
  bio: string | null
  website: string | null
  pronouns: string | null
  avatar: Avatar | null
  isVerified: boolean
  accountType: 'PERSONAL' | 'CREATOR' | 'BUSINESS'
  createdAt: Date
}

/** An account without what proves its owner: the form in which it leaves the store. */
export type Account = Omit<UserRow, 'passwordHash' | 'birthDate' | 'emailFolded'>

/** What a sign-in is checked against. */
export type Credential = Pick<UserRow, '_id' | 'status' | 'passwordHash'>

/** Fields of a profile that its owner sets. */
export type ProfileChange = Partial<Pick<UserRow, 'displayName' | 'bio' | 'website' | 'pronouns' | 'avatar'>>

/** A row of `sessions`: a signed-in device. Its refresh tokens are derived (`domain/refresh-token.ts`), never stored. */
export interface SessionRow extends EndedSessionRow {
  /** Random part of the session's refresh tokens. */
  seed: string
  /** How often the session was refreshed: which refresh token is the present one. */
  generation: number
  /** When the present generation began. */
  rotatedAt: Date
  createdAt: Date
  lastSeenAt: Date
  /** What the client calls itself. */
  device: string | null
  /** When the row goes: a while after the last refresh, or after the end. */
  expiresAt: Date
}

/** Tokens of a session, made for the payload that hands them out. */
interface SessionTokens {
  accessToken: string
  accessTokenExpiresAt: Date
  refreshToken: string
}

/** A session as an answer shows it; with tokens only in the payload that created or refreshed it. */
export interface SessionView {
  row: SessionRow
  tokens: SessionTokens | null
}

/** A profile picture at one size. */
export type AvatarImage = AvatarRendition
