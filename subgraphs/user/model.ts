// What User keeps in MongoDB, and what its resolvers hand on.
import type { AccountRow } from '#platform/accounts.ts'
import type { AppRow, SessionRow } from '#platform/apps.ts'
import type { ExperimentDefinition } from '#platform/experiments.ts'

export type { AppRow }

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
  /** What the name looks like (`domain/skeleton.ts`); unique. Absent where, before it was asked for, another had it too. */
  usernameSkeleton?: string
  /** As its owner wrote it. */
  email: string
  /** In lower case; unique. */
  emailFolded: string
  emailVerifiedAt: Date | null
  /** Argon2id, PHC string format; null for who signs in by other means only. */
  passwordHash: string | null
  /** How often the password opened a session; absent until it first did. */
  signInCount?: number
  /** `YYYY-MM-DD`. */
  birthDate: string
  displayName: string | null
  bio: string | null
  website: string | null
  pronouns: string | null
  avatar: Avatar | null
  /** Whether moderators have seen who it is. */
  isVerified: boolean
  /** Until when it is verified by paying. */
  verifiedUntil?: Date | null
  accountType: 'PERSONAL' | 'CREATOR' | 'BUSINESS'
  /** A BCP 47 tag; absent or null when not set. */
  language?: string | null
  /** Since when moderators have it at rest. `status` follows from this and the next two (`store/standings.ts`). */
  suspendedAt?: Date | null
  /** Since when its owner has it at rest. */
  deactivatedAt?: Date | null
  /** When it is to be deleted. */
  deletionAt?: Date | null
  /** Number of what its trust follows from, as of `account.weighed`. */
  weighedAs?: number
  createdAt: Date
}

/** What proves an account's owner does not leave the store with the rest. */
export const accountProjection = {
  passwordHash: 0,
  birthDate: 0,
  emailFolded: 0,
  signInCount: 0,
  usernameSkeleton: 0,
} as const

/** An account as it leaves the store. */
export type Account = Omit<UserRow, keyof typeof accountProjection>

/** What a sign-in is checked against. */
export type Credential = Pick<UserRow, '_id' | 'status' | 'passwordHash' | 'deletionAt'>

/** Fields of a profile that its owner sets. */
export type ProfileChange = Partial<Pick<UserRow, 'displayName' | 'bio' | 'website' | 'pronouns' | 'avatar'>>

/** What its owner sets about an account, by the names of the row. */
export type SettingsChange = Partial<
  Pick<
    UserRow,
    | 'isPrivate'
    | 'commentPolicy'
    | 'messagePolicy'
    | 'mentionPolicy'
    | 'hidesLikeCounts'
    | 'showsActivityStatus'
    | 'sendsReadReceipts'
    | 'sensitiveContent'
    | 'accountType'
    | 'language'
  >
>

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

/** A row of `passkeys`: the public half of a credential that an authenticator keeps. */
export interface PasskeyRow {
  _id: string
  /** What the authenticator calls it, base64url; unique. */
  credentialId: string
  userId: string
  /** COSE key. */
  publicKey: Buffer
  /** How often it signed, as the authenticator counts; 0 where it does not. */
  counter: number
  /** How it can be reached, as the browser said. */
  transports: string[]
  name: string | null
  isBackedUp: boolean
  createdAt: Date
  lastUsedAt: Date | null
}

/** A row of `usedChallenges`: what an authenticator signed already (`domain/challenge.ts`). */
export interface UsedChallengeRow {
  /** The challenge. */
  _id: string
  /** When it would be too old anyway. */
  expiresAt: Date
}

/** Who someone is, as an identity provider said. */
export interface ProvenIdentity {
  issuer: string
  /** What the issuer calls him, for good. */
  subject: string
  email: string | null
  /** Whether the provider has proven the address. */
  emailVerified: boolean
  name: string | null
}

/** A row of `identities`: an identity provider's word that opens an account. */
export interface IdentityRow {
  _id: string
  userId: string
  /** Id of the provider in our configuration. */
  provider: string
  /** Unique together. */
  issuer: string
  subject: string
  /** The address by which the provider knew him then. */
  email: string | null
  createdAt: Date
}

/** A row of `socialFlows`: someone on his way to an identity provider and back. */
export interface SocialFlowRow {
  _id: string
  state: string
  nonce: string
  codeVerifier: string
  provider: string
  redirectUri: string
  /** Who was signed in when it began: it must be he who comes back. */
  viewerId: string | null
  /** Who came back; null until then. */
  identity: ProvenIdentity | null
  createdAt: Date
  expiresAt: Date
}

/** What an owner does not want to be done, by the names of the account's row. */
export type RefusalChange = Partial<Pick<UserRow, 'refusesAnalytics' | 'refusesPersonalisation'>>

/** What people agree to. */
export type ConsentKind = 'TERMS' | 'ANALYTICS' | 'PERSONALISATION'

/** A row of `consents`: that someone agreed to a text, or took it back. Rows are added only. */
export interface ConsentRow {
  _id: string
  userId: string
  kind: ConsentKind
  granted: boolean
  /** Which text it was about. */
  version: string
  at: Date
}

/** A consent as it stands; `at` is null where nothing was ever said. */
export interface ConsentView extends Pick<ConsentRow, 'kind' | 'granted' | 'version'> {
  at: Date | null
}

/** A row of `verifications`: someone who wants to be verified. */
export interface VerificationRow {
  _id: string
  userId: string
  kind: 'IDENTITY' | 'PAID'
  /** What was decided; PAID ones stay PENDING and follow from `paidUntil`. */
  status: 'PENDING' | 'APPROVED' | 'REJECTED'
  /** What the owner says. */
  note: string | null
  createdAt: Date
  /** Who decided, when, and what he says. */
  moderatorId: string | null
  decidedAt: Date | null
  decisionNote: string | null
  /** Until when it is paid for; null before it ever was. */
  paidUntil: Date | null
  /** When the payment provider said so: what it said before that counts no more. */
  paidAt: Date | null
}

/** A row of `paymentEvents`: what the payment provider has told already. */
export interface PaymentEventRow {
  /** The provider's id of the event. */
  _id: string
  /** When its signature would be too old anyway. */
  expiresAt: Date
}

/** A row of `statusChanges`: what moderators did with an account, for the record. */
export interface StatusChangeRow {
  _id: string
  userId: string
  moderatorId: string
  status: 'ACTIVE' | 'SUSPENDED'
  reason: string | null
  at: Date
}

/** A row of `exports`: a copy of his data that someone asked for. */
export interface ExportRow {
  _id: string
  userId: string
  status: 'PENDING' | 'READY'
  requestedAt: Date
  finishedAt: Date | null
  /** When it goes: a week after it was made, or, when it never was, after it was asked for. */
  expiresAt: Date
  /** The archive's object; null until it is READY. */
  key: string | null
  byteSize: number | null
  /** Until when a process has the making to itself, or nobody need look. */
  leaseUntil: Date | null
}

/** A row of `reservedUsernames`: a name that its last owner alone may take for now. */
export interface ReservedUsernameRow {
  /** What the name looks like. */
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

/** An app that acts for somebody, in a session of his. */
export interface Authorization {
  app: AppRow
  session: SessionRow
}

/** A profile picture at one size. */
export type AvatarImage = AvatarRendition

/** What is counted of an account in an experiment, from its exposure on. More is better of each. */
export const experimentMetrics = [
  'LIKES',
  'COMMENTS',
  'SAVES',
  'SHARES',
  'FOLLOWS',
  'IMPRESSIONS',
  'DWELL_MS',
] as const
export type ExperimentMetric = (typeof experimentMetrics)[number]

/** A row of `experiments`. Its revisions are kept beside. */
export interface ExperimentRow extends ExperimentDefinition {
  description: string
  status: 'DRAFT' | 'RUNNING' | 'STOPPED'
  /** Metrics that it must not make worse. */
  guards: ExperimentMetric[]
  version: number
  createdAt: Date
  startedAt: Date | null
  stoppedAt: Date | null
}

/** A row of `exposures`: an account met an experiment. */
export interface ExposureRow {
  /** `<experiment's key>:<account's id>`. */
  _id: string
  key: string
  accountId: string
  variant: string
  /** When it first did. */
  at: Date
  /** What it did since; a metric that is not there is 0. */
  metrics: Partial<Record<ExperimentMetric, number>>
}

/** A row of `earlyDeeds`: what an account in an experiment did lately, for a deed may be heard of before the exposure that it follows. */
export interface EarlyDeedsRow {
  /** As of the exposure. */
  _id: string
  /** The latest last. */
  deeds: { at: Date; adds: Partial<Record<ExperimentMetric, number>> }[]
  /** When the row goes. */
  expiresAt: Date
}
