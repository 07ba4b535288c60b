// Fields of stories.
import { live, viewerMutation } from '#platform/subgraph.ts'
import { having } from '#platform/validate.ts'
import { notFound } from '#schema/errors.ts'
import { isId } from '#schema/ids.ts'
import { type Context, deps } from '../context.ts'
import { createStory, deleteStory, listActiveStories, listStoryArchive } from '../domain/stories.ts'
import {
  answerStoryQuestion,
  listStoryAnswers,
  listStoryViewers,
  markStoryViewed,
  reactToStory,
  voteStoryPoll,
} from '../domain/story-responses.ts'
import { mentionedIds } from '../domain/story-stickers.ts'
import type { StoryRow } from '../model.ts'
import type { Resolvers, SubscriptionStoryViewedArgs } from '../types.gen.ts'
import { ifServed } from './served.ts'

/** A story that the viewer may see; null when absent, over or hidden. */
export const visibleStory = async (context: Context, id: string): Promise<StoryRow | null> =>
  isId(id, 'story') && (await context.visibility.story(id)) ? context.loaders.stories.load(id) : null

const isAuthor = (story: StoryRow, context: Context) => story.authorId === context.viewer.userId

const ownStory = async (context: Context, storyId: string): Promise<StoryRow> => {
  const story = isId(storyId, 'story') ? await context.store.getStory(storyId) : null
  if (!story || !isAuthor(story, context)) throw notFound()
  return story
}

/** Who may see the votes in a story's poll: its author, and who has voted. */
const seesVotes = async (story: StoryRow, context: Context): Promise<boolean> =>
  isAuthor(story, context) || (await context.loaders.storyVotes.load(story._id)) !== null

const votesOf = async (story: StoryRow, context: Context): Promise<Map<number, number> | null> =>
  (await seesVotes(story, context))
    ? ((await context.loaders.storyVoteCounts.load(story._id)) ?? new Map())
    : null

/** The payload of a mutation about one story: read anew, for it is about what the mutation has changed. */
const fresh = (context: Context) => async (storyId: string) => ({
  story: (await context.visibility.story(storyId)) && (await context.store.getStory(storyId)),
})

/** What the viewer is served of what lies on a story's picture: nothing while he is not served the picture. */
const ifShown = async <T>(story: StoryRow, context: Context, value: () => T, otherwise: T): Promise<T> => {
  const media = await context.loaders.media.load(story.mediaId)
  return media ? ifServed(media, context, value, otherwise) : value()
}

export const storyResolvers: Resolvers = {
  Mutation: {
    createStory: (_, { input }, context) =>
      viewerMutation(
        context,
        'createStory',
        input,
        (viewer, transact) => createStory({ ...deps(context), transact }, viewer.userId, input),
        fresh(context),
      ),
    deleteStory: (_, { input }, context) =>
      viewerMutation(
        context,
        'deleteStory',
        input,
        (viewer, transact) => deleteStory({ ...deps(context), transact }, viewer.userId, input.storyId),
        (story) => ({ story }),
      ),
    markStoryViewed: (_, { input }, context) =>
      viewerMutation(
        context,
        'markStoryViewed',
        input,
        (viewer, transact) => markStoryViewed({ ...deps(context), transact }, viewer.userId, input.storyId),
        fresh(context),
      ),
    reactToStory: (_, { input }, context) =>
      viewerMutation(
        context,
        'reactToStory',
        input,
        (viewer, transact) =>
          reactToStory({ ...deps(context), transact }, viewer.userId, input.storyId, input.emoji ?? null),
        fresh(context),
      ),
    voteStoryPoll: (_, { input }, context) =>
      viewerMutation(
        context,
        'voteStoryPoll',
        input,
        (viewer, transact) => {
          const { storyId, optionIndex } = having(input, 'optionIndex')
          return voteStoryPoll({ ...deps(context), transact }, viewer.userId, storyId, optionIndex)
        },
        fresh(context),
      ),
    answerStoryQuestion: (_, { input }, context) =>
      viewerMutation(
        context,
        'answerStoryQuestion',
        input,
        (viewer, transact) => {
          const { storyId, text } = having(input, 'text')
          return answerStoryQuestion({ ...deps(context), transact }, viewer.userId, storyId, text)
        },
        fresh(context),
      ),
  },

  Subscription: {
    storyViewed: live<
      'story.viewed',
      SubscriptionStoryViewedArgs,
      Context,
      { cursor: string; story: StoryRow }
    >({
      authorize: ({ storyId }, context) => ownStory(context, storyId),
      resolve: async (_event, cursor, { storyId }, context) => ({
        cursor,
        story: await ownStory(context, storyId),
      }),
    }),
  },

  Story: {
    __resolveReference: ({ id }, context) => visibleStory(context, id),
    id: (story) => story._id,
    author: (story) => ({ id: story.authorId }),
    // Whoever may see the story may see what it shows.
    media: (story, _, { loaders }) => loaders.media.load(story.mediaId),
    status: (story) => (story.status === 'DELETED' ? 'PUBLISHED' : story.status),
    mentions: async (story, _, { visibility }) => {
      const ids = await visibility.filterByAccount(mentionedIds(story.stickers), (id) => id)
      return ids.map((id) => ({ id }))
    },
    stickers: (story, _, context) => ifShown(story, context, () => story.stickers, []),
    poll: (story, _, context) => (story.poll ? ifShown(story, context, () => story, null) : null),
    question: (story, _, context) => (story.question ? ifShown(story, context, () => story, null) : null),
    viewerHasSeen: async (story, _, context) =>
      isAuthor(story, context) || (await context.loaders.storyViews.load(story._id)) !== null,
    viewerReaction: async (story, _, { loaders }) =>
      (await loaders.storyViews.load(story._id))?.reaction ?? null,
    viewerCount: async (story, _, context) =>
      isAuthor(story, context) ? ((await context.loaders.storyViewerCounts.load(story._id)) ?? 0) : null,
    viewers: (story, args, context) => listStoryViewers({ ...context.store, ...context }, story, args),
  },

  StorySticker: {
    user: async ({ userId }, _, { visibility }) =>
      userId !== null && (await visibility.account(userId)) ? { id: userId } : null,
  },

  // A poll and a question are parts of their story's row, and their fields ask who made it.
  StoryPoll: {
    question: (story) => story.poll?.question ?? null,
    options: (story) => (story.poll?.options ?? []).map((text, index) => ({ story, text, index })),
    voteCount: async (story, _, context) => {
      const votes = await votesOf(story, context)
      return votes && [...votes.values()].reduce((sum, count) => sum + count, 0)
    },
    viewerVote: async (story, _, { loaders }) => (await loaders.storyVotes.load(story._id))?.option ?? null,
  },
  StoryPollOption: {
    voteCount: async ({ story, index }, _, context) => {
      const votes = await votesOf(story, context)
      return votes && (votes.get(index) ?? 0)
    },
  },
  StoryQuestion: {
    prompt: (story) => story.question?.prompt ?? '',
    viewerAnswer: async (story, _, { loaders }) => (await loaders.storyAnswers.load(story._id))?.text ?? null,
    answers: (story, args, context) => listStoryAnswers({ ...context.store, ...context }, story, args),
  },
  StoryAnswer: {
    author: (answer) => ({ id: answer.authorId }),
    answeredAt: (answer) => answer.at,
  },

  User: {
    stories: (user, args, context) => listActiveStories({ ...context.store, ...context }, user.id, args),
  },
  Viewer: {
    storyArchive: (viewer, args, context) =>
      listStoryArchive({ ...context.store, ...context }, viewer.id, args),
  },
}
