// The only way of this subgraph, and of its worker, to MongoDB.
import type { Db } from 'mongodb'
import { createMediaStore, prepareMedia } from './store/media.ts'
import { createPostStore, preparePosts } from './store/posts.ts'

export type Store = ReturnType<typeof createStore>

/** Creates the indexes of every collection. */
export async function prepare(db: Db): Promise<void> {
  await Promise.all([prepareMedia(db), preparePosts(db)])
}

/** Reads and writes of media and posts. */
export function createStore(db: Db) {
  return Object.assign(createMediaStore(db), createPostStore(db))
}
