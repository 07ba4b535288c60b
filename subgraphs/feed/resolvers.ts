import { live, viewerMutation } from '#platform/subgraph.ts'
import { requireSignedIn } from '#platform/viewer.ts'
import type { Context } from './context.ts'
import { suggestedHashtags, trendingHashtags } from './domain/discovery/hashtags.ts'
import { explore, reels, relatedPosts } from './domain/discovery/suggested-posts.ts'
import { feedUpdate } from './domain/feed-updates.ts'
import { hidePost, hideSubject, showMore } from './domain/hide.ts'
import { homeFeed } from './domain/home-feed.ts'
import { storyTray } from './domain/story-tray.ts'
import type { Resolvers } from './types.gen.ts'

export const resolvers: Resolvers = {
  Query: {
    homeFeed: (_root, args, context) => homeFeed(context, context.viewer.userId, args),
    reels: (_root, args, context) => reels(context, context.viewer.userId, args),
    explore: (_root, args, context) => explore(context, context.viewer.userId, args),
    relatedPosts: (_root, { postId, first }, context) =>
      relatedPosts(context, context.viewer.userId, postId, first),
    trendingHashtags: (_root, { first }, context) => trendingHashtags(context, first),
    suggestedHashtags: (_root, { first }, context) =>
      suggestedHashtags(context, context.viewer.userId, first),
    storyTray: (_root, args, context) => storyTray(context, context.viewer.userId, args),
  },
  Mutation: {
    hidePost: (_root, { input }, context) =>
      viewerMutation(
        context,
        'hidePost',
        input,
        (viewer, transact) => hidePost({ ...context, transact }, viewer.userId, input.postId),
        async (id) => ({ post: (await context.visibility.post(id)) && { id } }),
      ),
    notInterested: (_root, { input }, context) =>
      viewerMutation(
        context,
        'notInterested',
        input,
        (viewer, transact) => hideSubject({ ...context, transact }, viewer.userId, input.subjectId),
        (subjectId) => ({ subjectId }),
      ),
    showMore: (_root, { input }, context) =>
      viewerMutation(
        context,
        'showMore',
        input,
        (viewer, transact) => showMore({ ...context, transact }, viewer.userId, input.subjectId),
        (subjectId) => ({ subjectId }),
      ),
  },
  Subscription: {
    feedUpdated: live<'feed.updated', object, Context, { cursor: string; newPostCount: number }>({
      authorize: async (_args, context) => requireSignedIn(context.viewer),
      resolve: async (event, cursor, _args, context) => {
        const update = await feedUpdate(context, event.payload.viewerId, event.payload.postId)
        return update && { cursor, ...update }
      },
    }),
  },
}
