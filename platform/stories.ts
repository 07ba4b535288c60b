// Content's published read model of stories: what others need of one in order to decide who may see it, and the stories that
// some authors have at a moment, of which the story tray is made.

import type { MongoClient } from 'mongodb'
import type { StoryFacts } from '#schema/facts.ts'
import { createFactModel, type FactModel } from './facts.ts'
import { databaseName } from './mongo.ts'
import type { CacheClient } from './redis.ts'

/** How long a story is shown, in milliseconds. */
export const storyMs = 24 * 3_600_000

/** Stories that an account may have at a time. */
export const maxActiveStories = 100

/** Stories that one look at many authors reads at most. */
const maxStoriesRead = 20_000

/** The published fields of a row of Content's `stories`. */
export interface StoryFactsRow {
  _id: string
  authorId: string
  audience: StoryFacts['audience']
  status: StoryFacts['status']
  createdAt: Date
  expiresAt: Date
  /** How many of its author's highlights show it. */
  highlightCount: number
  version: number
}

/** The published fields of a row of Content's `storyViews`. */
export interface StoryViewFactsRow {
  _id: string
  storyId: string
  viewerId: string
  viewedAt: Date
}

/** Id of the row of `storyViews` that says that someone has seen a story. */
export function storyViewId(storyId: string, viewerId: string): string {
  return `${storyId}:${viewerId}`
}

export interface Stories extends FactModel<StoryFacts> {
  /**
   * The stories that these authors have at a moment, by author, oldest first; authors without any are left out. Nobody's
   * policy is asked. One query, however many authors; the newest 20,000 stories at most.
   */
  activeByAuthors(authorIds: readonly string[], now: number): Promise<Map<string, StoryFacts[]>>
  /** When someone saw those of the stories that he has seen, in milliseconds since 1970. One query. */
  seenBy(viewerId: string, storyIds: readonly string[]): Promise<Map<string, number>>
}

/** The stories read model, by story id. */
export function createStories(mongo: MongoClient, redis: CacheClient, namespace: string): Stories {
  const db = mongo.db(databaseName(namespace, 'content'))
  const rows = db.collection<StoryFactsRow>('stories')
  const views = db.collection<StoryViewFactsRow>('storyViews')
  const projection = {
    authorId: 1,
    audience: 1,
    status: 1,
    createdAt: 1,
    expiresAt: 1,
    highlightCount: 1,
    version: 1,
  } as const satisfies Partial<Record<keyof StoryFactsRow, 1>>
  const model = createFactModel<StoryFacts>(redis, `${namespace}:story`, async (keys) => {
    const found = await rows.find({ _id: { $in: [...keys] } }, { projection }).toArray()
    return new Map(found.map((row) => [row._id, { version: row.version, fact: storyFactsOf(row) }]))
  })
  return {
    ...model,
    async activeByAuthors(authorIds, now) {
      if (authorIds.length === 0) return new Map()
      const found = await rows
        .find(
          { authorId: { $in: [...authorIds] }, status: 'PUBLISHED', expiresAt: { $gt: new Date(now) } },
          { projection },
        )
        .sort({ expiresAt: -1, _id: -1 })
        .limit(maxStoriesRead)
        .toArray()
      return Map.groupBy(found.reverse().map(storyFactsOf), (story) => story.authorId)
    },
    async seenBy(viewerId, storyIds) {
      if (storyIds.length === 0) return new Map()
      const seen = await views
        .find(
          { viewerId, storyId: { $in: [...storyIds] } },
          { projection: { _id: 0, storyId: 1, viewedAt: 1 } },
        )
        .toArray()
      return new Map(seen.map((row) => [row.storyId, row.viewedAt.getTime()]))
    },
  }
}

/** The published part of a row. */
export function storyFactsOf(row: StoryFactsRow): StoryFacts {
  return {
    id: row._id,
    authorId: row.authorId,
    audience: row.audience,
    status: row.status,
    createdAt: row.createdAt.getTime(),
    expiresAt: row.expiresAt.getTime(),
    highlighted: row.highlightCount > 0,
  }
}
