// Fields of uploads and media.
import { live, viewerMutation } from '#platform/subgraph.ts'
import { having } from '#platform/validate.ts'
import { notFound } from '#schema/errors.ts'
import { isId } from '#schema/ids.ts'
import { type Context, deps } from '../context.ts'
import { describeMedia } from '../domain/media.ts'
import { setCaptions } from '../domain/media-captions.ts'
import { deleteMedia } from '../domain/media-deletion.ts'
import { feedCropOf, fittingRendition } from '../domain/media-edits.ts'
import { completeUpload, reserveMedia, uploadOf } from '../domain/uploads.ts'
import type { MediaRow } from '../model.ts'
import type { Resolvers, SubscriptionMediaProgressArgs } from '../types.gen.ts'
import { ifServed } from './served.ts'

/** An item that the viewer may see; null when absent or hidden. */
const visibleMedia = async (context: Context, id: string): Promise<MediaRow | null> =>
  isId(id, 'media') ? context.loaders.visibleMedia.load(id) : null

const isOwner = async (context: Context, mediaId: string): Promise<MediaRow> => {
  const media = isId(mediaId, 'media') ? await context.store.getMedia(mediaId) : null
  if (!media || media.ownerId !== context.viewer.userId) throw notFound()
  return media
}

/** Where an object of an item is; null without one, and for whom it is not served. */
const served = <U>(
  media: MediaRow,
  context: Context,
  key: string | null | undefined,
  urlOf: (key: string) => U,
) => (key ? ifServed<U | null>(media, context, () => urlOf(key), null) : null)

/** One size and format of a picture, as it is answered. */
const renditionOf = ({ key, ...rest }: MediaRow['renditions'][number], { storage }: Context) => ({
  ...rest,
  url: storage.urlOf(key),
})

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
        (_viewer, transact) => setCaptions({ ...deps(context), transact }, having(input, 'language')),
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
    labels: (media) => media.labels ?? [],
    altText: (media, _, context) => ifServed(media, context, () => media.altText, null),
    placeholder: (media, _, context) => ifServed(media, context, () => media.placeholder, null),
    renditions: (media, _, context) =>
      ifServed(media, context, () => media.renditions.map((one) => renditionOf(one, context)), []),
    rendition: (media, { width }, context) => {
      const fitting = fittingRendition(media.renditions, width ?? 1080)
      return fitting && ifServed(media, context, () => renditionOf(fitting, context), null)
    },
    hlsUrl: (media, _, context) =>
      served(media, context, media.captionedHlsKey ?? media.hlsKey, context.hlsUrl),
    posterUrl: (media, _, context) => served(media, context, media.posterKey, context.storage.urlOf),
    previewUrl: (media, _, context) => served(media, context, media.previewKey, context.storage.urlOf),
    thumbnailsUrl: (media, _, context) => served(media, context, media.thumbnailsKey, context.hlsUrl),
    fileUrl: (media, _, context) => served(media, context, media.fileKey, context.storage.urlOf),
    filter: (media) => media.filter ?? 'ORIGINAL',
    feedCrop: ({ width, height }) =>
      width === null || height === null ? null : feedCropOf({ width, height }),
    captions: (media, _, context) =>
      ifServed(
        media,
        context,
        () =>
          (media.captions ?? []).map(({ language, key }) => ({ language, url: context.storage.urlOf(key) })),
        [],
      ),
    upload: (media, _, context) =>
      media.ownerId === context.viewer.userId ? uploadOf(deps(context), media) : null,
  },
}
