// Graph's published read model: how a viewer and others stand to each other. The rows are Graph's; this file names the
// part of them that is published.

import type { MongoClient } from 'mongodb'
import { forever, type Relation, stranger } from '#schema/facts.ts'
import { codecOf, createFactModel, type FactModel } from './facts.ts'
import { databaseName } from './mongo.ts'
import type { CacheClient } from './redis.ts'

/**
 * A row of Graph's `relations`: two people from one's side. Each pair has two mirrored rows, written in one transaction, so
 * that either's lists are read by `viewerId` alone, which is the shard key.
 */
export interface RelationRow {
  _id: string
  viewerId: string
  otherId: string
  follow: Relation['follow']
  /** When `follow` took its present value. */
  followAt: Date | null
  followedBy: Relation['followedBy']
  followedByAt: Date | null
  blocksAt: Date | null
  blockedByAt: Date | null
  mutesAt: Date | null
  /** End of the mute; null for one without end. */
  mutesUntil: Date | null
  /** As `mutesAt` and `mutesUntil`, of stories. */
  mutesStoriesAt?: Date | null
  mutesStoriesUntil?: Date | null
  hidesStoriesAt?: Date | null
  storiesHiddenByAt?: Date | null
  /** Rows from before there were favourites, close friends and restrictions lack these; so does one that never was any. */
  favoriteAt?: Date | null
  favoriteOfAt?: Date | null
  closeFriendAt?: Date | null
  closeFriendOfAt?: Date | null
  restrictsAt?: Date | null
  restrictedByAt?: Date | null
  version: number
}

/** Lower end of every time stamp. The partial indexes of `relations` demand it, and so must the queries that use them. */
export const dawn = new Date(0)

/** Key of a relation: viewer, then other. */
export function relationKey(viewerId: string, otherId: string): string {
  return `${viewerId}:${otherId}`
}

export interface Relations extends FactModel<Relation> {
  /** Ids of the accounts that follow `userId`, ascending, after one of them: for fan-out. */
  followerIds(userId: string, afterId: string | null, limit: number): Promise<string[]>
  /** How many accounts follow `userId`, counted up to `max`. */
  followerCount(userId: string, max: number): Promise<number>
  /** Ids of the accounts that `userId` follows, newest follow first. */
  followingIds(userId: string, limit: number): Promise<string[]>
  /** Ids of the accounts that are favourites of `userId`, newest first. He follows all of them. */
  favoriteIds(userId: string, limit: number): Promise<string[]>
  /** Ids of the accounts whose favourite `userId` is, ascending, after one of them. */
  favoriteOfIds(userId: string, afterId: string | null, limit: number): Promise<string[]>
}

/** The relations read model. */
export function createRelations(mongo: MongoClient, redis: CacheClient, namespace: string): Relations {
  const rows = mongo.db(databaseName(namespace, 'graph')).collection<RelationRow>('relations')
  const model = createFactModel<Relation>(
    redis,
    `${namespace}:relation`,
    async (keys) => {
      const byViewer = Map.groupBy(keys, (key) => key.slice(0, key.indexOf(':')))
      const filters = [...byViewer].map(([viewerId, pairs]) => ({
        viewerId,
        otherId: { $in: pairs.map((key) => key.slice(viewerId.length + 1)) },
      }))
      const found = await rows
        .find(filters.length === 1 && filters[0] ? filters[0] : { $or: filters })
        .toArray()
      return new Map(found.map((row) => [row._id, { version: row.version, fact: relationOf(row) }]))
    },
    codecOf(stranger),
  )
  return {
    ...model,
    followerIds(userId, afterId, limit) {
      return rows
        .find(
          { viewerId: userId, followedBy: 'FOLLOWING', ...(afterId ? { otherId: { $gt: afterId } } : {}) },
          { projection: { _id: 0, otherId: 1 } },
        )
        .sort({ otherId: 1 })
        .limit(limit)
        .map((row) => row.otherId)
        .toArray()
    },
    followerCount(userId, max) {
      return rows.countDocuments({ viewerId: userId, followedBy: 'FOLLOWING' }, { limit: max })
    },
    followingIds(userId, limit) {
      return rows
        .find({ viewerId: userId, follow: 'FOLLOWING' }, { projection: { _id: 0, otherId: 1 } })
        .sort({ followAt: -1, otherId: -1 })
        .limit(limit)
        .map((row) => row.otherId)
        .toArray()
    },
    favoriteIds(userId, limit) {
      return rows
        .find({ viewerId: userId, favoriteAt: { $gt: dawn } }, { projection: { _id: 0, otherId: 1 } })
        .sort({ favoriteAt: -1, otherId: -1 })
        .limit(limit)
        .map((row) => row.otherId)
        .toArray()
    },
    favoriteOfIds(userId, afterId, limit) {
      return rows
        .find(
          {
            viewerId: userId,
            favoriteOfAt: { $gt: dawn },
            ...(afterId ? { otherId: { $gt: afterId } } : {}),
          },
          { projection: { _id: 0, otherId: 1 } },
        )
        .sort({ otherId: 1 })
        .limit(limit)
        .map((row) => row.otherId)
        .toArray()
    },
  }
}

/** The published part of a row. */
export function relationOf(row: RelationRow): Relation {
  return {
    follow: row.follow,
    followedBy: row.followedBy,
    blocks: row.blocksAt !== null,
    blockedBy: row.blockedByAt !== null,
    mutedUntil: row.mutesAt ? (row.mutesUntil?.getTime() ?? forever) : null,
    storiesMutedUntil: row.mutesStoriesAt ? (row.mutesStoriesUntil?.getTime() ?? forever) : null,
    hidesStories: Boolean(row.hidesStoriesAt),
    storiesHiddenBy: Boolean(row.storiesHiddenByAt),
    favorite: Boolean(row.favoriteAt),
    closeFriend: Boolean(row.closeFriendAt),
    closeFriendOf: Boolean(row.closeFriendOfAt),
    restricts: Boolean(row.restrictsAt),
    restrictedBy: Boolean(row.restrictedByAt),
  }
}
