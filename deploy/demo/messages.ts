// The cast's conversations.
import type { Person } from './person.ts'
import type { Conversation } from './world.ts'

interface Row {
  id: string
  title: string | null
}

/** The conversation itself: with one other there is only one; a group is known by its title. */
async function open(cast: ReadonlyMap<string, Person>, { members, title }: Conversation): Promise<string> {
  const people = members.flatMap((username) => cast.get(username) ?? [])
  const [starter, ...others] = people as [Person, ...Person[]]
  if (title) {
    const { conversations } = await starter.does<{ conversations: { nodes: Row[] } }>('Conversations', {
      first: 50,
    })
    const known = conversations.nodes.find((row) => row.title === title)
    if (known) return known.id
  }
  const memberIds = others.map(({ id }) => id)
  const input = { memberIds, title, idempotencyKey: `demo:${memberIds.join()}`.slice(0, 128) }
  const { createConversation } = await starter.does<{ createConversation: { conversation: Row } }>(
    'CreateConversation',
    { input },
  )
  return createConversation.conversation.id
}

/**
 * Holds a conversation up to the first message that shares a post which is not in `postIds` yet. Each message has an id of
 * the sender's, so that repeating it sends nothing twice.
 */
export async function converse(
  cast: ReadonlyMap<string, Person>,
  conversation: Conversation,
  postIds: ReadonlyMap<string, string>,
): Promise<void> {
  const { messages, readBy, unread = 0 } = conversation
  const conversationId = await open(cast, conversation)
  for (const [i, { by, text, post, reactions = {} }] of messages.entries()) {
    const sharedPostId = post && postIds.get(post)
    if (post && !sharedPostId) return
    const sender = cast.get(by)
    const input = { conversationId, clientMessageId: `demo-${i}`, text, sharedPostId }
    const sent = await sender?.does<{ sendMessage: { message: { id: string } } }>('SendMessage', { input })
    for (const [username, emoji] of Object.entries(reactions)) {
      const messageId = sent?.sendMessage.message.id
      await cast.get(username)?.does('ReactToMessage', { input: { messageId, emoji } })
    }
    if (readBy && sent && i === messages.length - unread - 1) {
      const { id: messageId } = sent.sendMessage.message
      await cast.get(readBy)?.does('MarkConversationRead', { input: { conversationId, messageId } })
    }
  }
}
