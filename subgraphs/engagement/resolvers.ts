// Engagement's part of the graph.
import { isHidden } from '#platform/comments.ts'
import { pageSize } from '#platform/page.ts'
import { live } from '#platform/subgraph.ts'
import { requireSignedIn } from '#platform/viewer.ts'
import { notFound } from '#schema/errors.ts'
import type { DomainEvent } from '#schema/events.ts'
import { notificationKinds } from '#schema/events.ts'
import { entityOf } from '#schema/ids.ts'
import { commentEntities } from './comment-entities.ts'
import { comments } from './comment-order.ts'
import { type Context, commentCount, showsLikes, visiblePost } from './context.ts'
import { concernsViewer } from './domain/comments.ts'
import { settingOf, timeOfDay, usualSettings } from './domain/notification-settings.ts'
import { visibleActorCount, visibleActors } from './domain/visible-notifications.ts'
import { insightQueries } from './insights.ts'
import {
  collectedPosts,
  collections,
  likers,
  notifications,
  ownNotification,
  replies,
  savedPosts,
  unreadCount,
} from './lists.ts'
import type { NotificationRow } from './model.ts'
import { mutations } from './mutations.ts'
import type { Resolvers } from './types.gen.ts'

const maxPreview = 5

/** What a notification is about, as far as the viewer may see it. */
async function subjectOf(context: Context, { subjectId: id, sealed }: NotificationRow) {
  if (id === null) return null
  switch (entityOf(id)) {
    case 'Comment':
      return context.loaders.visibleComment(id)
    case 'Story':
      return (await context.visibility.story(id)) && { id }
    case 'Post':
      return visiblePost(context, id)
    case 'Conversation':
      return !sealed && (await context.loaders.takesPartIn(id)) ? { id } : null
    default:
      return null
  }
}

async function mayHearPost({ postId }: { postId: string }, { visibility }: Context): Promise<void> {
  if (!(await visibility.post(postId))) throw notFound(['postId'])
}

export const resolvers: Resolvers = {
  Query: insightQueries,

  Mutation: mutations,

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
    commentChanged: live({
      authorize: mayHearPost,
      resolve: async (event: DomainEvent<'comment.changed' | 'comment.deleted'>, cursor, _args, context) => {
        const { commentId } = event.payload
        const change = 'change' in event.payload ? event.payload.change : 'DELETED'
        if (!(await concernsViewer(context, { ...event.payload, change }))) return null
        return { cursor, commentId, change, comment: await context.loaders.visibleComment(commentId) }
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
    likeCount: async ({ id }, _, context) =>
      (await showsLikes(context, id)) ? context.loaders.count('post', id, 'likes') : null,
    dislikeCount: ({ id }, _, { loaders }) => loaders.count('post', id, 'dislikes'),
    commentCount: ({ id }, _, context) => commentCount(context, 'post', id, id),
    shareCount: ({ id }, _, { loaders }) => loaders.count('post', id, 'shares'),
    viewCount: ({ id }, _, { loaders }) => loaders.count('post', id, 'views'),
    saveCount: async ({ id }, _, { loaders, viewer, visibility }) =>
      viewer.userId !== null && (await visibility.post(id))?.authorId === viewer.userId
        ? loaders.count('post', id, 'saves')
        : null,
    viewerHasLiked: ({ id }, _, { loaders }) => loaders.reacted('post', id, 'liked'),
    viewerHasDisliked: ({ id }, _, { loaders }) => loaders.reacted('post', id, 'disliked'),
    viewerHasSaved: ({ id }, _, { loaders }) => loaders.reacted('post', id, 'saved'),
    likers: async ({ id }, args, context) =>
      (await showsLikes(context, id)) ? likers(context, id, args) : null,
    comments: ({ id }, args, context) => comments(context, id, args),
    previewComments: ({ id }, { first }, { loaders }) =>
      loaders.preview(id, pageSize(first, 'first', maxPreview)),
  },

  Comment: {
    __resolveReference: ({ id }, { loaders }) => loaders.visibleComment(id),
    id: (row) => row._id,
    author: (row) => ({ id: row.authorId }),
    editedAt: ({ editedAt }) => editedAt ?? null,
    textEntities: (row, _, context) => commentEntities(row, context),
    isPinned: ({ pinnedAt }) => pinnedAt !== undefined,
    isHidden: async (row, _, { viewer, visibility }) =>
      viewer.userId !== null && (await visibility.post(row.postId))?.authorId === viewer.userId
        ? isHidden(row)
        : null,
    likeCount: (row, _, { loaders }) => loaders.count('comment', row._id, 'likes'),
    viewerHasLiked: (row, _, { loaders }) => loaders.reacted('comment', row._id, 'liked'),
    replyCount: (row, _, context) => commentCount(context, 'comment', row._id, row.postId),
    replies: (row, args, context) => replies(context, row._id, args),
    parent: (row, _, { loaders }) => (row.parentId ? loaders.visibleComment(row.parentId) : null),
    post: (row, _, context) => visiblePost(context, row.postId),
  },

  Viewer: {
    __resolveReference: ({ id }, { viewer }) => (id === viewer.userId ? { id } : null),
    collections: (_, args, context) => collections(context, args),
    savedPosts: (_, args, context) => savedPosts(context, args),
    notifications: (_, args, context) => notifications(context, args),
    unreadNotificationCount: (_, _args, context) => unreadCount(context),
    commentFilters: ({ id }, _, { store }) => store.findCommentFilter(id),
    notificationSettings: ({ id }, _, { store }) =>
      store.findSettings(id).then((row) => row ?? usualSettings(id)),
  },

  NotificationSettings: {
    kinds: (row) => notificationKinds.map((kind) => ({ kind, ...settingOf(row, kind) })),
    quietHours: ({ quietHours }) =>
      quietHours && {
        start: timeOfDay(quietHours.startMinute),
        end: timeOfDay(quietHours.endMinute),
        timeZone: quietHours.timeZone,
      },
    pushDigest: ({ pushDigest }) => pushDigest ?? true,
    webPushKey: (_, _args, { webPush }) => webPush.publicKey,
  },

  Collection: {
    // A folder is its owner's alone.
    __resolveReference: ({ id }, { loaders }) => loaders.collection(id),
    id: (row) => row._id,
    posts: (row, args, context) => collectedPosts(context, row, args),
  },

  Notification: {
    __resolveReference: ({ id }, context) => ownNotification(context, id),
    id: (row) => row._id,
    actors: async (row, { first }, { visibility }) => ({
      edges: (await visibleActors(visibility, row)).slice(0, pageSize(first)).map((id) => ({ node: { id } })),
    }),
    actorCount: async (row, _, { visibility }) =>
      visibleActorCount(row, await visibleActors(visibility, row)),
    milestone: ({ figure }) => figure ?? null,
    subject: (row, _, context) => subjectOf(context, row),
  },

  Node: {
    __resolveType: (node) =>
      (entityOf('id' in node ? node.id : node._id) ?? 'Post') as
        | 'Post'
        | 'Comment'
        | 'Story'
        | 'Conversation',
  },
}
