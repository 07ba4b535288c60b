// The only door to Feed's data: timelines in Redis, celebrities in MongoDB.
import type { Redis } from 'ioredis'
import type { Db } from 'mongodb'
import { type Celebrities, createCelebrities } from './store/celebrities.ts'
import { createTimelines, type Timelines } from './store/timelines.ts'

export interface Store {
  timelines: Timelines
  celebrities: Celebrities
}

/** Feed's store. */
export function createStore(db: Db, redis: Redis, namespace: string): Store {
  return { timelines: createTimelines(redis, namespace), celebrities: createCelebrities(db) }
}

/** Celebrities are read by `_id`, and timelines are no rows: no index is needed beyond what MongoDB makes. */
export async function prepare(): Promise<void> {}
