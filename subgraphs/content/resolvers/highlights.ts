// Fields of highlights.
import { viewerMutation } from '#platform/subgraph.ts'
import { isId } from '#schema/ids.ts'
import { type Context, deps } from '../context.ts'
import {
  coverStoryId,
  createHighlight,
  deleteHighlight,
  listHighlightStories,
  listHighlights,
  updateHighlight,
  visibleHighlights,
} from '../domain/highlights.ts'
import type { HighlightRow, StoryRow } from '../model.ts'
import type { Resolvers } from '../types.gen.ts'

/** A highlight that the viewer may see; null when absent or hidden. */
const visibleHighlight = async (context: Context, id: string): Promise<HighlightRow | null> => {
  const row = isId(id, 'highlight') ? await context.loaders.highlights.load(id) : null
  return row && ((await visibleHighlights(context, [row]))[0] ?? null)
}

const loadStories = async (context: Context, ids: readonly string[]): Promise<StoryRow[]> =>
  (await Promise.all(ids.map((id) => context.loaders.stories.load(id)))).filter((story) => story !== null)

const fresh = (context: Context) => async (highlightId: string) => ({
  highlight: await context.store.getHighlight(highlightId),
})

export const highlightResolvers: Resolvers = {
  Mutation: {
    createHighlight: (_, { input }, context) =>
      viewerMutation(
        context,
        'createHighlight',
        input,
        (viewer, transact) => createHighlight({ ...deps(context), transact }, viewer.userId, input),
        fresh(context),
      ),
    updateHighlight: (_, { input }, context) =>
      viewerMutation(
        context,
        'updateHighlight',
        input,
        (viewer, transact) =>
          updateHighlight({ ...deps(context), transact }, viewer.userId, input.highlightId, input),
        fresh(context),
      ),
    deleteHighlight: (_, { input }, context) =>
      viewerMutation(
        context,
        'deleteHighlight',
        input,
        (viewer, transact) =>
          deleteHighlight({ ...deps(context), transact }, viewer.userId, input.highlightId),
        (highlight) => ({ highlight }),
      ),
  },

  Highlight: {
    __resolveReference: ({ id }, context) => visibleHighlight(context, id),
    id: (highlight) => highlight._id,
    author: (highlight) => ({ id: highlight.authorId }),
    cover: async (highlight, _, context) => {
      const storyId = await coverStoryId(context, highlight)
      const story = storyId === null ? null : await context.loaders.stories.load(storyId)
      return story && context.loaders.media.load(story.mediaId)
    },
    stories: (highlight, args, context) =>
      listHighlightStories({ ...context, loadStories: (ids) => loadStories(context, ids) }, highlight, args),
  },

  User: {
    highlights: (user, args, context) => listHighlights({ ...context.store, ...context }, user.id, args),
  },
}
