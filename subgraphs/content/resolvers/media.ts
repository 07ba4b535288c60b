// Fields of uploads and media.
import { live, viewerMutation } from '#platform/subgraph.ts'
import { notFound } from '#schema/errors.ts'
import { isId } from '#schema/ids.ts'
import { type Context, deps } from '../context.ts'
import { describeMedia } from '../domain/media.ts'
import { setCaptions } from '../domain/media-captions.ts'
import { deleteMedia } from '../domain/media-deletion.ts'
import { completeUpload, reserveMedia, uploadOf } from '../domain/uploads.ts'
import type { MediaRow } from '../model.ts'
import type { Resolvers, SubscriptionMediaProgressArgs } from '../types.gen.ts'

/** An item that the viewer may see; null when absent or hidden. */
const visibleMedia = async (context: Context, id: string): Promise<MediaRow | null> =>
  isId(id, 'media') ? context.loaders.visibleMedia.load(id) : null

const isOwner = async (context: Context, mediaId: string): Promise<MediaRow> => {
  const media = isId(mediaId, 'media') ? await context.store.getMedia(mediaId) : null
  if (!media || media.ownerId !== context.viewer.userId) throw notFound()
  return media
}

export const mediaResolvers: Resolvers = {
  Mutation: {
    createMediaUpload: (_, { input }, context) =>
      viewerMutation(
        context,
        'createMediaUpload',
        input,
        (viewer, transact) => reserveMedia({ ...deps(context), transact }, viewer.userId, input),
        async (mediaId) => {
          const media = await context.store.getMedia(mediaId)
          return { media, upload: media && (await uploadOf(deps(context), media)) }
        },
      ),
    completeMediaUpload: (_, { input }, context) =>
      viewerMutation(
        context,
        'completeMediaUpload',
        input,
        (_viewer, transact) => completeUpload({ ...deps(context), transact }, input.mediaId, input.parts),
        async (mediaId) => ({ media: await context.store.getMedia(mediaId) }),
      ),
    updateMedia: (_, { input }, context) =>
      viewerMutation(
        context,
        'updateMedia',
        input,
        (_viewer, transact) => describeMedia({ ...deps(context), transact }, input.mediaId, input.altText),
        async (mediaId) => ({ media: await context.store.getMedia(mediaId) }),
      ),
    deleteMedia: (_, { input }, context) =>
      viewerMutation(
        context,
        'deleteMedia',
        input,
        (_viewer, transact) => deleteMedia({ ...deps(context), transact }, input.mediaId),
        (media) => ({ media }),
      ),
    setMediaCaptions: (_, { input }, context) =>
      viewerMutation(
        context,
        'setMediaCaptions',
        input,
        (_viewer, transact) => setCaptions({ ...deps(context), transact }, input),
        async (mediaId) => ({ media: await context.store.getMedia(mediaId) }),
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
    hlsUrl: (media, _, context) => {
      const key = media.captionedHlsKey ?? media.hlsKey
      return key && context.hlsUrl(key)
    },
    posterUrl: (media, _, { storage }) => media.posterKey && storage.urlOf(media.posterKey),
    previewUrl: (media, _, { storage }) => (media.previewKey ? storage.urlOf(media.previewKey) : null),
    thumbnailsUrl: (media, _, context) => (media.thumbnailsKey ? context.hlsUrl(media.thumbnailsKey) : null),
    fileUrl: (media, _, { storage }) => (media.fileKey ? storage.urlOf(media.fileKey) : null),
    filter: (media) => media.filter ?? 'ORIGINAL',
    captions: (media, _, { storage }) =>
      (media.captions ?? []).map(({ language, key }) => ({ language, url: storage.urlOf(key) })),
    upload: (media, _, context) =>
      media.ownerId === context.viewer.userId ? uploadOf(deps(context), media) : null,
  },
}
