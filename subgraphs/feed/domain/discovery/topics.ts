// Topics: clusters of what posts are about, by k-means over their vectors (Lloyd, 1982) with cosines (Dhillon and Modha, 2001) and
// starting points that lie apart (k-means++, Arthur and Vassilvitskii, 2007).
import { setImmediate as pause } from 'node:timers/promises'
import { createRandom } from '#platform/random.ts'
import type { DescriptionHead } from '../../model.ts'
import { cosine, meanDirection } from './vectors.ts'

/** Turns at most; topics that begin where the last ones were hardly move. */
const turns = 8
/** Vectors that are compared before others get their turn: some ten milliseconds. */
const perBreath = 500
/** A hashtag is a topic's name when so many authors use it there. */
export const fewestAuthors = 3
/** Posts that are kept with a name at most: some more than it needs, so that one who goes does not take it along. */
const mostWitnesses = 10

/** A topic's name, and some posts that use it, each by another author: it may be told while enough of them may be seen by everybody. */
export interface TopicName {
  name: string
  postIds: string[]
}

/** How many topics so many posts have. */
export const topicCount = (posts: number): number => Math.ceil(Math.sqrt(posts / 2))

/** The place of the centre that is nearest to a vector; null when there is none. */
export function nearestTopic(vector: Float32Array, centres: readonly Float32Array[]): number | null {
  let [nearest, most]: [number | null, number] = [null, Number.NEGATIVE_INFINITY]
  for (const [place, centre] of centres.entries()) {
    const likeness = cosine(vector, centre)
    if (likeness > most) [nearest, most] = [place, likeness]
  }
  return nearest
}

/**
 * Centres of so many clusters of vectors of unit length; fewer when there are fewer directions. Those of `before` are where the first
 * begin, so that a topic stays what it was. Rejects when the signal aborts.
 */
export async function clusterVectors(
  vectors: readonly Float32Array[],
  count: number,
  before: readonly Float32Array[] = [],
  signal?: AbortSignal,
): Promise<Float32Array[]> {
  const breathe = () => pause(undefined, { signal })
  let centres = await startingPoints(vectors, count, before, breathe)
  let places: (number | null)[] = []
  for (let turn = 0; turn < turns; turn++) {
    const found: (number | null)[] = []
    for (const [i, vector] of vectors.entries()) {
      if (i % perBreath === 0) await breathe()
      found.push(nearestTopic(vector, centres))
    }
    if (found.every((place, i) => place === places[i])) break
    places = found
    const members = Map.groupBy(vectors.keys(), (i) => places[i])
    centres = centres.map((centre, place) => {
      const own = (members.get(place) ?? []).flatMap((i) => vectors[i] ?? [])
      return (own.length > 0 && meanDirection(own, centre.length)) || centre
    })
  }
  return centres
}

/** The first of `before`, then vectors that are drawn, each the likelier the farther it is from those that are there. */
async function startingPoints(
  vectors: readonly Float32Array[],
  count: number,
  before: readonly Float32Array[],
  breathe: () => Promise<void>,
): Promise<Float32Array[]> {
  // Always the same: who makes topics of the same posts makes the same topics.
  const random = createRandom(1)
  const points = before.slice(0, count)
  /** From each vector to the nearest point; 2 is the farthest that there is. */
  const distances = vectors.map(() => 2)
  const approach = async (point: Float32Array) => {
    await breathe()
    for (const [i, vector] of vectors.entries())
      distances[i] = Math.min(distances[i] ?? 0, Math.max(0, 1 - cosine(vector, point)))
  }
  for (const point of points) await approach(point)
  while (points.length < count) {
    const sum = distances.reduce((total, distance) => total + distance ** 2, 0)
    const drawn = random() * sum
    let passed = 0
    const place = distances.findIndex((distance) => {
      passed += distance ** 2
      return passed > drawn
    })
    const point = vectors[place]
    // Every vector is a point already.
    if (!point || sum < 1e-9) break
    points.push(point)
    await approach(point)
  }
  return points
}

/** The hashtag that tells the most of each topic: used there by many, and elsewhere by few; null where there is none. */
export function nameTopics(
  posts: readonly (Pick<DescriptionHead, '_id' | 'authorId' | 'hashtags'> & { topic: number | null })[],
  count: number,
): (TopicName | null)[] {
  const uses = posts.flatMap(({ _id: postId, authorId, hashtags, topic }) =>
    hashtags.map((hashtag) => ({ hashtag, postId, authorId, topic })),
  )
  const byHashtag = Map.groupBy(uses, ({ hashtag }) => hashtag)
  const names = Array.from({ length: count }, () => ({ best: null as TopicName | null, worth: 0 }))
  for (const [name, all] of byHashtag) {
    const everywhere = new Set(all.map(({ authorId }) => authorId)).size
    for (const [topic, here] of Map.groupBy(all, (use) => use.topic)) {
      const byAuthor = new Map(here.map(({ authorId, postId }) => [authorId, postId]))
      const found = topic === null ? undefined : names[topic]
      const worth = byAuthor.size ** 2 / everywhere
      if (!found || byAuthor.size < fewestAuthors || worth <= found.worth) continue
      const postIds = [...byAuthor.values()].slice(0, mostWitnesses)
      Object.assign(found, { best: { name, postIds }, worth })
    }
  }
  return names.map(({ best }) => best)
}

/** The topics of which somebody likes the most, at most so many, the most liked first. */
export function likedTopics(topics: readonly (number | null)[], limit: number): number[] {
  return [...Map.groupBy(topics, (topic) => topic)]
    .flatMap(([topic, deeds]) => (topic === null ? [] : [{ topic, deeds: deeds.length }]))
    .sort((a, b) => b.deeds - a.deeds || a.topic - b.topic)
    .slice(0, limit)
    .map(({ topic }) => topic)
}
