// From the schema's fields to the domain.
import { live, viewerMutation } from '#platform/subgraph.ts'
import { notFound } from '#schema/errors.ts'
import { isId } from '#schema/ids.ts'
import type { Context } from './context.ts'
import { describeMedia } from './domain/media.ts'
import { createPost, deletePost, listPosts } from './domain/posts.ts'
import { completeUpload, reserveMedia, uploadForm } from './domain/uploads.ts'
import type { LivePost, MediaRow } from './model.ts'
import type { Resolvers, SubscriptionMediaProgressArgs } from './types.gen.ts'

/** A post that the viewer may see; null when absent or hidden. */
const visiblePost = async (context: Context, id: string): Promise<LivePost | null> =>
  isId(id, 'post') && (await context.visibility.post(id)) ? context.loaders.posts.load(id) : null

/** An item that the viewer may see; null when absent or hidden. */
const visibleMedia = async (context: Context, id: string): Promise<MediaRow | null> =>
  isId(id, 'media') ? context.loaders.visibleMedia.load(id) : null

const own = (context: Context) => ({
  ...context.store,
  posts: context.posts,
  storage: context.storage,
  visibility: context.visibility,
  ownMedia: context.ownMedia,
  limited: context.limited,
  now: context.now,
})

const isOwner = async (context: Context, mediaId: string): Promise<MediaRow> => {
  const media = isId(mediaId, 'media') ? await context.store.getMedia(mediaId) : null
  if (!media || media.ownerId !== context.viewer.userId) throw notFound()
  return media
}

export const resolvers: Resolvers = {
  Query: {
    post: (_, { id }, context) => visiblePost(context, id),
  },

  Mutation: {
    createMediaUpload: (_, { input }, context) =>
      viewerMutation(
        context,
        'createMediaUpload',
        input,
        (viewer, transact) => reserveMedia({ ...own(context), transact }, viewer.userId, input),
        async (mediaId) => {
          const media = await context.store.getMedia(mediaId)
          return { media, upload: media && (await uploadForm(context.storage, media)) }
        },
      ),
    completeMediaUpload: (_, { input }, context) =>
      viewerMutation(
        context,
        'completeMediaUpload',
        input,
        (_viewer, transact) => completeUpload({ ...own(context), transact }, input.mediaId),
        async (mediaId) => ({ media: await context.store.getMedia(mediaId) }),
      ),
    updateMedia: (_, { input }, context) =>
      viewerMutation(
        context,
        'updateMedia',
        input,
        (_viewer, transact) => describeMedia({ ...own(context), transact }, input.mediaId, input.altText),
        async (mediaId) => ({ media: await context.store.getMedia(mediaId) }),
      ),
    createPost: (_, { input }, context) =>
      viewerMutation(
        context,
        'createPost',
        input,
        (viewer, transact) => createPost({ ...own(context), transact }, viewer.userId, input),
        async (postId) => ({ post: await context.store.getPost(postId) }),
      ),
    deletePost: (_, { input }, context) =>
      viewerMutation(
        context,
        'deletePost',
        input,
        (viewer, transact) => deletePost({ ...own(context), transact }, viewer.userId, input.postId),
        (post) => ({ post }),
      ),
  },

  Subscription: {
    mediaProgress: live<
      'media.changed',
      SubscriptionMediaProgressArgs,
      Context,
      { cursor: string; media: MediaRow }
    >({
      authorize: ({ mediaId }, context) => isOwner(context, mediaId),
      resolve: async (_event, cursor, { mediaId }, context) => ({
        cursor,
        media: await isOwner(context, mediaId),
      }),
    }),
  },

  Media: {
    __resolveReference: ({ id }, context) => visibleMedia(context, id),
    id: (media) => media._id,
    renditions: (media, _, { storage }) =>
      media.renditions.map(({ key, width, height, contentType }) => ({
        url: storage.urlOf(key),
        width,
        height,
        contentType,
      })),
    hlsUrl: (media, _, context) => media.hlsKey && context.hlsUrl(media.hlsKey),
    posterUrl: (media, _, { storage }) => media.posterKey && storage.urlOf(media.posterKey),
  },

  Post: {
    __resolveReference: ({ id }, context) => visiblePost(context, id),
    id: (post) => post._id,
    url: (post, _, context) => context.postUrl(post._id),
    author: (post) => ({ id: post.authorId }),
    // Whoever may see the post may see what it shows.
    media: async (post, _, { loaders }) => {
      const items = await Promise.all(post.mediaIds.map((id) => loaders.media.load(id)))
      return items.filter((item) => item !== null)
    },
  },

  User: {
    // As in the header of the account, which who blocks it still sees in his own list.
    __resolveReference: async ({ id }, { visibility }) =>
      (await visibility.account(id)) || (await visibility.relation(id)).blocks ? { id } : null,
    postCount: async (user, _, { loaders, viewer }) => {
      const count = await loaders.postCounts.load(user.id)
      return (viewer.userId === user.id ? count?.total : count?.shared) ?? 0
    },
    posts: (user, args, context) => listPosts({ ...context.store, ...context }, user.id, args),
  },
}
