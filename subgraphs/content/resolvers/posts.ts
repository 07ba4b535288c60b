// Fields of posts.
import type { Transact } from '#platform/mongo.ts'
import { canComment } from '#platform/policy.ts'
import { viewerMutation } from '#platform/subgraph.ts'
import { isId } from '#schema/ids.ts'
import { type Context, deps } from '../context.ts'
import {
  archivePost,
  deletePost,
  pinPost,
  publishPost,
  unarchivePost,
  unpinPost,
} from '../domain/post-lifecycle.ts'
import { listOwnPosts, listPosts, listReels, listRevisions } from '../domain/post-lists.ts'
import { createPost, updatePost } from '../domain/posts.ts'
import type { LivePost } from '../model.ts'
import type {
  CreatePostInput,
  PublishPostInput as PostInput,
  Resolvers,
  UpdatePostInput,
} from '../types.gen.ts'

/** A post that the viewer may see; null when absent or hidden. */
const visiblePost = async (context: Context, id: string): Promise<LivePost | null> =>
  isId(id, 'post') && (await context.visibility.post(id)) ? context.loaders.posts.load(id) : null

const lists = (context: Context) => ({ ...context.store, ...context })

/** A mutation whose payload is the post as it then is. */
export const postMutation = <I extends { idempotencyKey?: string | null | undefined }>(
  name: string,
  work: (
    own: ReturnType<typeof deps> & { transact: Transact<'content'> },
    viewerId: string,
    input: I,
  ) => Promise<string>,
) => {
  return (_: unknown, { input }: { input: I }, context: Context) =>
    viewerMutation(
      context,
      name,
      input,
      (viewer, transact) => work({ ...deps(context), transact }, viewer.userId, input),
      async (postId) => ({ post: await context.store.getPost(postId) }),
    )
}

export const postResolvers: Resolvers = {
  Query: {
    post: (_, { id }, context) => visiblePost(context, id),
  },

  Mutation: {
    createPost: postMutation('createPost', (own, viewerId, input: CreatePostInput) =>
      createPost(own, viewerId, input),
    ),
    updatePost: postMutation('updatePost', (own, viewerId, input: UpdatePostInput) =>
      updatePost(own, viewerId, input.postId, input),
    ),
    publishPost: postMutation('publishPost', (own, viewerId, input: PostInput) =>
      publishPost(own, viewerId, input.postId),
    ),
    archivePost: postMutation('archivePost', (own, viewerId, input: PostInput) =>
      archivePost(own, viewerId, input.postId),
    ),
    unarchivePost: postMutation('unarchivePost', (own, viewerId, input: PostInput) =>
      unarchivePost(own, viewerId, input.postId),
    ),
    pinPost: postMutation('pinPost', (own, viewerId, input: PostInput) =>
      pinPost(own, viewerId, input.postId),
    ),
    unpinPost: postMutation('unpinPost', (own, viewerId, input: PostInput) =>
      unpinPost(own, viewerId, input.postId),
    ),
    deletePost: (_, { input }, context) =>
      viewerMutation(
        context,
        'deletePost',
        input,
        (viewer, transact) => deletePost({ ...deps(context), transact }, viewer.userId, input.postId),
        (post) => ({ post }),
      ),
  },

  Post: {
    __resolveReference: ({ id }, context) => visiblePost(context, id),
    id: (post) => post._id,
    url: (post, _, context) => context.postUrl(post._id),
    author: (post) => ({ id: post.authorId }),
    // Whoever may see the post may see what it shows.
    media: (post, _, { loaders }) => loaders.listMedia(post.mediaIds),
    moderation: (post, _, { viewer, loaders }) =>
      viewer.userId === post.authorId ? loaders.decisions.load(post._id) : null,
    commentsDisabled: (post) => post.commentsDisabled ?? false,
    hideLikeCount: (post, _, { viewer }) =>
      viewer.userId === post.authorId ? (post.hidesLikeCount ?? false) : null,
    sensitive: (post) => post.sensitive ?? false,
    isPinned: async (post, _, { loaders }) =>
      (await loaders.pins.load(post.authorId))?.includes(post._id) ?? false,
    viewerCanComment: async (post, _, { viewer, visibility }) => {
      if (viewer.userId === null) return null
      const [facts, author, relation] = await Promise.all([
        visibility.post(post._id),
        visibility.account(post.authorId),
        visibility.relation(post.authorId),
      ])
      return facts !== null && author !== null && canComment(viewer.userId, facts, author, relation)
    },
    scheduledAt: (post, _, { viewer }) =>
      viewer.userId === post.authorId ? (post.scheduledAt ?? null) : null,
    editedAt: (post) => post.editedAt ?? null,
    editHistory: (post, args, context) => listRevisions(lists(context), post, args),
  },

  PostRevision: {
    userTags: (revision, _, { visibility }) =>
      visibility.filterByAccount(revision.tags ?? [], (tag) => tag.userId),
    media: (revision, _, { loaders }) => loaders.listMedia(revision.mediaIds),
    altTexts: async (revision, _, { loaders }) =>
      (await loaders.listMedia(revision.mediaIds)).map(({ _id }) => revision.altTexts[_id] ?? null),
  },

  User: {
    postCount: async (user, _, { loaders, viewer }) => {
      const count = await loaders.postCounts.load(user.id)
      return (viewer.userId === user.id ? count?.total : count?.shared) ?? 0
    },
    posts: (user, args, context) => listPosts(lists(context), user.id, args),
    reels: (user, args, context) => listReels(lists(context), user.id, args),
  },

  Viewer: {
    drafts: (viewer, args, context) =>
      listOwnPosts(lists(context), viewer.id, { name: 'drafts', status: ['DRAFT', 'SCHEDULED'] }, args),
    archive: (viewer, args, context) =>
      listOwnPosts(lists(context), viewer.id, { name: 'archive', status: ['ARCHIVED'] }, args),
  },
}
