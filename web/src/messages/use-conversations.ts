import { useQuery } from 'urql'
import { type ConversationRowFragment, ConversationsDocument } from '../operations.gen.ts'

const sortTime = ({ lastMessage, updatedAt }: ConversationRowFragment) => lastMessage?.sentAt ?? updatedAt

/** The order of the list, also when live messages have changed it. */
export function newestFirst(conversations: readonly ConversationRowFragment[]): ConversationRowFragment[] {
  return conversations.toSorted((a, b) => sortTime(b).localeCompare(sortTime(a)))
}

/** The viewer's newest conversations, strangers' requests apart. */
export function useConversations(): ConversationRowFragment[] {
  const [{ data }] = useQuery({ query: ConversationsDocument, variables: { first: 20, folder: 'PRIMARY' } })
  return newestFirst(data?.conversations.nodes ?? [])
}

/** How many messages of the newest conversations are unread. */
export function useUnreadMessages(): number {
  return useConversations().reduce((sum, { unreadCount }) => sum + unreadCount, 0)
}
