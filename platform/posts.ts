// Content's published read model: what others need of a post in order to decide who may see it, and the keyset walk over
// authors' posts that feeds are made of.

import type { Filter, MongoClient } from 'mongodb'
import type { PostFacts } from '#schema/facts.ts'
import { createFactModel, type FactModel } from './facts.ts'
import { databaseName } from './mongo.ts'
import type { CacheClient } from './redis.ts'

/** The published fields of a row of Content's `posts`. */
export interface PostFactsRow {
  _id: string
  authorId: string
  kind: PostFacts['kind']
  audience: PostFacts['audience']
  status: PostFacts['status']
  publishedAt: Date | null
  /** Rows from before there was the one or the other lack it: false. */
  commentsDisabled?: boolean
  hidesLikeCount?: boolean
  sensitive?: boolean
  limited?: boolean
  version: number
}

/** The published fields of a row of Content's `posts` that tell what it says. Rows of other subgraphs' tests lack them. */
interface PostTextRow {
  _id: string
  caption?: string | null
  hashtags?: string[]
  mediaIds?: string[]
}

/** The published fields of a row of Content's `media`: what a post shows. Of a video, the renditions are its poster's. */
interface PostMediaRow {
  _id: string
  durationMs?: number | null
  renditions?: { key: string; width: number; height: number }[]
}

/** Pixels a side that are enough to tell what a picture shows. */
const enoughPixels = 224

/** The smallest rendition that is large enough, or the largest. */
function smallKeyOf({ renditions = [] }: PostMediaRow): string | null {
  const sizes = renditions.toSorted((a, b) => a.width - b.width)
  const isEnough = (one: { width: number; height: number }) => Math.min(one.width, one.height) >= enoughPixels
  return (sizes.find(isEnough) ?? sizes.at(-1))?.key ?? null
}

/** The published field of a row of Content's `posts` that tells whom it mentions. */
interface PostMentionsRow {
  _id: string
  mentions?: { userId: string }[]
}

/** The published fields of a row of Content's `tags`: somebody in a post. */
interface PostTagRow {
  postId: string
  userId: string
  state: 'PENDING' | 'APPROVED' | 'REMOVED'
}

/** A place in the order of posts: newest first, then by id. */
export interface PostPosition {
  publishedAt: number
  id: string
}

/** What a post says and shows, as far as suggestions are made of it. */
export interface PostText {
  id: string
  caption: string
  /** Folded names, in the order of the caption. */
  hashtags: string[]
  /** How long its longest video or sound lasts, in milliseconds; null when it has none. */
  durationMs: number | null
  /** Key of a small picture of the first that it shows; null when there is none. */
  pictureKey: string | null
}

export interface Posts extends FactModel<PostFacts> {
  /** What posts say; those that are absent are left out. Not who may read it. */
  textsOf(postIds: readonly string[]): Promise<Map<string, PostText>>
  /** Whom posts mention by now, by post; those that mention nobody are left out. */
  mentionsOf(postIds: readonly string[]): Promise<Map<string, Set<string>>>
  /** Whom posts show by now, approved or not, by post; those that show nobody are left out. */
  tagsOf(postIds: readonly string[]): Promise<Map<string, Set<string>>>
  /** Published posts by these authors, newest first, after a position. */
  byAuthors(authorIds: readonly string[], after: PostPosition | null, limit: number): Promise<PostFacts[]>
}

/** The posts read model, by post id. */
export function createPosts(mongo: MongoClient, redis: CacheClient, namespace: string): Posts {
  const rows = mongo.db(databaseName(namespace, 'content')).collection<PostFactsRow>('posts')
  const projection = {
    authorId: 1,
    kind: 1,
    audience: 1,
    status: 1,
    publishedAt: 1,
    commentsDisabled: 1,
    hidesLikeCount: 1,
    sensitive: 1,
    limited: 1,
    version: 1,
  } as const satisfies Partial<Record<keyof PostFactsRow, 1>>
  const model = createFactModel<PostFacts>(redis, `${namespace}:post`, async (keys) => {
    const found = await rows.find({ _id: { $in: [...keys] } }, { projection }).toArray()
    return new Map(found.map((row) => [row._id, { version: row.version, fact: postFactsOf(row) }]))
  })
  const content = mongo.db(databaseName(namespace, 'content'))
  const texts = content.collection<PostTextRow>('posts')
  const mentions = content.collection<PostMentionsRow>('posts')
  const tags = content.collection<PostTagRow>('tags')
  const media = content.collection<PostMediaRow>('media')
  return {
    ...model,
    async textsOf(postIds) {
      const wanted = { caption: 1, hashtags: 1, mediaIds: 1 } as const
      const found = await texts.find({ _id: { $in: [...postIds] } }, { projection: wanted }).toArray()
      const mediaIds = found.flatMap((row) => row.mediaIds ?? [])
      const shown = { durationMs: 1, renditions: 1 } as const
      const items = await media.find({ _id: { $in: mediaIds } }, { projection: shown }).toArray()
      const byId = new Map(items.map((item) => [item._id, item]))
      return new Map(
        found.map((row) => {
          const own = (row.mediaIds ?? []).flatMap((id) => byId.get(id) ?? [])
          const longest = Math.max(0, ...own.map((item) => item.durationMs ?? 0))
          const { caption, hashtags } = row
          const text = { id: row._id, caption: caption ?? '', hashtags: hashtags ?? [] }
          const pictureKey = own[0] ? smallKeyOf(own[0]) : null
          return [row._id, { ...text, durationMs: longest > 0 ? longest : null, pictureKey }]
        }),
      )
    },
    async mentionsOf(postIds) {
      const found = await mentions
        .find({ _id: { $in: [...postIds] } }, { projection: { 'mentions.userId': 1 } })
        .toArray()
      return new Map(
        found.flatMap((row) =>
          row.mentions?.length ? [[row._id, new Set(row.mentions.map(({ userId }) => userId))]] : [],
        ),
      )
    },
    async tagsOf(postIds) {
      const found = await tags
        .find(
          { postId: { $in: [...postIds] }, state: { $ne: 'REMOVED' } },
          { projection: { _id: 0, postId: 1, userId: 1 } },
        )
        .toArray()
      return new Map(
        [...Map.groupBy(found, ({ postId }) => postId)].map(([postId, rows]) => [
          postId,
          new Set(rows.map(({ userId }) => userId)),
        ]),
      )
    },
    async byAuthors(authorIds, after, limit) {
      if (authorIds.length === 0) return []
      const filter: Filter<PostFactsRow> = { authorId: { $in: [...authorIds] }, status: 'PUBLISHED' }
      if (after) {
        const at = new Date(after.publishedAt)
        // The bound apart from the tie-break: as one `$or` MongoDB would sort all older posts instead of merging indexes.
        filter.publishedAt = { $lte: at }
        filter.$or = [{ publishedAt: { $lt: at } }, { _id: { $lt: after.id } }]
      }
      const found = await rows
        .find(filter, { projection })
        .sort({ publishedAt: -1, _id: -1 })
        .limit(limit)
        .toArray()
      return found.map(postFactsOf)
    },
  }
}

/** The published part of a row. */
export function postFactsOf(row: PostFactsRow): PostFacts {
  return {
    id: row._id,
    authorId: row.authorId,
    kind: row.kind,
    audience: row.audience,
    status: row.status,
    publishedAt: row.publishedAt?.getTime() ?? null,
    commentsDisabled: row.commentsDisabled ?? false,
    hidesLikeCount: row.hidesLikeCount ?? false,
    sensitive: row.sensitive ?? false,
    limited: row.limited ?? false,
  }
}
