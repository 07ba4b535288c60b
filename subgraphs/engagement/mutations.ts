// Engagement's mutations: each calls one rule of `domain/` and answers the object anew.
import { viewerMutation } from '#platform/subgraph.ts'
import { having } from '#platform/validate.ts'
import { type Context, visiblePost } from './context.ts'
import { createCollection, deleteCollection, updateCollection } from './domain/collections.ts'
import { updateCommentFilters } from './domain/comment-filters.ts'
import { hideComment, setPinned } from './domain/comment-moderation.ts'
import { createComment, deleteComment, updateComment } from './domain/comments.ts'
import { recordImpressions } from './domain/impressions.ts'
import { updateNotificationSettings } from './domain/notification-settings.ts'
import { registerPushSubscription, unregisterPushSubscription } from './domain/push-subscriptions.ts'
import { setCommentLike, setPostOpinion, setPostSave } from './domain/reactions.ts'
import { markNotificationsRead } from './domain/reading.ts'
import { sharePost } from './domain/sharing.ts'
import type { CollectionRow, CommentRow, NotificationSettingsRow, ViewerRef } from './model.ts'
import type {
  MutationResolvers,
  RegisterPushSubscriptionInput,
  UnregisterPushSubscriptionInput,
  UpdateCollectionInput,
  UpdateCommentFiltersInput,
  UpdateCommentInput,
} from './types.gen.ts'

interface Keyed {
  idempotencyKey?: string | null | undefined
}

/** A mutation that does what one rule of the domain says, and shows what became of it. */
const doing =
  <I extends object, R, P extends object>(
    name: string,
    rule: (deps: Context, viewerId: string, input: I) => Promise<R>,
    show: (result: R, context: Context) => P | Promise<P>,
  ) =>
  (_: object, { input }: { input: I & Keyed }, context: Context) =>
    viewerMutation(
      context,
      name,
      input,
      ({ userId }, transact) => rule({ ...context, transact }, userId, input),
      (result) => show(result, context),
    )

/** The post after a write, with figures read anew. */
async function post({ postId }: { postId: string }, context: Context) {
  context.loaders.forget()
  return { post: await visiblePost(context, postId) }
}

/** The comment after a write, with figures read anew. */
async function comment({ commentId }: { commentId: string }, context: Context) {
  context.loaders.forget()
  return { comment: await context.loaders.visibleComment(commentId) }
}

/** A comment that was written or deleted, and its post as it is now. */
const commentAndPost = async (row: CommentRow, context: Context) => ({
  comment: row,
  ...(await post(row, context)),
})
const collection = (row: CollectionRow) => ({ collection: row })
const viewer = (ref: ViewerRef) => ({ viewer: ref })

export const mutations: MutationResolvers = {
  likePost: doing(
    'likePost',
    (deps, by, { postId }) => setPostOpinion(deps, by, postId, 'likes', true),
    post,
  ),
  unlikePost: doing(
    'unlikePost',
    (deps, by, { postId }) => setPostOpinion(deps, by, postId, 'likes', false),
    post,
  ),
  dislikePost: doing(
    'dislikePost',
    (deps, by, { postId }) => setPostOpinion(deps, by, postId, 'dislikes', true),
    post,
  ),
  undislikePost: doing(
    'undislikePost',
    (deps, by, { postId }) => setPostOpinion(deps, by, postId, 'dislikes', false),
    post,
  ),
  savePost: doing('savePost', (deps, by, input) => setPostSave(deps, by, input, true), post),
  unsavePost: doing('unsavePost', (deps, by, { postId }) => setPostSave(deps, by, { postId }, false), post),

  sharePost: doing('sharePost', sharePost, post),
  recordImpressions: doing('recordImpressions', recordImpressions, (answer) => answer),

  createCollection: doing('createCollection', createCollection, collection),
  updateCollection: doing(
    'updateCollection',
    (deps, by, input: UpdateCollectionInput) => updateCollection(deps, by, having(input, 'name')),
    collection,
  ),
  deleteCollection: doing('deleteCollection', deleteCollection, collection),

  createComment: doing('createComment', createComment, commentAndPost),
  deleteComment: doing(
    'deleteComment',
    (deps, by, { commentId }) => deleteComment(deps, by, commentId),
    commentAndPost,
  ),
  updateComment: doing(
    'updateComment',
    (deps, by, input: UpdateCommentInput) => updateComment(deps, by, having(input, 'text')),
    comment,
  ),
  likeComment: doing(
    'likeComment',
    (deps, by, { commentId }) => setCommentLike(deps, by, commentId, true),
    comment,
  ),
  unlikeComment: doing(
    'unlikeComment',
    (deps, by, { commentId }) => setCommentLike(deps, by, commentId, false),
    comment,
  ),
  pinComment: doing('pinComment', (deps, by, { commentId }) => setPinned(deps, by, commentId, true), comment),
  unpinComment: doing(
    'unpinComment',
    (deps, by, { commentId }) => setPinned(deps, by, commentId, false),
    comment,
  ),
  hideComment: doing('hideComment', hideComment, comment),
  updateCommentFilters: doing(
    'updateCommentFilters',
    (deps, by, input: UpdateCommentFiltersInput) => updateCommentFilters(deps, by, having(input, 'words')),
    viewer,
  ),

  updateNotificationSettings: doing(
    'updateNotificationSettings',
    updateNotificationSettings,
    ({ _id }: NotificationSettingsRow) => ({ viewer: { id: _id } }),
  ),
  registerPushSubscription: doing(
    'registerPushSubscription',
    (deps, by, input: RegisterPushSubscriptionInput) =>
      registerPushSubscription(deps, by, having(input, 'endpoint')),
    viewer,
  ),
  unregisterPushSubscription: doing(
    'unregisterPushSubscription',
    (deps, by, input: UnregisterPushSubscriptionInput) =>
      unregisterPushSubscription(deps, by, having(input, 'endpoint')),
    viewer,
  ),
  markNotificationsRead: doing('markNotificationsRead', markNotificationsRead, viewer),
}
