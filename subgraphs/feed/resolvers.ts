import { homeFeed } from './domain/home-feed.ts'
import type { Resolvers } from './types.gen.ts'

export const resolvers: Resolvers = {
  Query: {
    homeFeed: (_root, args, context) => homeFeed(context, context.viewer.userId, args),
  },
}
