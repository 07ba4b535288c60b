// Fields of hashtags and places.
import { viewerMutation } from '#platform/subgraph.ts'
import { hashtagTopic } from '#platform/topics.ts'
import { type Context, deps } from '../context.ts'
import { followHashtag, hashtagName, listFollowedHashtags } from '../domain/hashtags.ts'
import { listPlacesNear } from '../domain/places.ts'
import { listTopic } from '../domain/topics.ts'
import type { Resolvers } from '../types.gen.ts'

const lists = (context: Context) => ({ ...context.store, ...context })

/** Follows a hashtag, or no longer. */
const followMutation =
  (name: string, follows: boolean) =>
  (
    _: unknown,
    { input }: { input: { hashtagId: string; idempotencyKey?: string | null | undefined } },
    context: Context,
  ) =>
    viewerMutation(
      context,
      name,
      input,
      (viewer, transact) =>
        followHashtag({ ...deps(context), transact }, viewer.userId, input.hashtagId, follows),
      async (hashtagId) => ({ hashtag: await context.loaders.hashtags.load(hashtagId) }),
    )

export const topicResolvers: Resolvers = {
  Query: {
    hashtag: (_, { name }, { loaders }) => {
      const folded = hashtagName(name)
      return folded === null ? null : loaders.visibleHashtagsByName.load(folded)
    },
    place: (_, { id }, { loaders }) => loaders.visiblePlaces.load(id),
    placesNear: (_, { latitude, longitude, radiusMeters, first }, context) =>
      listPlacesNear(lists(context), {
        latitude,
        longitude,
        radiusMeters: radiusMeters ?? 1_000,
        first: first ?? 20,
      }),
  },

  Mutation: {
    followHashtag: followMutation('followHashtag', true),
    unfollowHashtag: followMutation('unfollowHashtag', false),
  },

  Hashtag: {
    // `lookup` marks a client's own question for an id; other subgraphs refer to what exists for the viewer.
    __resolveReference: ({ id, lookup }: { id: string; lookup?: boolean }, { loaders }) =>
      (lookup ? loaders.visibleHashtags : loaders.hashtags).load(id),
    id: (hashtag) => hashtag._id,
    posts: ({ _id, name }, args, context) =>
      listTopic(lists(context), hashtagTopic(name), `Hashtag.posts:${_id}`, args),
    viewerFollows: (hashtag, _, { loaders }) => loaders.followsHashtag(hashtag._id),
  },

  Place: {
    __resolveReference: ({ id }, { loaders }) => loaders.visiblePlaces.load(id),
    id: (place) => place._id,
    latitude: (place) => place.point.coordinates[1],
    longitude: (place) => place.point.coordinates[0],
    posts: ({ _id }, args, context) => listTopic(lists(context), _id, `Place.posts:${_id}`, args),
  },

  Viewer: {
    followedHashtags: (viewer, args, context) => listFollowedHashtags(lists(context), viewer.id, args),
  },
}
