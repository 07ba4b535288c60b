// Content's published hashtags: which pages there are, by name, and for whom.
import type { MongoClient } from 'mongodb'
import { databaseName } from './mongo.ts'
import { createTopics, hashtagTopic, type Topics, visibleTopics } from './topics.ts'
import type { Visibility } from './visibility.ts'

/** The published fields of a row of Content's `hashtags`. */
export interface HashtagFactsRow {
  _id: string
  name: string
  /** Posts that carry it and that are everyone's. */
  postCount: number
}

export interface Hashtags {
  /** Ids of hashtags by name, folded; those that do not exist for the viewer are left out. */
  visibleIdsByName(visibility: Visibility, names: readonly string[]): Promise<Map<string, string>>
  /** Ids of the hashtags that somebody follows, the last first. */
  followedIds(userId: string, limit: number): Promise<string[]>
}

/** Reads hashtags. */
export function createHashtags(mongo: MongoClient, namespace: string): Hashtags {
  const content = mongo.db(databaseName(namespace, 'content'))
  const rows = content.collection<HashtagFactsRow>('hashtags')
  const follows = content.collection<{ _id: string; userId: string; hashtagId: string; at: Date }>(
    'hashtagFollows',
  )
  const topics = createTopics(mongo, namespace)
  return {
    async followedIds(userId, limit) {
      const found = follows.find({ userId }, { projection: { hashtagId: 1 } })
      return (await found.sort({ at: -1, _id: -1 }).limit(limit).toArray()).map((row) => row.hashtagId)
    },
    async visibleIdsByName(visibility, names) {
      if (names.length === 0) return new Map()
      const projection = { name: 1, postCount: 1 }
      const found = await rows.find({ name: { $in: [...names] } }, { projection }).toArray()
      const visible = await filterVisibleHashtags(topics, visibility, found)
      return new Map(visible.map((row) => [row.name, row._id]))
    },
  }
}

/**
 * Those of some hashtags that exist for the viewer, in order: by posts that are everyone's, or by one that he may see. Which words
 * others use among themselves would tell him of what.
 */
export async function filterVisibleHashtags<H extends HashtagFactsRow>(
  topics: Pick<Topics, 'newestPosts'>,
  visibility: Visibility,
  rows: readonly H[],
): Promise<H[]> {
  const isOpen = ({ postCount }: H) => postCount > 0
  const others = rows.filter((row) => !isOpen(row))
  if (others.length === 0) return [...rows]
  const topicOf = ({ name }: H) => hashtagTopic(name)
  const seen = await visibleTopics(topics, visibility, others.map(topicOf))
  return rows.filter((row) => isOpen(row) || seen.has(topicOf(row)))
}
