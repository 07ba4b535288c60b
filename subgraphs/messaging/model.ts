// What Messaging keeps in MongoDB.

type ConversationKind = 'DIRECT' | 'GROUP'

/** Someone's part in a conversation. */
export interface MemberRow {
  userId: string
  role: 'ADMIN' | 'MEMBER'
  /** NONE until the first message reaches him, and after he declined: then it is in neither of his folders. */
  folder: 'PRIMARY' | 'REQUESTS' | 'NONE'
  declinedAt: Date | null
  /** Sequence and id of the newest message that he read; 0 and null for none. Only grows. */
  readSequence: number
  readMessageId: string | null
  /** How many messages after `readSequence` are his own: they are not unread. */
  sentUnread: number
}

/** A row of `conversations`. */
export interface ConversationRow {
  _id: string
  kind: ConversationKind
  /** Both ids, sorted: what makes a conversation of two unique. Groups have none. */
  directKey?: string
  title: string | null
  members: MemberRow[]
  /** Sequence and id of the newest message; 0 and null for none. Sequences have no gaps. */
  lastSequence: number
  lastMessageId: string | null
  lastActivityAt: Date
  createdAt: Date
}

/** A row of `messages`. */
export interface MessageRow {
  _id: string
  conversationId: string
  sequence: number
  senderId: string
  clientMessageId: string
  text: string | null
  sharedPostId: string | null
  sentAt: Date
}

/** Messages of one conversation by sequence, both ends included. */
export interface MessageRange {
  conversationId: string
  from: number
  to: number
}
