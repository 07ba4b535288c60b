// Content's published hashtags: which pages there are, by name.
import type { MongoClient } from 'mongodb'
import { databaseName } from './mongo.ts'

export interface Hashtags {
  /** Ids of hashtags by name, folded; those that nothing carries yet are left out. */
  idsByName(names: readonly string[]): Promise<Map<string, string>>
}

/** Reads hashtags. */
export function createHashtags(mongo: MongoClient, namespace: string): Hashtags {
  const rows = mongo
    .db(databaseName(namespace, 'content'))
    .collection<{ _id: string; name: string }>('hashtags')
  return {
    async idsByName(names) {
      if (names.length === 0) return new Map()
      const found = await rows.find({ name: { $in: [...names] } }, { projection: { name: 1 } }).toArray()
      return new Map(found.map((row) => [row.name, row._id]))
    },
  }
}
