// From the schema's fields to the domain.
import type { Transact } from '#platform/mongo.ts'
import { live, viewerMutation } from '#platform/subgraph.ts'
import { requireSignedIn } from '#platform/viewer.ts'
import { notFound } from '#schema/errors.ts'
import type { Context } from './context.ts'
import {
  acceptRequest,
  createConversation,
  declineRequest,
  listConversations,
  markRead,
} from './domain/conversations.ts'
import { listMessages, sendMessage } from './domain/messages.ts'
import {
  memberOf,
  ownConversation,
  ownMessage,
  toldReadMessageId,
  unreadCount,
} from './domain/participation.ts'
import type { ConversationRow, MessageRow } from './model.ts'
import type { Resolvers, SubscriptionMessageReceivedArgs } from './types.gen.ts'

const writing = (context: Context, transact: Transact<'messaging'>) => ({
  ...context.store,
  transact,
  visibility: context.visibility,
  relations: context.relations,
  inTurn: context.inTurn,
  now: context.now,
})

const conversationOf = (context: Context, id: string) =>
  ownConversation(context.loaders, context.visibility, id)

/** The conversation as it is after a mutation. */
const presented = (context: Context) => async (id: string) => ({
  conversation: await ownConversation(
    { conversations: { load: context.store.getConversation } },
    context.visibility,
    id,
  ),
})

/** An event's message and conversation for a member who did not decline it; null for anyone else. */
async function received(context: Context, messageId: string) {
  const { viewer, loaders, visibility } = context
  const message = await ownMessage(loaders, visibility, messageId)
  const conversation = message && (await conversationOf(context, message.conversationId))
  if (!conversation || memberOf(conversation, viewer.userId)?.declinedAt) return null
  return { message, conversation }
}

export const resolvers: Resolvers = {
  Query: {
    conversation: (_, { id }, context) => conversationOf(context, id),
    conversations: (_, args, context) =>
      listConversations(
        { ...context.store, cursors: context.cursors, visibility: context.visibility },
        requireSignedIn(context.viewer).userId,
        args.folder ?? 'PRIMARY',
        args,
      ),
  },

  Mutation: {
    createConversation: (_, { input }, context) =>
      viewerMutation(
        context,
        'createConversation',
        input,
        (viewer, transact) => createConversation(writing(context, transact), viewer.userId, input),
        presented(context),
      ),
    sendMessage: (_, { input }, context) =>
      viewerMutation(
        context,
        'sendMessage',
        input,
        (viewer, transact) => sendMessage(writing(context, transact), viewer.userId, input),
        (message) => ({ message }),
      ),
    markConversationRead: (_, { input }, context) =>
      viewerMutation(
        context,
        'markConversationRead',
        input,
        (viewer, transact) => markRead(writing(context, transact), viewer.userId, input),
        presented(context),
      ),
    acceptMessageRequest: (_, { input }, context) =>
      viewerMutation(
        context,
        'acceptMessageRequest',
        input,
        (viewer, transact) => acceptRequest(writing(context, transact), viewer.userId, input.conversationId),
        presented(context),
      ),
    declineMessageRequest: (_, { input }, context) =>
      viewerMutation(
        context,
        'declineMessageRequest',
        input,
        (viewer, transact) => declineRequest(writing(context, transact), viewer.userId, input.conversationId),
        presented(context),
      ),
  },

  Subscription: {
    messageReceived: live<
      'message.sent',
      SubscriptionMessageReceivedArgs,
      Context,
      { cursor: string; message: MessageRow; conversation: ConversationRow }
    >({
      authorize: async ({ conversationId }, context) => {
        requireSignedIn(context.viewer)
        if (conversationId && !(await conversationOf(context, conversationId))) throw notFound()
      },
      resolve: async ({ payload }, cursor, _args, context) => {
        const what = await received(context, payload.messageId)
        return what && { cursor, ...what }
      },
    }),
  },

  Conversation: {
    __resolveReference: ({ id }, context) => conversationOf(context, id),
    id: (conversation) => conversation._id,
    messages: (conversation, args, context) =>
      listMessages(
        { cursors: context.cursors, messagesIn: context.loaders.messagesIn },
        conversation,
        context.viewer.userId,
        args,
      ),
    lastMessage: (conversation, _, { loaders }) =>
      conversation.lastMessageId === null ? null : loaders.messages.load(conversation.lastMessageId),
    unreadCount: (conversation, _, { viewer }) => {
      const member = memberOf(conversation, viewer.userId)
      return member ? unreadCount(conversation, member) : 0
    },
    folder: (conversation, _, { viewer }) =>
      memberOf(conversation, viewer.userId)?.folder === 'PRIMARY' ? 'PRIMARY' : 'REQUESTS',
    updatedAt: (conversation) => conversation.lastActivityAt,
  },

  ConversationMember: {
    user: async (member, _, { visibility }) =>
      (await visibility.account(member.userId)) && { id: member.userId },
    lastReadMessageId: async (member, _, { visibility, viewer }) =>
      (await visibility.account(member.userId)) && toldReadMessageId(member, viewer.userId),
  },

  Message: {
    __resolveReference: ({ id }, context) => ownMessage(context.loaders, context.visibility, id),
    id: (message) => message._id,
    sender: async (message, _, { visibility }) =>
      (await visibility.account(message.senderId)) && { id: message.senderId },
    sharedPost: async (message, _, { visibility }) =>
      message.sharedPostId && (await visibility.post(message.sharedPostId))
        ? { id: message.sharedPostId }
        : null,
  },
}
