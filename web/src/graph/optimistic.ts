import type { Cache, OptimisticMutationConfig } from '@urql/exchange-graphcache'
import type * as G from '../operations.gen.ts'

// What the screen shows before the server has answered. Taken back when it refuses.

function liked(cache: Cache, typename: 'Post' | 'Comment', id: string, viewerHasLiked: boolean) {
  const entity = `${typename}:${id}`
  const before = cache.resolve(entity, 'viewerHasLiked') === true
  const count = cache.resolve(entity, 'likeCount')
  const step = Number(viewerHasLiked) - Number(before)
  return {
    __typename: typename,
    id,
    viewerHasLiked,
    // A count that is hidden stays so.
    likeCount: typeof count === 'number' ? count + step : null,
    ...(typename === 'Post' ? pick(cache, entity, ['commentCount', 'viewerHasSaved']) : {}),
  }
}

function pick(cache: Cache, entity: string, fields: string[]) {
  return Object.fromEntries(fields.map((field) => [field, cache.resolve(entity, field) ?? null]))
}

const settingsFields = [
  ...['isPrivate', 'commentPolicy', 'messagePolicy', 'mentionPolicy', 'hideLikeCounts'],
  ...['showActivityStatus', 'readReceipts', 'sensitiveContent', 'accountType'],
]

function saved(cache: Cache, id: string, viewerHasSaved: boolean) {
  const kept = pick(cache, `Post:${id}`, ['likeCount', 'commentCount', 'viewerHasLiked'])
  return { __typename: 'Post', id, viewerHasSaved, ...kept }
}

const payload = (typename: string, content: object) => ({ __typename: typename, userErrors: [], ...content })

/** Sorts after every message that the server has numbered. */
export const unsentSequence = 2 ** 31 - 1

function unsentMessage(cache: Cache, { clientMessageId, text }: G.SendMessageInput) {
  const viewer = cache.resolve('Query', 'viewer') as string
  const user = cache.resolve(viewer, 'user') as string
  return {
    __typename: 'Message',
    id: `unsent:${clientMessageId}`,
    sequence: unsentSequence,
    kind: 'TEXT',
    text: text ?? null,
    editedAt: null,
    isChange: false,
    notice: null,
    replyTo: null,
    reactions: [],
    linkPreview: null,
    media: null,
    story: null,
    expiresAt: null,
    sentAt: new Date().toISOString(),
    clientMessageId,
    sharedPost: null,
    sender: { __typename: 'User', id: cache.resolve(user, 'id') as string },
  }
}

export const optimistic: OptimisticMutationConfig = {
  likePost: (args, cache) =>
    payload('LikePostPayload', { post: liked(cache, 'Post', (args.input as G.LikePostInput).postId, true) }),
  unlikePost: (args, cache) =>
    payload('UnlikePostPayload', {
      post: liked(cache, 'Post', (args.input as G.UnlikePostInput).postId, false),
    }),
  savePost: (args, cache) =>
    payload('SavePostPayload', { post: saved(cache, (args.input as G.SavePostInput).postId, true) }),
  unsavePost: (args, cache) =>
    payload('UnsavePostPayload', { post: saved(cache, (args.input as G.UnsavePostInput).postId, false) }),
  likeComment: (args, cache) =>
    payload('LikeCommentPayload', {
      comment: liked(cache, 'Comment', (args.input as G.LikeCommentInput).commentId, true),
    }),
  unlikeComment: (args, cache) =>
    payload('UnlikeCommentPayload', {
      comment: liked(cache, 'Comment', (args.input as G.UnlikeCommentInput).commentId, false),
    }),
  markConversationRead: (args) =>
    payload('MarkConversationReadPayload', {
      conversation: {
        __typename: 'Conversation',
        id: (args.input as G.MarkConversationReadInput).conversationId,
        unreadCount: 0,
      },
    }),
  updateSettings: (args, cache) => {
    const viewer = cache.resolve('Query', 'viewer') as string
    const input = args.input as Record<string, unknown>
    const id = cache.resolve(viewer, 'id') as string
    const before = pick(cache, cache.resolve(viewer, 'settings') as string, settingsFields)
    const settings = Object.fromEntries(settingsFields.map((name) => [name, input[name] ?? before[name]]))
    const { isPrivate, accountType } = settings
    return payload('UpdateSettingsPayload', {
      viewer: {
        __typename: 'Viewer',
        id,
        settings: { __typename: 'Settings', ...settings },
        user: { __typename: 'User', id, isPrivate, accountType },
      },
    })
  },
  sendMessage: (args, cache) =>
    payload('SendMessagePayload', { message: unsentMessage(cache, args.input as G.SendMessageInput) }),
}
