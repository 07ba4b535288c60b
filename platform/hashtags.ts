// Content's published hashtags: which pages there are, by name.
import type { MongoClient } from 'mongodb'
import { databaseName } from './mongo.ts'

export interface Hashtags {
  /** Ids of hashtags by name, folded; those that nothing carries yet are left out. */
  idsByName(names: readonly string[]): Promise<Map<string, string>>
  /** Ids of the hashtags that somebody follows, the last first. */
  followedIds(userId: string, limit: number): Promise<string[]>
}

/** Reads hashtags. */
export function createHashtags(mongo: MongoClient, namespace: string): Hashtags {
  const rows = mongo
    .db(databaseName(namespace, 'content'))
    .collection<{ _id: string; name: string }>('hashtags')
  const follows = mongo
    .db(databaseName(namespace, 'content'))
    .collection<{ _id: string; userId: string; hashtagId: string; at: Date }>('hashtagFollows')
  return {
    async followedIds(userId, limit) {
      const found = follows.find({ userId }, { projection: { hashtagId: 1 } })
      return (await found.sort({ at: -1, _id: -1 }).limit(limit).toArray()).map((row) => row.hashtagId)
    },
    async idsByName(names) {
      if (names.length === 0) return new Map()
      const found = await rows.find({ name: { $in: [...names] } }, { projection: { name: 1 } }).toArray()
      return new Map(found.map((row) => [row.name, row._id]))
    },
  }
}
