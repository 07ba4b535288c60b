// Who takes part: a conversation is there for its members and for nobody else (D1), and one of two for neither of them while
// one blocks the other (V1, V2).
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

/** A message in a conversation of the viewer's; null when absent or in another. */
export async function ownMessage(
  loads: Loads,
  visibility: Participant,
  id: string,
): Promise<MessageRow | null> {
  if (visibility.viewerId === null || !isId(id, 'message')) return null
  const message = await loads.messages.load(id)
  return message && (await ownConversation(loads, visibility, message.conversationId)) ? message : null
}

/** How many messages of others a member has not read. */
export function unreadCount(conversation: ConversationRow, member: MemberRow): number {
  return conversation.lastSequence - member.readSequence - member.sentUnread
}

/** What a member tells the viewer of what he read: nothing while the conversation is a request to him (D4). */
export function toldReadMessageId(member: MemberRow, viewerId: string | null): string | null {
  return member.userId === viewerId || member.folder === 'PRIMARY' ? member.readMessageId : null
}
