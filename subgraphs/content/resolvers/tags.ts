// Fields of people in posts.
import type { Context } from '../context.ts'
import { approveTag, listTagged, removeTag, visibleTags } from '../domain/tags.ts'
import type { ApproveTagInput, RemoveTagInput, Resolvers } from '../types.gen.ts'
import { postMutation } from './posts.ts'

const lists = (context: Context) => ({ ...context.store, ...context })

export const tagResolvers: Resolvers = {
  Mutation: {
    approveTag: postMutation('approveTag', (own, viewerId, input: ApproveTagInput) =>
      approveTag(own, viewerId, input.postId),
    ),
    removeTag: postMutation('removeTag', (own, viewerId, input: RemoveTagInput) =>
      removeTag(own, viewerId, input.postId, input.userId ?? viewerId),
    ),
  },

  Post: {
    userTags: async (post, _, { loaders, visibility }) =>
      visibleTags(visibility, (await loaders.tags.load(post._id)) ?? []),
  },

  UserTag: {
    user: (tag) => ({ id: tag.userId }),
    media: (tag, _, { loaders }) => loaders.media.load(tag.mediaId),
    status: (tag) => (tag.state === 'APPROVED' ? 'APPROVED' : 'PENDING'),
  },

  User: {
    taggedPosts: async (user, args, context) =>
      (await context.visibility.content(user.id))
        ? listTagged(lists(context), user.id, { name: 'User.taggedPosts', state: 'APPROVED' }, args)
        : null,
  },

  Viewer: {
    pendingTags: (viewer, args, context) =>
      listTagged(lists(context), viewer.id, { name: 'Viewer.pendingTags', state: 'PENDING' }, args),
  },
}
