// What is in Engagement's database, and what its resolvers hand on.
import { isHidden } from '#platform/comments.ts'
import type { Mention } from '#platform/mentions.ts'
import type { ShareFactsRow } from '#platform/shares.ts'
import type { notificationKinds } from '#schema/events.ts'
import type { UpliftModel, Verdict } from './domain/uplift.ts'

/** Collections of reactions: one row for each pair of person and target; of shares, one for each time. */
export type ReactionKind = 'likes' | 'dislikes' | 'commentLikes' | 'saves' | 'shares' | 'views'

/** A person's reaction to a post or a comment. */
export interface ReactionRow {
  /** `<targetId>:<userId>`. */
  _id: string
  targetId: string
  userId: string
  /** A row that is OFF waits for its counter and is deleted then. */
  state: 'ON' | 'OFF'
  /** What the target's counter still lacks of this row: 1 new, −1 taken back, 0 settled. */
  uncounted: -1 | 0 | 1
  /** Since when it is ON. */
  at: Date
  /** Of a save: the collection that it is in; absent for none. */
  collectionId?: string
}

/** A post handed on, into conversations or out of the house. Messaging reads the row to write the messages. */
export interface ShareRow extends ReactionRow, ShareFactsRow {}

/** A folder of saved posts. */
export interface CollectionRow {
  _id: string
  userId: string
  name: string
  createdAt: Date
}

/** Id of a reaction's row. */
export function reactionId(targetId: string, userId: string): string {
  return `${targetId}:${userId}`
}

/**
 * Why a comment is kept from all but its writer and the post's author, and not counted for the others: RESTRICTED: the author
 * restricts its writer; FILTERED: it says a word that the author does not want to read.
 */
export type Withholding = 'RESTRICTED' | 'FILTERED'

/** A comment, or a reply to one: threads have two levels. */
export interface CommentRow {
  _id: string
  postId: string
  /** Who wrote the post. */
  ownerId: string
  authorId: string
  /** The top-level comment of its thread; null for that comment itself. */
  parentId: string | null
  text: string
  /** Whom it mentions; absent for nobody. */
  mentions?: Mention[]
  createdAt: Date
  /** Its likes and replies, as far as they are counted: sorts, is never shown. */
  score: number
  /** When its text was last changed; absent until then. */
  editedAt?: Date
  /** Since when it is pinned; its post's `PinsRow` holds it then. */
  pinnedAt?: Date
  /** Since when only its writer and the post's author see it; absent when all do. */
  hiddenAt?: Date
  /** Since when moderators keep it down: it is hidden then, and its post's author cannot show it. */
  removedAt?: Date
  /** Why only those two see it and have it counted; absent or empty when all do. */
  withheld?: Withholding[]
  /** Set when deleted after it was counted; the row goes when its counters have been told. */
  deletedAt: Date | null
  /** What the counters still lack of this row, as in `ReactionRow`. */
  uncounted: -1 | 0 | 1
}

/** Whether a comment is kept from all but its writer and the post's author, as far as the row knows. */
export function isWithheld({ withheld }: Pick<CommentRow, 'withheld'>): boolean {
  return (withheld?.length ?? 0) > 0
}

/** What events tell of a comment as it was until then. */
export function toldOf(row: CommentRow) {
  const { _id: commentId, postId, authorId, parentId } = row
  return { commentId, postId, authorId, parentId, ...(isHidden(row) ? ({ unseen: true } as const) : {}) }
}

/** What somebody does not want to read in comments under his posts. */
export interface CommentFilterRow {
  /** Whose filter it is. */
  _id: string
  words: string[]
  updatedAt: Date
}

/** Most comments that a post pins. */
export const maxPins = 3

/** A post's pinned comments; one row, so that pinning at the same moment cannot exceed the limit. */
export interface PinsRow {
  /** Id of the post. */
  _id: string
  /** The last pinned first. */
  commentIds: string[]
}

/** What has counters: a post, or a comment. */
export type Subject = 'post' | 'comment'

/** Counters of a post (`likes`, `dislikes`, `saves`, `shares`, `views`, `comments`) or of a comment (`likes`, `replies`). */
export interface CounterRow {
  _id: string
  likes?: number
  dislikes?: number
  saves?: number
  shares?: number
  views?: number
  comments?: number
  replies?: number
  /**
   * Of a post: its newest comments that are counted, replies left out, the newest first; some may have been deleted since. Fewer than
   * `newestKept` are all that there are. Absent where they were not looked up yet.
   */
  newest?: string[]
  /** When it was last compared with the rows. */
  checkedAt: Date
}

/** Newest comments that the counters of a post name at most. */
export const newestKept = 8

export type Counter = 'likes' | 'dislikes' | 'saves' | 'shares' | 'views' | 'comments' | 'replies'

/** Whether the viewer himself reacted. */
export type OwnReaction = 'liked' | 'disliked' | 'saved'
/** What a request may ask of a post or a comment. */
export type Figure = Counter | OwnReaction | Withheld | 'newest'

/** Comments of a post, or replies of a comment, that are kept from the viewer: withheld ones that others wrote. */
export type Withheld = 'withheldComments' | 'withheldReplies'

/** What somebody may be told of. */
export type NotificationKind = (typeof notificationKinds)[number]

/** Where somebody is told: a list in the app, his devices, his mail. */
export const notificationChannels = ['IN_APP', 'PUSH', 'EMAIL'] as const
export type NotificationChannel = (typeof notificationChannels)[number]

/** How a person is told of a kind; without a channel not at all. */
export interface KindSetting {
  from: 'EVERYONE' | 'FOLLOWING' | 'NOBODY'
  channels: NotificationChannel[]
}

/** Hours without pushes, as minutes since midnight where the person is. */
export interface QuietHours {
  startMinute: number
  endMinute: number
  timeZone: string
}

export type DigestPeriod = 'OFF' | 'DAILY' | 'WEEKLY'

/** What a person wants to be told of; absent kinds are as usual. */
export interface NotificationSettingsRow {
  /** The person. */
  _id: string
  kinds: Partial<Record<NotificationKind, KindSetting>>
  quietHours: QuietHours | null
  digest: DigestPeriod
  /** When the next digest goes; absent for none. */
  digestDueAt?: Date | null
  /** Up to when the last digest told. */
  digestedAt?: Date | null
  /** Whether he wants a daily push that sums up; absent for yes. */
  pushDigest?: boolean
  updatedAt: Date
}

/** When it is decided next whether somebody is sent a daily push. */
export interface PushDigestRow {
  /** The person. */
  _id: string
  dueAt: Date
}

/** What was decided about somebody's daily push, and what came of it. */
export interface DigestTrialRow {
  /** `<userId>:<day>`. */
  _id: string
  userId: string
  /** His pseudonym in insights. */
  actor: string
  day: string
  at: Date
  by: 'LOT' | 'MODEL'
  sent: boolean
  /** How many notifications waited. */
  count: number
  /** In the order of `featureNames`. */
  features: number[]
  /** Whether he was here on that day or the next; null until that is over. */
  returned: boolean | null
}

/** What was learned from trials, and what they show about it. */
export interface UpliftModelRow {
  /** When, ISO 8601. */
  _id: string
  at: Date
  model: UpliftModel
  verdict: Verdict
  trials: number
}

/** Where a device of a person is reached. */
export interface PushSubscriptionRow {
  /** Hash of the endpoint, which is a secret between the device and its push service. */
  _id: string
  userId: string
  platform: 'WEB' | 'APNS' | 'FCM'
  endpoint: string
  /** The device's public key and secret (RFC 8291), base64url. */
  p256dh: string
  auth: string
  createdAt: Date
}

/** How far a notification was pushed. */
export interface PushRow {
  /** The notification. */
  _id: string
  level: number
  at: Date
}

/** Something that happened to `recipientId`: all who did it within 12 hours are one row. */
export interface NotificationRow {
  _id: string
  recipientId: string
  kind: NotificationKind
  /** Post or comment that it happened to; null when it happened to the person. */
  subjectId: string | null
  /** The post that it is about, for its removal. */
  postId: string | null
  /** The top-level comment of the thread that it is about, for its removal. */
  threadId: string | null
  /** Who did it, newest first, at most 100. */
  actorIds: string[]
  /** How many did it. */
  actorCount: number
  /** Of a MILESTONE: the round number. */
  figure?: number
  /** Of a MESSAGE: how many came since the conversation was read. */
  messages?: number
  /** Of a MESSAGE: whether it is encrypted; nothing about it leaves the house then. */
  sealed?: boolean
  /** Whether the list in the app leaves it out: the person wants it elsewhere only. */
  quiet?: boolean
  /** Whether it still grows; at most one of a (recipient, kind, subject) does. */
  open: boolean
  createdAt: Date
  /** When someone was last added. */
  updatedAt: Date
  readAt: Date | null
  /** Since when nobody is left in it; such a row is shown to no one and ends after a day. */
  withdrawnAt: Date | null
}

/** That somebody did something to somebody: decides that it counts once, however often it is repeated. */
export interface NotificationActorRow {
  /** `<recipientId>:<kind>:<subjectId>:<actorId>`. */
  _id: string
  /** The notification that holds it; null when it was taken back before there was one. */
  notificationId: string | null
  actorId: string
  at: Date
  /** Since when it is taken back; such a row ends after a day. */
  withdrawnAt: Date | null
}

/** What one notification collects. */
export type GroupKey = Pick<NotificationRow, 'recipientId' | 'kind' | 'subjectId'>

/** Id of the row that says that `actorId` is in such a notification. */
export function notificationActorId({ recipientId, kind, subjectId }: GroupKey, actorId: string): string {
  return `${recipientId}:${kind}:${subjectId ?? ''}:${actorId}`
}

/** A post that the viewer may see. */
export interface PostRef {
  id: string
}

/** The viewer himself. */
export interface ViewerRef {
  id: string
}
