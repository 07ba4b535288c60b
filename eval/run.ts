// One seed: makes a world, has everything rank it, and measures.

import { stranger } from '#schema/facts.ts'
import { featuresOf } from '#subgraphs/feed/domain/ranking/features.ts'
import { train } from '#subgraphs/feed/domain/ranking/train.ts'
import { weights as builtIn } from '#subgraphs/feed/domain/ranking/weights.ts'
import { factorise } from './als.ts'
import { type Learned, learnFrom } from './learned.ts'
import { ndcg, recall } from './measures.ts'
import {
  byVectors,
  chronological,
  itemToItem,
  ourExplore,
  ourFeed,
  popularity,
  type Ranker,
} from './rankers.ts'
import { trainTowers } from './two-tower.ts'
import { createWorld, type Post, type Viewer, type World } from './world.ts'

/** Measures of a seed, by question and ranker. */
export interface Measures {
  'home feed, NDCG@20': Record<string, number>
  'explore, NDCG@20': Record<string, number>
  'explore, recall@100': Record<string, number>
  'vectors, recall@100': Record<string, number>
}

/** Runs one seed. */
export async function runSeed(seed: number): Promise<Measures> {
  const world = await createWorld(seed)
  const learned = learnFrom(world)
  const wantedOf = drawWanted(world)
  const home = (viewer: Viewer) => unseen(world, learned, viewer, (post) => viewer.follows.has(post.authorId))
  const outside = (viewer: Viewer) =>
    unseen(world, learned, viewer, (post) => !viewer.follows.has(post.authorId))
  const measure = (
    ranker: Ranker,
    candidatesOf: (viewer: Viewer) => Post[],
    score: typeof ndcg,
    k: number,
  ): number => {
    const scores = world.viewers.flatMap((viewer) => {
      const candidates = candidatesOf(viewer)
      return score(ranker(viewer, candidates), wantedOf(viewer, candidates), k) ?? []
    })
    return scores.reduce((sum, value) => sum + value, 0) / scores.length
  }
  const compare = (
    rankers: Record<string, Ranker>,
    candidatesOf: typeof home,
    score: typeof ndcg,
    k: number,
  ) =>
    Object.fromEntries(
      Object.entries(rankers).map(([name, ranker]) => [name, measure(ranker, candidatesOf, score, k)]),
    )
  const baselines = {
    popularity: popularity(learned),
    chronological,
    'item-to-item': itemToItem(learned),
  }
  const deeds = [...learned.lesson.engagements.values()]
  const viewerIds = world.viewers.map(({ id }) => id)
  const als = factorise(
    viewerIds,
    world.posts.map(({ id }) => id),
    deeds,
  )
  const towers = trainTowers(viewerIds, world.posts, deeds, seed)
  const vectorsOf = ({ viewers, posts }: typeof als) =>
    byVectors(
      (id) => viewers.get(id) ?? new Float64Array(),
      (id) => posts.get(id) ?? new Float64Array(),
    )
  const ours = ourExplore(world, learned)
  return {
    'home feed, NDCG@20': compare(
      {
        ours: ourFeed(world, learned, builtIn),
        'ours, trained': ourFeed(world, learned, trainedWeights(world)),
        ...baselines,
      },
      home,
      ndcg,
      20,
    ),
    'explore, NDCG@20': compare({ ours, ...baselines }, outside, ndcg, 20),
    'explore, recall@100': compare({ ours, ...baselines }, outside, recall, 100),
    'vectors, recall@100': compare(
      { 'two towers': vectorsOf(towers), factorisation: vectorsOf(als) },
      outside,
      recall,
      100,
    ),
  }
}

/** Weights trained from the looks of the second half of the past, with what the first half taught. */
function trainedWeights(world: World): typeof builtIn {
  const middle = Math.floor(world.past.length / 2)
  const at = world.past[middle]?.at ?? world.now
  const before = learnFrom({ ...world, past: world.past.slice(0, middle), now: at })
  const posts = new Map(world.posts.map((post) => [post.id, post]))
  const viewers = new Map(world.viewers.map((viewer) => [viewer.id, viewer]))
  const looks = world.past.slice(middle).flatMap(({ viewerId, postId, engaged }) => {
    const post = posts.get(postId)
    if (!post || !viewers.get(viewerId)?.follows.has(post.authorId)) return []
    const relation = { ...stranger, follow: 'FOLLOWING' as const }
    const around = { viewerId, seenIds: new Set<string>(), now: at, knowledge: before.knowledge(viewerId) }
    return [{ signals: { ...featuresOf({ ...post, relation }, around).signals }, engaged }]
  })
  return train(looks).weights
}

function unseen(
  world: World,
  learned: Learned,
  viewer: Viewer,
  isCandidate: (post: Post) => boolean,
): Post[] {
  const seen = learned.seen(viewer.id)
  return world.posts.filter((post) => isCandidate(post) && !seen.has(post.id))
}

/** What each viewer would do something with, drawn once, so that all rankers meet the same. */
function drawWanted(world: World) {
  const drawn = new Map<string, boolean>()
  for (const viewer of world.viewers) {
    for (const post of world.posts) {
      drawn.set(`${viewer.id}:${post.id}`, world.random() < world.chance(viewer, post))
    }
  }
  return (viewer: Viewer, candidates: readonly Post[]) =>
    new Set(candidates.filter((post) => drawn.get(`${viewer.id}:${post.id}`)).map(({ id }) => id))
}
