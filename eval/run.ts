// One seed: makes a world, has everything rank it, and measures.

import { stranger } from '#schema/facts.ts'
import { factorise, tunedFactorisation } from '#subgraphs/feed/domain/discovery/factorisation.ts'
import { trainTowers } from '#subgraphs/feed/domain/discovery/two-tower.ts'
import { featuresOf } from '#subgraphs/feed/domain/ranking/features.ts'
import { train } from '#subgraphs/feed/domain/ranking/train.ts'
import { weights as builtIn } from '#subgraphs/feed/domain/ranking/weights.ts'
import { runDigests } from './digests.ts'
import { type Learned, learnFrom } from './learned.ts'
import { ndcg, recall } from './measures.ts'
import {
  byLikedTopics,
  byVectors,
  chronological,
  itemToItem,
  ourExplore,
  ourFeed,
  popularity,
  type Ranker,
} from './rankers.ts'
import { createWorld, type Post, type Viewer, type World, type WorldSize } from './world.ts'

/** Measures of a seed, by question and ranker. */
export interface Measures {
  'home feed, NDCG@20': Record<string, number>
  'home feed, recall@100': Record<string, number>
  'explore, NDCG@20': Record<string, number>
  'explore, recall@100': Record<string, number>
  'vectors, recall@100': Record<string, number>
  'topics alone, NDCG@20': Record<string, number>
  'daily pushes, share saved': Record<string, number>
}

/**
 * Whether a baseline is as good as ours at a question. Posts fade so fast that a hundred of them are the newest hundred, in whatever
 * order: ours has to be no worse there, which is all that can be told.
 */
export const isLevel = (question: string, baseline: string): boolean =>
  question === 'home feed, recall@100' && baseline === 'chronological'

/** Whether a ranking is ours: what is named first, and what says so. All of those have to be ahead of each other one. */
export const isOurs = (name: string, place: number): boolean => place === 0 || name.startsWith('ours')

/** Vectors choose among what has been published so lately: they know nothing of time. */
const retrievedMs = 7 * 86_400_000

/** Runs one seed. */
export async function runSeed(seed: number, size?: WorldSize): Promise<Measures> {
  const world = await createWorld(seed, size)
  const learned = learnFrom(world)
  const wantedOf = drawWanted(world)
  const home = unseen(world, learned, (viewer, post) => viewer.follows.has(post.authorId))
  const outside = unseen(world, learned, (viewer, post) => !viewer.follows.has(post.authorId))
  const fresh = new Map(
    [...outside].map(([viewer, posts]) => [
      viewer,
      posts.filter(({ publishedAt }) => publishedAt > world.now - retrievedMs),
    ]),
  )
  /** Means over viewers of what `scores` say of a ranker's order. */
  const measure = (
    rankers: Record<string, Ranker>,
    candidates: ReadonlyMap<Viewer, Post[]>,
    scores: readonly ((order: readonly string[], wanted: ReadonlySet<string>) => number | null)[],
  ): Record<string, number>[] => {
    const means: Record<string, number>[] = scores.map(() => ({}))
    for (const [name, ranker] of Object.entries(rankers)) {
      const found: number[][] = scores.map(() => [])
      for (const [viewer, posts] of candidates) {
        const wanted = wantedOf(viewer, posts)
        if (wanted.size === 0) continue
        const order = ranker(viewer, posts)
        for (const [i, score] of scores.entries()) found[i]?.push(score(order, wanted) ?? 0)
      }
      for (const [i, values] of found.entries()) {
        const mean = values.reduce((sum, value) => sum + value, 0) / values.length
        Object.assign(means[i] ?? {}, { [name]: mean })
      }
    }
    return means
  }
  const baselines = {
    popularity: popularity(learned),
    chronological,
    'item-to-item': itemToItem(learned),
  }
  const deeds = [...learned.lesson.engagements.values()]
  const towers = trainTowers(world.posts, deeds)
  const factors = factorise(
    world.viewers.map(({ id }) => id),
    world.posts.map(({ id }) => id),
    deeds,
    tunedFactorisation,
  )
  const first20 = (order: readonly string[], wanted: ReadonlySet<string>) => ndcg(order, wanted, 20)
  const first100 = (order: readonly string[], wanted: ReadonlySet<string>) => recall(order, wanted, 100)
  const feeds = {
    ours: ourFeed(world, learned, builtIn),
    'ours, trained': ourFeed(world, learned, trainedWeights(world)),
  }
  const [homeNdcg = {}, homeRecall = {}] = measure({ ...feeds, ...baselines }, home, [first20, first100])
  const explore = { ours: ourExplore(world, learned, towers), ...baselines }
  const [exploreNdcg = {}, exploreRecall = {}] = measure(explore, outside, [first20, first100])
  const vectors = { 'two towers': byVectors(towers), factorisation: byVectors(factors) }
  const [vectorRecall = {}] = measure(vectors, fresh, [first100])
  const topics = { 'topic clusters': await byLikedTopics(world, learned), ...baselines }
  const [topicNdcg = {}] = measure(topics, outside, [first20])
  return {
    'home feed, NDCG@20': homeNdcg,
    'home feed, recall@100': homeRecall,
    'explore, NDCG@20': exploreNdcg,
    'explore, recall@100': exploreRecall,
    'vectors, recall@100': vectorRecall,
    'topics alone, NDCG@20': topicNdcg,
    'daily pushes, share saved': runDigests(seed),
  }
}

/** Weights trained from the looks of the second half of the past, with what the first half taught. */
function trainedWeights(world: World): typeof builtIn {
  const middle = Math.floor(world.past.length / 2)
  const until = world.past[middle]?.at ?? world.now
  const before = learnFrom({ ...world, past: world.past.slice(0, middle), now: until })
  const posts = new Map(world.posts.map((post) => [post.id, post]))
  const viewers = new Map(world.viewers.map((viewer) => [viewer.id, viewer]))
  // These looks are later than any session of the first half, and than what it knows to be popular.
  const knowledge = new Map(
    world.viewers.map(({ id }) => [id, { ...before.knowledge(id), session: () => 0, popularity: () => 0 }]),
  )
  const relation = { ...stranger, follow: 'FOLLOWING' as const }
  const looks = world.past.slice(middle).flatMap(({ viewerId, postId, at, engaged }) => {
    const post = posts.get(postId)
    const known = knowledge.get(viewerId)
    if (!post || !known || !viewers.get(viewerId)?.follows.has(post.authorId)) return []
    const around = { viewerId, seenIds: new Set<string>(), now: at, knowledge: known }
    return [{ signals: { ...featuresOf({ ...post, kind: 'POST', relation }, around).signals }, engaged }]
  })
  return train(looks).weights
}

/** The posts that each viewer has not seen, of those that are asked for. */
function unseen(
  world: World,
  learned: Learned,
  isCandidate: (viewer: Viewer, post: Post) => boolean,
): Map<Viewer, Post[]> {
  return new Map(
    world.viewers.map((viewer) => {
      const seen = learned.seen(viewer.id)
      return [viewer, world.posts.filter((post) => isCandidate(viewer, post) && !seen.has(post.id))]
    }),
  )
}

/** What each viewer would do something with, drawn once, so that all rankers meet the same. */
function drawWanted(world: World) {
  const drawn = new Map<Viewer, Set<string>>()
  for (const viewer of world.viewers) {
    const wanted = world.posts.filter((post) => world.random() < world.chance(viewer, post, world.now))
    drawn.set(viewer, new Set(wanted.map(({ id }) => id)))
  }
  return (viewer: Viewer, candidates: readonly Post[]) => {
    const wanted = drawn.get(viewer) ?? new Set<string>()
    return new Set(candidates.flatMap(({ id }) => (wanted.has(id) ? [id] : [])))
  }
}
