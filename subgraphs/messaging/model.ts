// What Messaging keeps in MongoDB.
export type { PresenceState } from '#platform/presence.ts'

import type { ReportReason } from './types.gen.ts'

type ConversationKind = 'DIRECT' | 'GROUP'

/** Someone's part in a conversation. */
export interface MemberRow {
  userId: string
  role: 'ADMIN' | 'MEMBER'
  /** NONE until the first message reaches him, and after he declined: then it is in neither of his folders. */
  folder: 'PRIMARY' | 'REQUESTS' | 'NONE'
  declinedAt: Date | null
  /** Sequence of the newest message when he joined: what was said before is not for him. Those of the start lack it. */
  joinedSequence?: number
  /** Sequence and id of the newest message that he read; 0 and null for none. Only grows. */
  readSequence: number
  readMessageId: string | null
  /** Sequence and id of the newest message that reached one of his devices; lacking for none. Only grows. */
  deliveredSequence?: number
  deliveredMessageId?: string | null
  /** How many messages after `readSequence` are not unread though they come later: his own, unsent ones, notices. */
  sentUnread: number
  /** What a shadow-banned one called the conversation: its name for him alone, until another names it. Others lack it. */
  ownTitle?: string | null
  /** Until when he wants no notifications of it; lacking or null when he wants them. */
  mutedUntil?: Date | null
}

/** Someone's part as others meet it: together with what it is a part of. */
export interface MemberView extends MemberRow {
  conversation: ConversationRow
}

/** A row of `conversations`. */
export interface ConversationRow {
  _id: string
  kind: ConversationKind
  /** Both ids, sorted: what makes a conversation of two unique. Groups have none. */
  directKey?: string
  title: string | null
  members: MemberRow[]
  /** Who may add members to a group; lacking: MEMBERS. */
  invitePolicy?: 'MEMBERS' | 'ADMINS'
  /** How long messages sent from now on stay, in milliseconds; lacking or null: for ever. */
  disappearAfterMs?: number | null
  /** Of an encrypted one: how many commits its group (RFC 9420) has had. Others lack it. */
  epoch?: number
  /** Whether messages ever disappeared from it: then sequences have gaps, and unread ones are counted one by one. */
  vanishes?: true
  /** Sequence and id of the newest message; 0 and null for none. */
  lastSequence: number
  lastMessageId: string | null
  /** How many of its lines are notices and commits, which nobody said; lacking for none. Rows from before it was counted lack those of then. */
  unsaid?: number
  lastActivityAt: Date
  createdAt: Date
}

/** What someone thinks of a message. */
export interface ReactionRow {
  userId: string
  emoji: string
  at: Date
}

/** What a line of the system tells. */
export interface NoticeRow {
  kind:
    | 'MEMBERS_ADDED'
    | 'MEMBER_REMOVED'
    | 'MEMBER_LEFT'
    | 'ROLE_CHANGED'
    | 'TITLE_CHANGED'
    | 'INVITE_POLICY_CHANGED'
    | 'DISAPPEARING_CHANGED'
  /** Whom it is about. */
  userIds: string[]
}

/** What is shown of a page that a text links to. */
export interface LinkPreviewRow {
  url: string
  title: string
  description: string | null
  siteName: string | null
}

/** A row of `messages`. */
export interface MessageRow {
  _id: string
  conversationId: string
  sequence: number
  senderId: string
  clientMessageId: string
  /** Tells a repetition of the same draft from another one; gone when the message is unsent. */
  draftHash?: string
  text: string | null
  sharedPostId: string | null
  mediaId?: string | null
  replyToId?: string | null
  storyId?: string | null
  /** What an encrypted conversation's members alone can read, base64. */
  ciphertext?: string | null
  /** What its sender committed to, base64: the newest last, one of each text that it had. */
  commitments?: string[]
  /** Set for a commit: the epoch that it begins. `ciphertext` is the commit then. */
  epoch?: number
  /** Whether its sender says that it changes an earlier one; only of encrypted ones. */
  isChange?: true
  linkPreview?: LinkPreviewRow | null
  /** One of each person at most, oldest first. */
  reactions?: ReactionRow[]
  notice?: NoticeRow
  sentAt: Date
  editedAt?: Date | null
  unsentAt?: Date | null
  /** From then on it is there for nobody; lacking: never. */
  expiresAt?: Date
  /** Whether it is unread for nobody: unsent ones, notices, those that change another, and a shadow-banned sender's. */
  quiet?: true
}

/** Which messages of a conversation a page wants: `limit` of those between two sequences, both exclusive. */
export interface MessageRange {
  conversationId: string
  after: number
  before: number | null
  /** From the end of the range rather than from its beginning. */
  fromEnd: boolean
  limit: number
}

/** A row of `devices`: a client that takes part in encrypted conversations. */
export interface DeviceRow {
  /** `<userId>:<deviceId>`. */
  _id: string
  userId: string
  /** The client's own id for itself. */
  deviceId: string
  name: string | null
  createdAt: Date
}

/** A row of `keyPackages` (RFC 9420, section 10): what others need to bring a device into a group. */
export interface KeyPackageRow {
  _id: string
  userId: string
  deviceId: string
  /** Base64. */
  data: string
  /** Whether it stays when it is claimed, for when no other is left. */
  isLastResort: boolean
  createdAt: Date
}

/** A row of `welcomes` (RFC 9420, section 12.4.3.1): what lets devices into a group. */
export interface WelcomeRow {
  _id: string
  conversationId: string
  /** Whom it waits for: ids of rows of `devices`. */
  to: string[]
  /** The epoch that they begin with. */
  epoch: number
  /** Base64. */
  data: string
  createdAt: Date
}

/** A row of `groupInfos`: the public state of an encrypted conversation's group (RFC 9420, section 12.4.3), apart for its size. */
export interface GroupInfoRow {
  /** Id of the conversation. */
  _id: string
  /** As the last committer published it, base64; null when he did not. */
  data: string | null
}

/** A row of `keyBackups`: what an account's devices keep here, encrypted under a passphrase that the server never learns. */
export interface KeyBackupRow {
  _id: string
  /** Base64. */
  data: string
  updatedAt: Date
}

/** A message as it stands in a report: what it said is proven, not claimed. */
export interface EvidenceRow {
  messageId: string
  senderId: string
  sentAt: Date
  /** What one reads of it; null for what has no text. */
  text: string | null
  /** The text, or of an encrypted message the content that its sender committed to. */
  content: string
}

/** A row of `messageReports`. */
export interface MessageReportRow {
  /** `<reporterId>:<messageId>`. */
  _id: string
  reporterId: string
  messageId: string
  conversationId: string
  senderId: string
  reason: ReportReason
  details: string | null
  evidence: EvidenceRow[]
  createdAt: Date
}

/** A package that was handed out. */
export interface ClaimedPackage {
  userId: string
  deviceId: string
  keyPackage: string
  isLastResort: boolean
}
