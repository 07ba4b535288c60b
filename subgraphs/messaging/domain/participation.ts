// Who takes part: a conversation is there for its members and for nobody else (D1).
import { isId } from '#schema/ids.ts'
import type { ConversationRow, MemberRow, MessageRow } from '../model.ts'

/** Someone's part in a conversation; null when he has none. */
export function memberOf(conversation: ConversationRow, userId: string | null): MemberRow | null {
  return conversation.members.find((member) => member.userId === userId) ?? null
}

interface Loads {
  conversations: { load(id: string): Promise<ConversationRow | null> }
  messages: { load(id: string): Promise<MessageRow | null> }
}

/** A conversation of the viewer's; null when absent or not his. */
export async function ownConversation(
  loads: Pick<Loads, 'conversations'>,
  viewerId: string | null,
  id: string,
): Promise<ConversationRow | null> {
  if (viewerId === null || !isId(id, 'conversation')) return null
  const conversation = await loads.conversations.load(id)
  return conversation && memberOf(conversation, viewerId) ? conversation : null
}

/** A message in a conversation of the viewer's; null when absent or in another. */
export async function ownMessage(
  loads: Loads,
  viewerId: string | null,
  id: string,
): Promise<MessageRow | null> {
  if (viewerId === null || !isId(id, 'message')) return null
  const message = await loads.messages.load(id)
  return message && (await ownConversation(loads, viewerId, message.conversationId)) ? message : null
}

/** How many messages of others a member has not read. */
export function unreadCount(conversation: ConversationRow, member: MemberRow): number {
  return conversation.lastSequence - member.readSequence - member.sentUnread
}

/** What a member tells the viewer of what he read: nothing while the conversation is a request to him (D4). */
export function toldReadMessageId(member: MemberRow, viewerId: string | null): string | null {
  return member.userId === viewerId || member.folder === 'PRIMARY' ? member.readMessageId : null
}
