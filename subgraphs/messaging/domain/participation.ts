// Who takes part: a conversation is there for its members and for nobody else (D1), and one of two for neither of them while
// one blocks the other (V1, V2). Within it a member sees what was said since he joined and has not disappeared; what someone
// hidden from him says in a group keeps its place, and says nothing: its sequence and the answers of the others tell anyway
// that something was said.
import type { Visibility } from '#platform/visibility.ts'
import { isId } from '#schema/ids.ts'
import type { ConversationRow, MemberRow, MessageRow } from '../model.ts'

/** Someone's part in a conversation; null when he has none. */
export function memberOf(conversation: ConversationRow, userId: string | null): MemberRow | null {
  return conversation.members.find((member) => member.userId === userId) ?? null
}

/** The viewer, and how he stands to others. */
export type Participant = Pick<Visibility, 'viewerId' | 'relation'>

interface Loads {
  conversations: { load(id: string): Promise<ConversationRow | null> }
  messages: { load(id: string): Promise<MessageRow | null> }
}

/** The viewer's part in a conversation; null when it is not there for him. */
export async function ownPart(
  visibility: Participant,
  conversation: ConversationRow,
): Promise<MemberRow | null> {
  const own = memberOf(conversation, visibility.viewerId)
  if (!own || conversation.kind === 'GROUP') return own
  const other = conversation.members.find((member) => member !== own)
  const relation = other && (await visibility.relation(other.userId))
  return relation?.blocks || relation?.blockedBy ? null : own
}

/** A conversation of the viewer's; null when absent, not his or hidden. */
export async function ownConversation(
  loads: Pick<Loads, 'conversations'>,
  visibility: Participant,
  id: string,
): Promise<ConversationRow | null> {
  if (visibility.viewerId === null || !isId(id, 'conversation')) return null
  const conversation = await loads.conversations.load(id)
  return conversation && (await ownPart(visibility, conversation)) ? conversation : null
}

/** A message in a conversation of the viewer's, which is there for him; null when absent or in another. */
export async function ownMessage(
  loads: Loads,
  visibility: Participant,
  id: string,
  now: Date,
): Promise<MessageRow | null> {
  if (visibility.viewerId === null || !isId(id, 'message')) return null
  const message = await loads.messages.load(id)
  const conversation = message && (await ownConversation(loads, visibility, message.conversationId))
  return conversation && isThere(conversation, message, visibility.viewerId, now) ? message : null
}

/** Whether a message is there for a member: said since he joined, and not disappeared. */
export function isThere(
  conversation: ConversationRow,
  message: MessageRow,
  userId: string | null,
  now: Date,
): boolean {
  if (message.expiresAt && message.expiresAt <= now) return false
  return message.sequence > (memberOf(conversation, userId)?.joinedSequence ?? 0)
}

/** Whether the viewer sees what a message says: it was not taken back, and whoever said it is not hidden from him (V23). */
export async function isReadable(
  visibility: Pick<Visibility, 'viewerId' | 'account'>,
  message: MessageRow,
): Promise<boolean> {
  if (message.unsentAt) return false
  if (message.senderId === visibility.viewerId) return true
  const sender = await visibility.account(message.senderId)
  return sender !== null && !sender.shadowBanned
}

/** Whether anybody else hears of what someone does: not while he is shadow-banned (V23). */
export async function isHeard(visibility: Pick<Visibility, 'account'>, userId: string): Promise<boolean> {
  return !(await visibility.account(userId))?.shadowBanned
}

/** The name of a conversation, as a member reads it. */
export function titleFor(conversation: ConversationRow, userId: string | null): string | null {
  const own = memberOf(conversation, userId)?.ownTitle
  return own === undefined ? conversation.title : own
}

/** Whether a conversation ever came to a member: one that somebody began, and in which nothing reached him, did not. */
export function hasCome({ folder, declinedAt }: MemberRow): boolean {
  return folder !== 'NONE' || declinedAt !== null
}

/** Who hears of what happens in a conversation: those who have it in one of their folders. */
export function hearersOf(conversation: ConversationRow): string[] {
  return conversation.members.filter(({ folder }) => folder !== 'NONE').map(({ userId }) => userId)
}

/** How many messages of others a member has not read, of a conversation from which nothing disappears. */
export function unreadCount(conversation: ConversationRow, member: MemberRow): number {
  return conversation.lastSequence - member.readSequence - member.sentUnread
}

/** Members of the largest group in which everyone is told what everyone read. */
const maxReceiptMembers = 32

/**
 * Who hears that a member read or got a message: the others, unless the conversation is a request to him (D4), the group is
 * large, or he does not tell; his own devices always.
 */
export function receiptHearersOf(conversation: ConversationRow, member: MemberRow, tells: boolean): string[] {
  const told = tells && member.folder === 'PRIMARY' && conversation.members.length <= maxReceiptMembers
  return told ? hearersOf(conversation) : [member.userId]
}

/** Whether a member tells the viewer what he read or got: not while the conversation is a request to him (D4). */
export function tellsReceipts(member: MemberRow, viewerId: string | null): boolean {
  return member.userId === viewerId || member.folder === 'PRIMARY'
}
