import { viewerMutation } from '#platform/subgraph.ts'
import { hidePost, hideSubject } from './domain/hide.ts'
import { homeFeed } from './domain/home-feed.ts'
import { storyTray } from './domain/story-tray.ts'
import type { Resolvers } from './types.gen.ts'

export const resolvers: Resolvers = {
  Query: {
    homeFeed: (_root, args, context) => homeFeed(context, context.viewer.userId, args),
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
  },
}
