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
  /** How often the password opened a session; absent until it first did. */
  signInCount?: number
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
export type Account = Omit<UserRow, 'passwordHash' | 'birthDate' | 'emailFolded' | 'signInCount'>

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

/** A row of `proofs`: what a mail's token is good for (`domain/proof.ts`); the token itself is never stored. */
export interface ProofRow {
  _id: string
  kind: 'VERIFY_EMAIL' | 'CHANGE_EMAIL' | 'RESET_PASSWORD'
  /** Null, with the address, where someone asked for an account that is not there. */
  userId: string | null
  /** Where the mail goes: the address that the token proves. */
  email: string | null
  /** Random part of the token. */
  seed: string
  createdAt: Date
  /** When the token stops to be good, and the row goes. */
  expiresAt: Date
  /** When the token was used or made void; null while it is good. */
  usedAt: Date | null
  /** When the mail server took the mail. */
  sentAt: Date | null
  /** Until when a process has the sending to itself. */
  sendingUntil: Date | null
}

/** A row of `reservedUsernames`: a name that its last owner alone may take for now. */
export interface ReservedUsernameRow {
  /** The name, folded. */
  _id: string
  userId: string
  /** When anyone may have it. */
  expiresAt: Date
}

/** A row of `twoFactors`: what an account's one-time passwords and recovery codes are derived from (`domain/two-factor.ts`). */
export interface TwoFactorRow {
  /** The user's id. */
  _id: string
  /** Random part of the secret and of the recovery codes. */
  seed: string
  createdAt: Date
  /** Since when codes are asked for; null until the app was seen to work. */
  confirmedAt: Date | null
  /** The 30-second step of the last code that was used: no code of it, or of one before, counts again. */
  lastStep: number
  /** Indexes of the recovery codes that were used. */
  usedRecovery: number[]
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
