// Fields of search.
import { SearchOutage } from '#platform/search/engine.ts'
import { viewerMutation } from '#platform/subgraph.ts'
import { having } from '#platform/validate.ts'
import { AppError } from '#schema/errors.ts'
import { entityOf } from '#schema/ids.ts'
import { type Context, deps } from '../context.ts'
import {
  forgetSearches,
  listFound,
  listRecents,
  listSuggestions,
  noteSearch,
  type SearchArguments,
} from '../domain/search.ts'
import type { FoundNode } from '../model.ts'
import type { Resolvers } from '../types.gen.ts'

const searching = (context: Context) => ({
  ...context.store,
  index: context.search,
  comments: context.comments,
  topics: context.topics,
  visibility: context.visibility,
  followingIds: context.followingIds,
  cursors: context.cursors,
  now: context.now,
  nodes: {
    post: (id: string) => context.loaders.posts.load(id),
    hashtag: (id: string) => context.loaders.hashtags.load(id),
    place: (id: string) => context.loaders.places.load(id),
  },
})

/** Without the engine nothing is found, which is not the same as that there is nothing. */
function asUnavailable(error: unknown): never {
  if (error instanceof SearchOutage) throw new AppError('SERVICE_UNAVAILABLE', 'Search is away for a moment.')
  throw error
}

/** Finds, and notes a person's own new question; what an app asks for him, and later pages, are no searches of his. */
async function search(args: SearchArguments, context: Context) {
  const { userId, appId } = context.viewer
  await context.search.opened
  const page = await listFound(searching(context), args).catch(asUnavailable)
  if (userId !== null && appId === null && !args.after)
    await noteSearch(searching(context), userId, args.query)
  return page
}

const idOf = (node: FoundNode): string => ('_id' in node ? node._id : node.id)

const forgetMutation = (
  context: Context,
  name: string,
  input: { idempotencyKey?: string | null | undefined },
  queryOf: () => string | null,
) =>
  viewerMutation(
    context,
    name,
    input,
    (viewer, transact) => forgetSearches({ ...deps(context), transact }, viewer.userId, queryOf()),
    async () => ({ recentSearches: await listRecents(context.store, context.viewer.userId ?? '', 20) }),
  )

export const searchResolvers: Resolvers = {
  Query: {
    search: (_, args, context) => search(args, context),
    searchSuggestions: async (_, args, context) => {
      await context.search.opened
      return listSuggestions(searching(context), args).catch(asUnavailable)
    },
  },
  Mutation: {
    clearRecentSearches: (_, { input }, context) =>
      forgetMutation(context, 'clearRecentSearches', input, () => null),
    removeRecentSearch: (_, { input }, context) =>
      forgetMutation(context, 'removeRecentSearch', input, () => having(input, 'query').query),
  },
  SearchResult: {
    __resolveType: (node) => entityOf(idOf(node)) as never,
  },
  RecentSearch: { searchedAt: ({ at }) => at },
  Viewer: {
    recentSearches: (viewer, { first }, { store }) => listRecents(store, viewer.id, first),
  },
}
