import { expect, test } from 'vitest'
import { createRandom, normal } from '#platform/random.ts'
import { clusterVectors, likedTopics, nameTopics, nearestTopic } from './topics.ts'
import { unit } from './vectors.ts'

/** Vectors of unit length around so many directions, in turn. */
function around(directions: number, count: number, seed = 1): Float32Array[] {
  const random = createRandom(seed)
  return Array.from({ length: count }, (_, i) => {
    const numbers = Float32Array.from({ length: 16 }, (_one, place) => {
      return (place === i % directions ? 1 : 0) + 0.05 * normal(random)
    })
    return unit(numbers) as Float32Array
  })
}
const topicsOf = (vectors: readonly Float32Array[], centres: readonly Float32Array[]) =>
  vectors.map((vector) => nearestTopic(vector, centres))

test('what is about the same is of one topic, and what is not is of another; each time alike', async () => {
  const vectors = around(5, 600)
  const centres = await clusterVectors(vectors, 5)
  const topics = topicsOf(vectors, centres)
  expect(new Set(topics).size).toBe(5)
  expect(topics.every((topic, i) => topic === topics[i % 5])).toBe(true)
  expect(await clusterVectors(vectors, 5)).toEqual(centres)
})

test('topics that are made anew stay what they were, and others come after them', async () => {
  const before = await clusterVectors(around(3, 300), 3)
  const vectors = around(6, 600, 2)
  const after = await clusterVectors(vectors, 6, before)
  const old = topicsOf(vectors.slice(0, 3), before)
  const topics = topicsOf(vectors.slice(0, 6), after)
  expect(topics.slice(0, 3)).toEqual(old)
  expect(topics.slice(3).toSorted()).toEqual([3, 4, 5])
})

test('there are no more topics than there are things to be about, and none of nothing', async () => {
  const [one, other] = around(2, 2)
  if (!one || !other) throw new Error('no vectors')
  expect(await clusterVectors([one, other, one, other], 9)).toHaveLength(2)
  expect(await clusterVectors([], 3)).toEqual([])
  expect(nearestTopic(one, [])).toBeNull()
})

test('a topic has the name of the hashtag that many authors use there and few elsewhere', () => {
  const posts = Array.from({ length: 12 }, (_, i) => ({
    _id: `post_${i}`,
    authorId: `user_${i}`,
    // One author who repeats himself names nothing.
    hashtags: ['love', i % 2 === 0 ? 'baking' : i < 4 ? 'riding' : 'love'],
    topic: i % 2,
  }))
  const loud = Array.from({ length: 20 }, () => ({
    ...{ _id: 'post_loud', authorId: 'user_0', hashtags: ['mine'], topic: 0 },
  }))
  const nowhere = [{ _id: 'post_nowhere', authorId: 'user_1', hashtags: ['baking'], topic: null }]
  const names = nameTopics([...posts, ...loud, ...nowhere], 3)
  expect(names.map((found) => found?.name)).toEqual(['baking', 'love', undefined])
  expect(names[0]?.postIds).toEqual([0, 2, 4, 6, 8, 10].map((i) => `post_${i}`))
})

test.each([
  [
    [2, 1, 2, null, 3, 3, 3],
    [3, 2],
  ],
  [[null, null], []],
  [[], []],
])('of the topics %j those that are liked the most are %j', (topics, liked) => {
  expect(likedTopics(topics, 2)).toEqual(liked)
})
