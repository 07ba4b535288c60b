// Resolvers of the graph subgraph: each authorises, calls the domain, returns.
import { viewerMutation } from '#platform/subgraph.ts'
import type { Context } from './context.ts'
import { listFollows, listMutualFollowers, listOwn } from './domain/lists.ts'
import { referTo } from './domain/references.ts'
import { relate, type Wish } from './domain/relation.ts'
import { suggestUsers } from './domain/suggestions.ts'
import type { MuteUserInput, Resolvers, UnmuteUserInput } from './types.gen.ts'

/** A mutation by which the viewer acts on an account. */
function act<I extends { userId: string; idempotencyKey?: string | null | undefined }>(
  name: string,
  wishOf: (input: I) => Wish,
) {
  return (_parent: unknown, { input }: { input: I }, context: Context) =>
    viewerMutation(
      context,
      name,
      input,
      (viewer, transact) => relate({ ...context, transact }, viewer.userId, input.userId, wishOf(input)),
      async ({ userId }) => {
        context.loaders.counts.clearAll()
        return { user: await referTo(context, userId) }
      },
    )
}

export const resolvers: Resolvers = {
  Query: {
    suggestedUsers: (_root, page, context) => suggestUsers(context, page),
  },
  Mutation: {
    followUser: act('followUser', () => 'follow'),
    unfollowUser: act('unfollowUser', () => 'unfollow'),
    cancelFollowRequest: act('cancelFollowRequest', () => 'cancelRequest'),
    acceptFollowRequest: act('acceptFollowRequest', () => 'acceptRequest'),
    declineFollowRequest: act('declineFollowRequest', () => 'declineRequest'),
    removeFollower: act('removeFollower', () => 'removeFollower'),
    blockUser: act('blockUser', () => 'block'),
    unblockUser: act('unblockUser', () => 'unblock'),
    muteUser: act('muteUser', ({ what, until }: MuteUserInput) => ({
      kind: 'mute',
      what: what ?? 'ALL',
      until: until ?? null,
    })),
    unmuteUser: act('unmuteUser', ({ what }: UnmuteUserInput) => ({ kind: 'unmute', what: what ?? 'ALL' })),
    hideStoriesFrom: act('hideStoriesFrom', () => 'hideStories'),
    unhideStoriesFrom: act('unhideStoriesFrom', () => 'unhideStories'),
    dismissSuggestion: act('dismissSuggestion', () => 'dismiss'),
    restrictUser: act('restrictUser', () => 'restrict'),
    unrestrictUser: act('unrestrictUser', () => 'unrestrict'),
    addCloseFriend: act('addCloseFriend', () => 'addCloseFriend'),
    removeCloseFriend: act('removeCloseFriend', () => 'removeCloseFriend'),
    addFavorite: act('addFavorite', () => 'addFavorite'),
    removeFavorite: act('removeFavorite', () => 'removeFavorite'),
  },
  User: {
    __resolveReference: ({ id }, context) => referTo(context, id),
    followerCount: async ({ id }, _args, context) => (await context.loaders.counts.load(id))?.followers ?? 0,
    followingCount: async ({ id }, _args, context) => (await context.loaders.counts.load(id))?.following ?? 0,
    followers: ({ id }, page, context) => listFollows(context, 'followers', id, page),
    following: ({ id }, page, context) => listFollows(context, 'following', id, page),
    mutualFollowers: ({ id }, page, context) => listMutualFollowers(context, id, page),
    viewerFollowState: async ({ id }, _args, { viewer, visibility }) => {
      if (viewer.userId === null) return null
      return viewer.userId === id ? 'SELF' : (await visibility.relation(id)).follow
    },
    followsViewer: async ({ id }, _args, { viewer, visibility }) =>
      viewer.userId === null ? null : (await visibility.relation(id)).followedBy === 'FOLLOWING',
    viewerHasBlocked: async ({ id }, _args, { viewer, visibility }) =>
      viewer.userId === null ? null : (await visibility.relation(id)).blocks,
    viewerHasMuted: async ({ id }, _args, { viewer, visibility, now }) =>
      viewer.userId === null ? null : ((await visibility.relation(id)).mutedUntil ?? 0) > now.getTime(),
    viewerHasMutedStories: async ({ id }, _args, { viewer, visibility, now }) =>
      viewer.userId === null
        ? null
        : ((await visibility.relation(id)).storiesMutedUntil ?? 0) > now.getTime(),
    viewerHidesStories: async ({ id }, _args, { viewer, visibility }) =>
      viewer.userId === null ? null : (await visibility.relation(id)).hidesStories,
    viewerHasRestricted: async ({ id }, _args, { viewer, visibility }) =>
      viewer.userId === null ? null : (await visibility.relation(id)).restricts,
    viewerIsCloseFriend: async ({ id }, _args, { viewer, visibility }) =>
      viewer.userId === null ? null : (await visibility.relation(id)).closeFriend,
    viewerIsFavorite: async ({ id }, _args, { viewer, visibility }) =>
      viewer.userId === null ? null : (await visibility.relation(id)).favorite,
  },
  FollowConnection: {
    totalCount: async ({ list, userId }, _args, context) =>
      (await context.loaders.counts.load(userId))?.[list] ?? 0,
  },
  FollowEdge: { followedAt: ({ at }) => at },
  RelationEdge: { createdAt: ({ at }) => at },
  Viewer: {
    __resolveReference: ({ id }, context) => (id === context.viewer.userId ? { id } : null),
    followRequests: ({ id }, page, context) => listOwn(context, 'followRequests', id, page),
    blockedUsers: ({ id }, page, context) => listOwn(context, 'blockedUsers', id, page),
    mutedUsers: ({ id }, page, context) => listOwn(context, 'mutedUsers', id, page),
    mutedStoryUsers: ({ id }, page, context) => listOwn(context, 'mutedStoryUsers', id, page),
    storiesHiddenFrom: ({ id }, page, context) => listOwn(context, 'storiesHiddenFrom', id, page),
    restrictedUsers: ({ id }, page, context) => listOwn(context, 'restrictedUsers', id, page),
    closeFriends: ({ id }, page, context) => listOwn(context, 'closeFriends', id, page),
    favorites: ({ id }, page, context) => listOwn(context, 'favorites', id, page),
  },
}
