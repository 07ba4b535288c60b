import type { ConversationRowFragment, UserLinkFragment } from '../operations.gen.ts'

/** Who takes part besides the viewer, those hidden from him left out. */
export function otherMembers(
  { members }: Pick<ConversationRowFragment, 'members'>,
  viewerId?: string,
): UserLinkFragment[] {
  return members.flatMap(({ user }) => (user && user.id !== viewerId ? [user] : []))
}

/** The title of a conversation, else the names of the others. */
export function conversationName(
  conversation: Pick<ConversationRowFragment, 'members' | 'title'>,
  viewerId?: string,
): string {
  const names = otherMembers(conversation, viewerId).map((user) => user.displayName ?? user.username)
  return conversation.title ?? (names.length > 0 ? names.join(', ') : 'Conversation')
}
