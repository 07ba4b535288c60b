// Subscriptions: one event at a time, decided anew for each viewer.

import type { PresenceState } from '#platform/presence.ts'
import { live } from '#platform/subgraph.ts'
import { requireSignedIn } from '#platform/viewer.ts'
import { AppError, notFound } from '#schema/errors.ts'
import type { EventPayload } from '#schema/events.ts'
import { isId } from '#schema/ids.ts'
import type { Context } from '../context.ts'
import { bothAccepted, seesPresence } from '../domain/activity.ts'
import { memberOf, ownPart } from '../domain/participation.ts'
import type { ConversationRow, MessageRow } from '../model.ts'
import type {
  ConversationChange,
  Resolvers,
  SubscriptionConversationChangedArgs,
  SubscriptionMessageReceivedArgs,
  SubscriptionPresenceChangedArgs,
} from '../types.gen.ts'
import { conversationOf, messageOf, noteDelivered } from './scope.ts'

/** An event's message and conversation for a member who hears of it and did not decline it; null for anyone else. */
async function received(context: Context, { messageId, memberIds }: EventPayload<'message.sent'>) {
  // What rings with some alone also stands under the conversation's own topic (V23).
  if (!memberIds.includes(context.viewer.userId ?? '')) return null
  const message = await messageOf(context, messageId)
  const conversation = message && (await conversationOf(context, message.conversationId))
  if (!conversation || memberOf(conversation, context.viewer.userId)?.declinedAt) return null
  noteDelivered(context, conversation, message)
  return { message, conversation }
}

/** What a member may know of a change; null when it is not for him. */
async function changed(
  context: Context,
  { conversationId, change, actorId, messageId, memberIds }: EventPayload<'conversation.changed'>,
) {
  // What concerns its member alone also stands under the conversation's own topic.
  if (!memberIds.includes(context.viewer.userId ?? '')) return null
  const conversation = await context.loaders.conversations.load(conversationId)
  const own = conversation && memberOf(conversation, context.viewer.userId)
  if (!own || own.folder === 'NONE') {
    // Whoever had it learns that he has it no more, and nothing else (D1).
    const takesAway = change === 'MEMBERS' || change === 'UPDATED'
    return takesAway ? { conversation: null, change, actor: null, message: null } : null
  }
  // A block takes nothing away that would be told (V1).
  if (!(await ownPart(context.visibility, conversation))) return null
  const account = await context.visibility.account(actorId)
  const isHeard = account && (!account.shadowBanned || actorId === context.viewer.userId)
  const actor = isHeard ? { id: actorId } : null
  // What someone hidden or shadow-banned does is not told (V23); that a message has gone, and what binds all, is told without him.
  if (!actor && !['UNSENT', 'MEMBERS', 'UPDATED', 'EPOCH'].includes(change)) return null
  const message = messageId === null ? null : await messageOf(context, messageId)
  return { conversation, change, actor, message }
}

/** Who writes, for members who have accepted the conversation as he has; null for anyone else. */
async function typed(context: Context, { conversationId, userId }: EventPayload<'typing.changed'>) {
  const conversation = await conversationOf(context, conversationId)
  const member = conversation && memberOf(conversation, userId)
  if (!member || userId === context.viewer.userId) return null
  if (!bothAccepted(conversation, member, context.viewer.userId)) return null
  const actor = (await context.visibility.account(userId)) && { id: userId }
  return actor && { conversation, change: 'TYPING' as const, actor, message: null }
}

async function authorize({ conversationId }: { conversationId?: string | null }, context: Context) {
  requireSignedIn(context.viewer)
  if (conversationId && !(await conversationOf(context, conversationId))) throw notFound()
}

interface Received {
  cursor: string
  message: MessageRow
  conversation: ConversationRow
}
interface Changed {
  cursor: string
  conversationId: string
  conversation: ConversationRow | null
  change: ConversationChange
  actor: { id: string } | null
  message: MessageRow | null
}

interface Present {
  cursor: string
  user: { id: string }
  presence: PresenceState
}

export const liveResolvers = {
  Subscription: {
    messageReceived: live<'message.sent', SubscriptionMessageReceivedArgs, Context, Received>({
      authorize,
      resolve: async ({ payload }, cursor, _args, context) => {
        const what = await received(context, payload)
        return what && { cursor, ...what }
      },
    }),
    conversationChanged: live<
      'conversation.changed' | 'typing.changed',
      SubscriptionConversationChangedArgs,
      Context,
      Changed
    >({
      authorize,
      resolve: async ({ payload }, cursor, _args, context) => {
        const what = 'typing' in payload ? await typed(context, payload) : await changed(context, payload)
        return what && { cursor, conversationId: payload.conversationId, ...what }
      },
    }),
    presenceChanged: live<'presence.changed', SubscriptionPresenceChangedArgs, Context, Present>({
      authorize: async ({ userIds }, { viewer }) => {
        requireSignedIn(viewer)
        if (userIds.length === 0 || userIds.length > 100 || !userIds.every((id) => isId(id, 'user'))) {
          throw new AppError('BAD_USER_INPUT', 'Ids of 1–100 accounts.')
        }
      },
      resolve: async ({ payload: { userId } }, cursor, _args, context) => {
        const deps = { getDirect: context.store.getDirect, visibility: context.visibility }
        if (!(await seesPresence(deps, userId))) return null
        const presence = await context.loaders.presence.load(userId)
        return presence && { cursor, user: { id: userId }, presence }
      },
    }),
  },
} satisfies Resolvers
