// From the schema's fields to the domain: one file for each noun.
import { conversationResolvers } from './resolvers/conversations.ts'
import { keyResolvers } from './resolvers/keys.ts'
import { liveResolvers } from './resolvers/live.ts'
import { messageResolvers } from './resolvers/messages.ts'
import type { Resolvers } from './types.gen.ts'

export const resolvers = {
  ...conversationResolvers,
  ...messageResolvers,
  ...liveResolvers,
  ...keyResolvers,
  Query: { ...conversationResolvers.Query, ...keyResolvers.Query },
  Mutation: { ...conversationResolvers.Mutation, ...messageResolvers.Mutation, ...keyResolvers.Mutation },
} satisfies Resolvers
