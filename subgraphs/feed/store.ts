// The only door to Feed's data: timelines and rankings in Redis; celebrities, what is hidden and what was learned in MongoDB.
import type { Db } from 'mongodb'
import { prepareAccountTasks } from '#platform/account-lifecycle.ts'
import type { CacheClient } from '#platform/redis.ts'
import { prepareAccountPart } from './store/account-part.ts'
import { type Celebrities, createCelebrities } from './store/celebrities.ts'
import { createDescriptions, type Descriptions, prepareDescriptions } from './store/descriptions.ts'
import { createHidden, type Hidden, prepareHidden } from './store/hidden.ts'
import { createRankings, type Rankings } from './store/rankings.ts'
import { createSignals, prepareSignals, type Signals } from './store/signals.ts'
import { createTimelines, type Timelines } from './store/timelines.ts'
import { createTopics, type TopicStore } from './store/topics.ts'
import { createTowers, prepareTowers, type TowerStore } from './store/towers.ts'
import { createTrends, prepareTrends, type TrendStore } from './store/trends.ts'
import { createWeights, prepareWeights, type WeightsStore } from './store/weights.ts'

export interface Store {
  timelines: Timelines
  rankings: Rankings
  celebrities: Celebrities
  hidden: Hidden
  signals: Signals
  weights: WeightsStore
  descriptions: Descriptions
  topics: TopicStore
  trends: TrendStore
  towers: TowerStore
  /** Orders of explore and of reels, and what they have shown. */
  exploreRankings: Rankings
  reelsRankings: Rankings
}

/** Feed's store. */
export function createStore(db: Db, redis: CacheClient, namespace: string): Store {
  return {
    timelines: createTimelines(redis, namespace),
    rankings: createRankings(redis, namespace),
    celebrities: createCelebrities(db),
    hidden: createHidden(db),
    signals: createSignals(db),
    weights: createWeights(db),
    descriptions: createDescriptions(db),
    topics: createTopics(db),
    trends: createTrends(db),
    towers: createTowers(db),
    exploreRankings: createRankings(redis, `${namespace}:explore`),
    reelsRankings: createRankings(redis, `${namespace}:reels`),
  }
}

/** Creates the indexes. Celebrities and topics are read by `_id`, and timelines and rankings are no rows: they need none. */
export async function prepare(db: Db): Promise<void> {
  await Promise.all([
    prepareAccountPart(db),
    prepareAccountTasks(db),
    prepareHidden(db),
    prepareSignals(db),
    prepareWeights(db),
    prepareDescriptions(db),
    prepareTrends(db),
    prepareTowers(db),
  ])
}
