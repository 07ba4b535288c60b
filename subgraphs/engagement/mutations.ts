// Engagement's mutations: each calls one rule of `domain/` and answers the object anew.
import type { Transact } from '#platform/mongo.ts'
import { viewerMutation } from '#platform/subgraph.ts'
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
import type { CollectionRow, PostRef, ViewerRef } from './model.ts'
import type {
  CreateCollectionInput,
  DeleteCollectionInput,
  MutationResolvers,
  RegisterPushSubscriptionInput,
  SavePostInput,
  SharePostInput,
  UnregisterPushSubscriptionInput,
  UpdateCollectionInput,
  UpdateCommentFiltersInput,
} from './types.gen.ts'

interface Keyed {
  idempotencyKey?: string | null | undefined
}

const within = (context: Context, transact: Transact<'engagement'>) => ({ ...context, transact })

/** The post after a write, with figures read anew. */
async function freshPost(context: Context, id: string): Promise<PostRef | null> {
  context.loaders.forget()
  return visiblePost(context, id)
}

/** The comment after a write, with figures read anew. */
async function freshComment(context: Context, id: string) {
  context.loaders.forget()
  return context.loaders.visibleComment(id)
}

/** A mutation that answers its post. */
const onPost =
  <I extends Keyed & { postId: string }>(
    name: string,
    work: (deps: ReturnType<typeof within>, viewerId: string, input: I) => Promise<{ postId: string }>,
  ) =>
  (_: object, { input }: { input: I }, context: Context) =>
    viewerMutation(
      context,
      name,
      input,
      ({ userId }, transact) => work(within(context, transact), userId, input),
      async ({ postId }) => ({ post: await freshPost(context, postId) }),
    )

/** A mutation that answers its comment. */
const onComment =
  <I extends Keyed & { commentId: string }>(
    name: string,
    work: (deps: ReturnType<typeof within>, viewerId: string, input: I) => Promise<{ commentId: string }>,
  ) =>
  (_: object, { input }: { input: I }, context: Context) =>
    viewerMutation(
      context,
      name,
      input,
      ({ userId }, transact) => work(within(context, transact), userId, input),
      async ({ commentId }) => ({ comment: await freshComment(context, commentId) }),
    )

/** A mutation that answers its collection. */
const onCollection =
  <I extends Keyed>(
    name: string,
    work: (deps: ReturnType<typeof within>, viewerId: string, input: I) => Promise<CollectionRow>,
  ) =>
  (_: object, { input }: { input: I }, context: Context) =>
    viewerMutation(
      context,
      name,
      input,
      ({ userId }, transact) => work(within(context, transact), userId, input),
      (collection) => ({ collection }),
    )

/** A mutation that answers the viewer. */
const onViewer =
  <I extends Keyed>(
    name: string,
    work: (deps: ReturnType<typeof within>, viewerId: string, input: I) => Promise<ViewerRef>,
  ) =>
  (_: object, { input }: { input: I }, context: Context) =>
    viewerMutation(
      context,
      name,
      input,
      ({ userId }, transact) => work(within(context, transact), userId, input),
      (viewer) => ({ viewer }),
    )

export const mutations: MutationResolvers = {
  likePost: onPost('likePost', (deps, viewerId, { postId }) =>
    setPostOpinion(deps, viewerId, postId, 'likes', true),
  ),
  unlikePost: onPost('unlikePost', (deps, viewerId, { postId }) =>
    setPostOpinion(deps, viewerId, postId, 'likes', false),
  ),
  dislikePost: onPost('dislikePost', (deps, viewerId, { postId }) =>
    setPostOpinion(deps, viewerId, postId, 'dislikes', true),
  ),
  undislikePost: onPost('undislikePost', (deps, viewerId, { postId }) =>
    setPostOpinion(deps, viewerId, postId, 'dislikes', false),
  ),
  savePost: onPost('savePost', (deps, viewerId, input: SavePostInput) =>
    setPostSave(deps, viewerId, input, true),
  ),
  unsavePost: onPost('unsavePost', (deps, viewerId, { postId }) =>
    setPostSave(deps, viewerId, { postId }, false),
  ),

  sharePost: onPost('sharePost', (deps, viewerId, input: SharePostInput) => sharePost(deps, viewerId, input)),
  recordImpressions: (_, { input }, context) =>
    viewerMutation(
      context,
      'recordImpressions',
      input,
      ({ userId }, transact) => recordImpressions(within(context, transact), userId, input),
      (answer) => answer,
    ),

  createCollection: onCollection<CreateCollectionInput>('createCollection', createCollection),
  updateCollection: onCollection<UpdateCollectionInput>('updateCollection', updateCollection),
  deleteCollection: onCollection<DeleteCollectionInput>('deleteCollection', deleteCollection),

  createComment: (_, { input }, context) =>
    viewerMutation(
      context,
      'createComment',
      input,
      ({ userId }, transact) => createComment(within(context, transact), userId, input),
      async (comment) => ({ comment, post: await freshPost(context, comment.postId) }),
    ),
  deleteComment: (_, { input }, context) =>
    viewerMutation(
      context,
      'deleteComment',
      input,
      ({ userId }, transact) => deleteComment(within(context, transact), userId, input.commentId),
      async (comment) => ({ comment, post: await freshPost(context, comment.postId) }),
    ),
  updateComment: onComment('updateComment', updateComment),
  likeComment: onComment('likeComment', (deps, viewerId, { commentId }) =>
    setCommentLike(deps, viewerId, commentId, true),
  ),
  unlikeComment: onComment('unlikeComment', (deps, viewerId, { commentId }) =>
    setCommentLike(deps, viewerId, commentId, false),
  ),
  pinComment: onComment('pinComment', (deps, viewerId, { commentId }) =>
    setPinned(deps, viewerId, commentId, true),
  ),
  unpinComment: onComment('unpinComment', (deps, viewerId, { commentId }) =>
    setPinned(deps, viewerId, commentId, false),
  ),
  hideComment: onComment('hideComment', hideComment),
  updateCommentFilters: onViewer<UpdateCommentFiltersInput>('updateCommentFilters', updateCommentFilters),

  updateNotificationSettings: (_, { input }, context) =>
    viewerMutation(
      context,
      'updateNotificationSettings',
      input,
      ({ userId }, transact) => updateNotificationSettings(within(context, transact), userId, input),
      ({ _id }) => ({ viewer: { id: _id } }),
    ),
  registerPushSubscription: onViewer<RegisterPushSubscriptionInput>(
    'registerPushSubscription',
    registerPushSubscription,
  ),
  unregisterPushSubscription: onViewer<UnregisterPushSubscriptionInput>(
    'unregisterPushSubscription',
    unregisterPushSubscription,
  ),

  markNotificationsRead: (_, { input }, context) =>
    viewerMutation(
      context,
      'markNotificationsRead',
      input,
      ({ userId }, transact) => markNotificationsRead(within(context, transact), userId, input),
      (viewer) => ({ viewer }),
    ),
}
