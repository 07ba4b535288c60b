// From the schema's fields to the domain: one file for each noun.

import { captionResolvers } from './resolvers/captions.ts'
import { highlightResolvers } from './resolvers/highlights.ts'
import { mediaResolvers } from './resolvers/media.ts'
import { moderationResolvers } from './resolvers/moderation.ts'
import { postResolvers } from './resolvers/posts.ts'
import { searchResolvers } from './resolvers/search.ts'
import { storyResolvers } from './resolvers/stories.ts'
import { tagResolvers } from './resolvers/tags.ts'
import { topicResolvers } from './resolvers/topics.ts'
import { userResolvers } from './resolvers/users.ts'
import type { Resolvers } from './types.gen.ts'

/** Puts the nouns' parts together, type by type. */
function merge(...parts: Resolvers[]): Resolvers {
  const merged: Record<string, object> = {}
  for (const part of parts) {
    for (const [type, fields] of Object.entries(part)) merged[type] = { ...merged[type], ...fields }
  }
  return merged
}

export const resolvers: Resolvers = merge(
  userResolvers,
  mediaResolvers,
  postResolvers,
  captionResolvers,
  topicResolvers,
  tagResolvers,
  storyResolvers,
  highlightResolvers,
  searchResolvers,
  moderationResolvers,
)
