// What is compared: each puts posts in an order for a viewer.

import { stranger } from '#schema/facts.ts'
import { blend, type Suggestion, worthOfSuggestion } from '#subgraphs/feed/domain/discovery/blend.ts'
import { product, type Vectors } from '#subgraphs/feed/domain/discovery/judge.ts'
import { endorsements, kinship, nearest } from '#subgraphs/feed/domain/discovery/neighbours.ts'
import { suggestionOf, topicsEach } from '#subgraphs/feed/domain/discovery/suggest.ts'
import {
  clusterVectors,
  likedTopics,
  nearestTopic,
  topicCount,
} from '#subgraphs/feed/domain/discovery/topics.ts'
import type { Towers } from '#subgraphs/feed/domain/discovery/two-tower.ts'
import { cosine } from '#subgraphs/feed/domain/discovery/vectors.ts'
import { rank } from '#subgraphs/feed/domain/ranking/rank.ts'
import type { Weights } from '#subgraphs/feed/domain/ranking/score.ts'
import type { Learned } from './learned.ts'
import type { Post, Viewer, World } from './world.ts'

export type Ranker = (viewer: Viewer, candidates: readonly Post[]) => string[]

const byWorth = (candidates: readonly Post[], worth: (post: Post) => number) =>
  candidates
    .map((post) => ({ id: post.id, worth: worth(post) }))
    .sort((a, b) => b.worth - a.worth || (a.id < b.id ? -1 : 1))
    .map(({ id }) => id)

/** Newest first. */
export const chronological: Ranker = (_viewer, candidates) => byWorth(candidates, (post) => post.publishedAt)

/** Most deeds first. */
export function popularity({ lesson }: Learned): Ranker {
  return (_viewer, candidates) => byWorth(candidates, (post) => lesson.posts.get(post.id)?.deeds ?? 0)
}

/** By the cosine of who did something with two posts, summed over what the viewer did something with (Sarwar et al., 2001). */
export function itemToItem(learned: Learned): Ranker {
  const takers = takersOf(learned)
  return (viewer, candidates) => {
    const worth = new Map<string, number>()
    for (const seed of learned.recent(viewer.id)) {
      const of = takers.get(seed) ?? new Set()
      for (const taker of of) {
        for (const other of learned.recent(taker)) {
          const size = Math.sqrt(of.size * (takers.get(other)?.size ?? 1))
          worth.set(other, (worth.get(other) ?? 0) + 1 / size)
        }
      }
    }
    return byWorth(candidates, (post) => worth.get(post.id) ?? 0)
  }
}

function takersOf({ lesson }: Learned): Map<string, Set<string>> {
  const takers = new Map<string, Set<string>>()
  for (const { viewerId, postId } of lesson.engagements.values()) {
    const of = takers.get(postId) ?? new Set()
    takers.set(postId, of.add(viewerId))
  }
  return takers
}

/** Our home feed. */
export function ourFeed(world: World, learned: Learned, weights: Weights): Ranker {
  return (viewer, candidates) =>
    rank(
      candidates.map(({ id, authorId, publishedAt }) => ({
        id,
        authorId,
        publishedAt,
        kind: 'POST' as const,
        relation: { ...stranger, follow: 'FOLLOWING' as const },
      })),
      {
        viewerId: viewer.id,
        seenIds: learned.seen(viewer.id),
        now: world.now,
        knowledge: learned.knowledge(viewer.id),
      },
      weights,
    )
}

/**
 * Our explore: what people of like taste did, likeness and towers, blended as in production, with a scan in place of the index. Topics
 * are left out: they find candidates, which all posts are here, and give reasons, but the blend's order does not count them.
 */
export function ourExplore(world: World, learned: Learned, towers: Towers): Ranker {
  const deeds = [...learned.lesson.engagements.values()]
  return (viewer, candidates) => {
    const recent = learned.recent(viewer.id).slice(0, 30)
    const seeds = new Set(recent)
    const kin = kinship(
      seeds,
      deeds.filter(({ postId }) => seeds.has(postId)),
      viewer.id,
    )
    const near = new Map(nearest(kin, 60).map((id) => [id, kin.get(id) ?? 0]))
    const said = deeds.filter(({ viewerId, postId }) => near.has(viewerId) && !seeds.has(postId))
    const endorsed = endorsements(near, said, (id) => learned.lesson.posts.get(id)?.deeds ?? 0)
    const { interest } = learned.knowledge(viewer.id)
    const taste = towers.viewers.get(viewer.id)
    const foreseen = (id: string) => {
      const other = towers.posts.get(id)
      return taste && other ? Math.max(0, cosine(taste, other)) : 0
    }
    const suggestions = candidates.map(({ id, authorId, publishedAt }): Suggestion => {
      const row = { _id: id, authorId, publishedAt: new Date(publishedAt) }
      const sums = learned.lesson.posts.get(id)
      const said = { coEngaged: endorsed.get(id) ?? 0, similar: interest(id), foreseen: foreseen(id) }
      return { ...suggestionOf(row, sums, world.now), ...said, topic: null, completion: null, seen: false }
    })
    return blend(suggestions, world.now).map(({ id }) => id)
  }
}

/** What speaks for a post of which nothing is known. */
const unknown = {
  ...{ coEngaged: 0, similar: 0, topic: null, foreseen: 0, trending: 0, rate: 0 },
  ...{ completion: null, shows: 0, seen: false },
}

/** Newest first, with what explore gives to likeness for what is of the topics that he likes: clusters of what posts say, and nothing else. */
export async function byLikedTopics(world: World, learned: Learned): Promise<Ranker> {
  const vectors = world.posts.map(({ vector }) => vector)
  const centres = await clusterVectors(vectors, topicCount(vectors.length))
  const topics = new Map(world.posts.map(({ id, vector }) => [id, nearestTopic(vector, centres)]))
  const topicOf = (id: string) => topics.get(id) ?? null
  return (viewer, candidates) => {
    const recent = learned.recent(viewer.id).slice(0, 30)
    const liked = new Set<number | null>(likedTopics(recent.map(topicOf), topicsEach))
    return byWorth(candidates, (post) =>
      worthOfSuggestion({ ...unknown, ...post, similar: liked.has(topicOf(post.id)) ? 1 : 0 }, world.now),
    )
  }
}

/** By the product of a viewer's and a post's vector. */
export function byVectors({ viewers, posts }: Vectors): Ranker {
  return (viewer, candidates) => {
    const of = viewers.get(viewer.id) ?? []
    return byWorth(candidates, ({ id }) => product(of, posts.get(id) ?? []))
  }
}
