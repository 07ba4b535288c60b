// How much others have to do with something, from Graph's and Engagement's counters: for ranking, never for showing.
import type { MongoClient } from 'mongodb'
import { databaseName } from './mongo.ts'

export interface Popularity {
  /** Followers by account. Absent without any. */
  ofAccounts(userIds: readonly string[]): Promise<Map<string, number>>
  /** Likes and comments by post. Absent without any. */
  ofPosts(postIds: readonly string[]): Promise<Map<string, number>>
}

/** Reads counters. */
export function createPopularity(mongo: MongoClient, namespace: string): Popularity {
  const accounts = mongo
    .db(databaseName(namespace, 'graph'))
    .collection<{ _id: string; followers?: number }>('counts')
  const posts = mongo
    .db(databaseName(namespace, 'engagement'))
    .collection<{ _id: string; likes?: number; comments?: number }>('postCounters')
  return {
    async ofAccounts(userIds) {
      const found = await accounts
        .find({ _id: { $in: [...userIds] } }, { projection: { followers: 1 } })
        .toArray()
      return new Map(found.map((row) => [row._id, row.followers ?? 0]))
    },
    async ofPosts(postIds) {
      const found = await posts
        .find({ _id: { $in: [...postIds] } }, { projection: { likes: 1, comments: 1 } })
        .toArray()
      return new Map(found.map((row) => [row._id, (row.likes ?? 0) + (row.comments ?? 0)]))
    },
  }
}
