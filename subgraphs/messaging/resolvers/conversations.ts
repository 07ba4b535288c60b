// Conversations and their members.
import { requireSignedIn } from '#platform/viewer.ts'
import { bothAccepted, setTyping, showsPresence } from '../domain/activity.ts'
import { sendGroupCommit } from '../domain/commits.ts'
import {
  acceptRequest,
  createConversation,
  declineRequest,
  listConversations,
  markRead,
} from '../domain/conversations.ts'
import {
  addMembers,
  leaveConversation,
  removeMember,
  setMemberRole,
  updateConversation,
} from '../domain/groups.ts'
import { listMessages } from '../domain/history.ts'
import { isEndless, muteConversation, mutedUntil, unmuteConversation } from '../domain/mutes.ts'
import { memberOf, tellsReceipts, titleFor, unreadCount } from '../domain/participation.ts'
import type { Resolvers } from '../types.gen.ts'
import { changingConversation, conversationOf, messageOf, noteDelivered } from './scope.ts'

export const conversationResolvers = {
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
    createConversation: changingConversation('createConversation', createConversation),
    markConversationRead: changingConversation('markConversationRead', markRead),
    acceptMessageRequest: changingConversation('acceptMessageRequest', acceptRequest),
    declineMessageRequest: changingConversation('declineMessageRequest', declineRequest),
    addMembers: changingConversation('addMembers', addMembers),
    removeMember: changingConversation('removeMember', removeMember),
    leaveConversation: changingConversation('leaveConversation', leaveConversation),
    setMemberRole: changingConversation('setMemberRole', setMemberRole),
    updateConversation: changingConversation('updateConversation', updateConversation),
    muteConversation: changingConversation('muteConversation', muteConversation),
    unmuteConversation: changingConversation('unmuteConversation', unmuteConversation),
    sendGroupCommit: changingConversation('sendGroupCommit', sendGroupCommit),
    setTyping: changingConversation('setTyping', setTyping),
  },

  Conversation: {
    __resolveReference: ({ id }, context) => conversationOf(context, id),
    id: (conversation) => conversation._id,
    title: (conversation, _, { viewer }) => titleFor(conversation, viewer.userId),
    members: (conversation) => conversation.members.map((member) => ({ ...member, conversation })),
    messages: async (conversation, args, context) => {
      const page = await listMessages(
        { cursors: context.cursors, messagesIn: context.loaders.messagesIn },
        conversation,
        context.viewer.userId,
        args,
      )
      noteDelivered(context, conversation, page.nodes.at(-1))
      return page
    },
    lastMessage: (conversation, _, context) =>
      conversation.lastMessageId === null ? null : messageOf(context, conversation.lastMessageId),
    unreadCount: (conversation, _, { viewer, loaders }) => {
      const member = memberOf(conversation, viewer.userId)
      if (!member) return 0
      if (!conversation.vanishes) return unreadCount(conversation, member)
      const { userId, readSequence, joinedSequence = 0 } = member
      return loaders.countUnread({
        conversationId: conversation._id,
        userId,
        after: Math.max(readSequence, joinedSequence),
      })
    },
    folder: (conversation, _, { viewer }) =>
      memberOf(conversation, viewer.userId)?.folder === 'PRIMARY' ? 'PRIMARY' : 'REQUESTS',
    invitePolicy: ({ kind, invitePolicy }) => (kind === 'GROUP' ? (invitePolicy ?? 'MEMBERS') : null),
    disappearAfterMs: (conversation) => conversation.disappearAfterMs ?? null,
    isEncrypted: (conversation) => conversation.epoch !== undefined,
    epoch: (conversation) => conversation.epoch ?? null,
    groupInfo: async ({ _id, epoch }, _, { loaders }) =>
      epoch === undefined ? null : ((await loaders.groupInfos.load(_id))?.data ?? null),
    viewerHasMuted: (conversation, _, { viewer, now }) =>
      mutedUntil(memberOf(conversation, viewer.userId), now()) !== null,
    viewerMutedUntil: (conversation, _, { viewer, now }) => {
      const until = mutedUntil(memberOf(conversation, viewer.userId), now())
      return until && !isEndless(until) ? until : null
    },
    updatedAt: (conversation) => conversation.lastActivityAt,
  },

  ConversationMember: {
    user: async (member, _, { visibility }) =>
      (await visibility.account(member.userId)) && { id: member.userId },
    lastReadMessageId: async (member, _, { visibility, viewer }) => {
      const account = await visibility.account(member.userId)
      const tells = member.userId === viewer.userId || account?.sendsReadReceipts
      return account && tells && tellsReceipts(member, viewer.userId) ? member.readMessageId : null
    },
    lastDeliveredMessageId: async (member, _, { visibility, viewer }) =>
      (await visibility.account(member.userId)) && tellsReceipts(member, viewer.userId)
        ? (member.deliveredMessageId ?? null)
        : null,
    presence: async (member, _, { visibility, viewer, loaders }) => {
      const shown =
        bothAccepted(member.conversation, member, viewer.userId) &&
        (await showsPresence(visibility, member.userId))
      return shown ? loaders.presence.load(member.userId) : null
    },
    deviceIds: async (member, _, { visibility, loaders }) => {
      if (member.conversation.epoch === undefined || !(await visibility.account(member.userId))) return []
      return ((await loaders.devices.load(member.userId)) ?? []).map(({ deviceId }) => deviceId)
    },
    typingUntil: async (member, _, { visibility, viewer, loaders }) => {
      if (member.userId === viewer.userId || !bothAccepted(member.conversation, member, viewer.userId))
        return null
      if (!(await visibility.account(member.userId))) return null
      const until = (await loaders.typing.load(member.conversation._id))?.get(member.userId)
      return until === undefined ? null : new Date(until)
    },
  },
  Presence: {
    lastSeenAt: ({ lastSeenAt }) => (lastSeenAt === null ? null : new Date(lastSeenAt)),
  },
} satisfies Resolvers
