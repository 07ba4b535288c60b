// Messages: what each field says to whoever may read it.
import type { Context } from '../context.ts'
import { editMessage, reactToMessage, removeReaction, unsendMessage } from '../domain/message-changes.ts'
import { sendMessage } from '../domain/messages.ts'
import { reportMessage } from '../domain/reports.ts'
import { replyToStory } from '../domain/story-replies.ts'
import type { MessageRow } from '../model.ts'
import type { MessageKind, Resolvers } from '../types.gen.ts'
import { changingMessage, doing, messageOf, readable, sendingMessage } from './scope.ts'

/** What a message says, to those only who may read it. */
const said =
  <V>(pick: (message: MessageRow, context: Context) => V | Promise<V>) =>
  async (message: MessageRow, _: object, context: Context): Promise<V | null> =>
    (await readable(context, message)) ? pick(message, context) : null

async function kindOf(message: MessageRow, context: Context): Promise<MessageKind> {
  if (message.unsentAt) return 'UNSENT'
  // Whoever misses a commit is lost to the group, whatever he thinks of the committer.
  if (message.epoch !== undefined) return 'COMMIT'
  if (!(await readable(context, message))) return 'UNAVAILABLE'
  if (message.notice) return 'NOTICE'
  if (message.ciphertext) return 'ENCRYPTED'
  if (message.storyId) return 'STORY_REPLY'
  if (message.mediaId) return 'MEDIA'
  return message.sharedPostId ? 'SHARED_POST' : 'TEXT'
}

/** The message that one answers; null when it is not there any more, for the viewer or for anyone (D5). */
async function originalOf({ replyToId }: MessageRow, context: Context): Promise<MessageRow | null> {
  const original = replyToId ? await messageOf(context, replyToId) : null
  return original && (await readable(context, original)) ? original : null
}

export const messageResolvers = {
  Mutation: {
    sendMessage: sendingMessage('sendMessage', sendMessage),
    editMessage: changingMessage('editMessage', editMessage),
    unsendMessage: changingMessage('unsendMessage', unsendMessage),
    reactToMessage: changingMessage('reactToMessage', reactToMessage),
    replyToStory: sendingMessage('replyToStory', replyToStory),
    removeMessageReaction: changingMessage('removeMessageReaction', removeReaction),
    reportMessage: doing('reportMessage', reportMessage, (evidenceCount) => ({ evidenceCount })),
  },

  Message: {
    __resolveReference: ({ id }, context) => messageOf(context, id),
    id: (message) => message._id,
    kind: (message, _, context) => kindOf(message, context),
    sender: async (message, _, { visibility }) =>
      (await visibility.account(message.senderId)) && { id: message.senderId },
    text: said((message) => message.text),
    media: said(({ mediaId }) => (mediaId ? { id: mediaId } : null)),
    sharedPost: said(async ({ sharedPostId }, { visibility }) =>
      sharedPostId && (await visibility.post(sharedPostId)) ? { id: sharedPostId } : null,
    ),
    ciphertext: async (message, _, context) =>
      message.epoch !== undefined || (await readable(context, message)) ? (message.ciphertext ?? null) : null,
    commitment: said((message) => message.commitments?.at(-1) ?? null),
    epoch: (message) => message.epoch ?? null,
    isChange: (message) => message.isChange ?? false,
    linkPreview: said((message) => message.linkPreview ?? null),
    replyTo: said(originalOf),
    story: said(async ({ storyId }, { visibility }) =>
      storyId && (await visibility.story(storyId)) ? { id: storyId } : null,
    ),
    reactions: async (message, _, context) =>
      (await readable(context, message))
        ? context.visibility.filterByAccount(message.reactions ?? [], ({ userId }) => userId)
        : [],
    editedAt: said((message) => message.editedAt ?? null),
    unsentAt: (message) => message.unsentAt ?? null,
    expiresAt: (message) => message.expiresAt ?? null,
    notice: said((message) => message.notice ?? null),
  },

  ConversationNotice: {
    users: async ({ userIds }, _, { visibility }) =>
      (await visibility.filterByAccount(userIds, (id) => id)).map((id) => ({ id })),
  },

  MessageReaction: {
    user: ({ userId }) => ({ id: userId }),
    reactedAt: ({ at }) => at,
  },
} satisfies Resolvers
