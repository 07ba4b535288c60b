// User's published profiles: what an account says of itself to everyone who may know of it.
import type { MongoClient } from 'mongodb'
import { databaseName, newestFirst } from './mongo.ts'

/** The published fields of a row of User's `users`. */
export interface ProfileRow {
  _id: string
  username: string
  displayName: string | null
  bio: string | null
  status: string
}

export interface Profiles {
  /** Profiles of accounts that are in use, by id. */
  find(userIds: readonly string[]): Promise<ProfileRow[]>
  /** Those of accounts before an id, the newest first, also of such as are not in use. */
  scan(beforeId: string | null, limit: number): Promise<ProfileRow[]>
}

/** Reads profiles. */
export function createProfiles(mongo: MongoClient, namespace: string): Profiles {
  const rows = mongo.db(databaseName(namespace, 'user')).collection<ProfileRow>('users')
  const projection = { username: 1, displayName: 1, bio: 1, status: 1 } as const
  return {
    find: (userIds) => rows.find({ _id: { $in: [...userIds] }, status: 'ACTIVE' }, { projection }).toArray(),
    scan: newestFirst(rows, projection),
  }
}
