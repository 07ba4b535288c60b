// Engagement's part of the graph.
import type { Transact } from '#platform/mongo.ts'
import { pageSize } from '#platform/page.ts'
import { live, viewerMutation } from '#platform/subgraph.ts'
import { requireSignedIn } from '#platform/viewer.ts'
import { notFound } from '#schema/errors.ts'
import type { DomainEvent } from '#schema/events.ts'
import { entityOf } from '#schema/ids.ts'
import type { Context } from './context.ts'
import { createComment, deleteComment } from './domain/comments.ts'
import { setCommentLike, setPostLike, setPostSave } from './domain/reactions.ts'
import { markNotificationsRead } from './domain/reading.ts'
import {
  comments,
  likers,
  notifications,
  ownNotification,
  replies,
  savedPosts,
  unreadCount,
  visibleActorCount,
  visibleActors,
} from './lists.ts'
import type { PostRef } from './model.ts'
import type { Resolvers } from './types.gen.ts'

const maxPreview = 5

const within = (context: Context, transact: Transact<'engagement'>) => ({ ...context, transact })

/** The post as a reference; null when the viewer may not see it. */
async function visiblePost({ visibility }: Context, id: string): Promise<PostRef | null> {
  return (await visibility.post(id)) && { id }
}

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

async function mayHearPost({ postId }: { postId: string }, { visibility }: Context): Promise<void> {
  if (!(await visibility.post(postId))) throw notFound(['postId'])
}

export const resolvers: Resolvers = {
  Mutation: {
    likePost: (_, { input }, context) =>
      viewerMutation(
        context,
        'likePost',
        input,
        ({ userId }, transact) => setPostLike(within(context, transact), userId, input.postId, true),
        async ({ postId }) => ({ post: await freshPost(context, postId) }),
      ),
    unlikePost: (_, { input }, context) =>
      viewerMutation(
        context,
        'unlikePost',
        input,
        ({ userId }, transact) => setPostLike(within(context, transact), userId, input.postId, false),
        async ({ postId }) => ({ post: await freshPost(context, postId) }),
      ),
    savePost: (_, { input }, context) =>
      viewerMutation(
        context,
        'savePost',
        input,
        ({ userId }, transact) => setPostSave(within(context, transact), userId, input.postId, true),
        async ({ postId }) => ({ post: await freshPost(context, postId) }),
      ),
    unsavePost: (_, { input }, context) =>
      viewerMutation(
        context,
        'unsavePost',
        input,
        ({ userId }, transact) => setPostSave(within(context, transact), userId, input.postId, false),
        async ({ postId }) => ({ post: await freshPost(context, postId) }),
      ),
    likeComment: (_, { input }, context) =>
      viewerMutation(
        context,
        'likeComment',
        input,
        ({ userId }, transact) => setCommentLike(within(context, transact), userId, input.commentId, true),
        async ({ commentId }) => ({ comment: await freshComment(context, commentId) }),
      ),
    unlikeComment: (_, { input }, context) =>
      viewerMutation(
        context,
        'unlikeComment',
        input,
        ({ userId }, transact) => setCommentLike(within(context, transact), userId, input.commentId, false),
        async ({ commentId }) => ({ comment: await freshComment(context, commentId) }),
      ),
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
    markNotificationsRead: (_, { input }, context) =>
      viewerMutation(
        context,
        'markNotificationsRead',
        input,
        ({ userId }, transact) => markNotificationsRead(within(context, transact), userId),
        (viewer) => ({ viewer }),
      ),
  },

  Subscription: {
    postLiked: live({
      authorize: mayHearPost,
      resolve: async (
        { name, payload }: DomainEvent<'post.liked' | 'post.unliked'>,
        cursor,
        _args,
        { visibility },
      ) => ({
        cursor,
        post: { id: payload.postId },
        actor: (await visibility.account(payload.userId)) && { id: payload.userId },
        liked: name === 'post.liked',
      }),
    }),
    commentAdded: live({
      authorize: mayHearPost,
      resolve: async ({ payload }: DomainEvent<'comment.created'>, cursor, _args, { loaders }) => {
        const comment = await loaders.visibleComment(payload.commentId)
        return comment && { cursor, comment }
      },
    }),
    notificationReceived: live({
      authorize: async (_args: object, { viewer }: Context) => requireSignedIn(viewer),
      resolve: async ({ payload }: DomainEvent<'notification.changed'>, cursor, _args, context) =>
        payload.recipientId === context.viewer.userId
          ? {
              cursor,
              notification: await ownNotification(context, payload.notificationId),
              unreadNotificationCount: await unreadCount(context),
            }
          : null,
    }),
  },

  Post: {
    __resolveReference: ({ id }, context) => visiblePost(context, id),
    likeCount: ({ id }, _, { loaders }) => loaders.count('post', id, 'likes'),
    commentCount: ({ id }, _, { loaders }) => loaders.count('post', id, 'comments'),
    saveCount: async ({ id }, _, { loaders, viewer, visibility }) =>
      viewer.userId !== null && (await visibility.post(id))?.authorId === viewer.userId
        ? loaders.count('post', id, 'saves')
        : null,
    viewerHasLiked: ({ id }, _, { loaders }) => loaders.reacted('post', id, 'liked'),
    viewerHasSaved: ({ id }, _, { loaders }) => loaders.reacted('post', id, 'saved'),
    likers: ({ id }, args, context) => likers(context, id, args),
    comments: ({ id }, args, context) => comments(context, id, args),
    previewComments: ({ id }, { first }, { loaders }) =>
      loaders.preview(id, pageSize(first, 'first', maxPreview)),
  },

  Comment: {
    __resolveReference: ({ id }, { loaders }) => loaders.visibleComment(id),
    id: (row) => row._id,
    author: (row) => ({ id: row.authorId }),
    likeCount: (row, _, { loaders }) => loaders.count('comment', row._id, 'likes'),
    viewerHasLiked: (row, _, { loaders }) => loaders.reacted('comment', row._id, 'liked'),
    replyCount: (row, _, { loaders }) => loaders.count('comment', row._id, 'replies'),
    replies: (row, args, context) => replies(context, row._id, args),
    parent: (row, _, { loaders }) => (row.parentId ? loaders.visibleComment(row.parentId) : null),
    post: (row, _, context) => visiblePost(context, row.postId),
  },

  Viewer: {
    __resolveReference: ({ id }, { viewer }) => (id === viewer.userId ? { id } : null),
    savedPosts: (_, args, context) => savedPosts(context, args),
    notifications: (_, args, context) => notifications(context, args),
    unreadNotificationCount: (_, _args, context) => unreadCount(context),
  },

  Notification: {
    __resolveReference: ({ id }, context) => ownNotification(context, id),
    id: (row) => row._id,
    actors: async (row, { first }, context) => ({
      edges: (await visibleActors(context, row)).slice(0, pageSize(first)).map((id) => ({ node: { id } })),
    }),
    actorCount: (row, _, context) => visibleActorCount(context, row),
    subject: ({ subjectId }, _, context) =>
      subjectId === null
        ? null
        : entityOf(subjectId) === 'Comment'
          ? context.loaders.visibleComment(subjectId)
          : visiblePost(context, subjectId),
  },

  Node: {
    __resolveType: (node) => (entityOf('id' in node ? node.id : node._id) ?? 'Post') as 'Post' | 'Comment',
  },
}
