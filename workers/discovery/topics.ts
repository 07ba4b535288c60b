// Topics follow what people post: they are made anew now and then, each beginning where it was.
import {
  clusterVectors,
  nameTopics,
  nearestTopic,
  topicCount,
} from '#subgraphs/feed/domain/discovery/topics.ts'
import type { Store } from '#subgraphs/feed/store.ts'

/** Posts that topics are made of at most: the newest. Fewer than so many make none. */
const mostPosts = 5_000
const fewestPosts = 100
/** Topics stand for so long. */
const restMs = 6 * 3_600_000

/**
 * Makes the topics of a model's vectors anew when it is time, and tells each post its own. Workers that do so at once come to the same,
 * of the same posts. Answers whether it did.
 */
export async function renewTopics(
  { store, now }: { store: Pick<Store, 'descriptions' | 'topics'>; now(): number },
  model: string,
): Promise<boolean> {
  const before = await store.topics.get(model)
  if (before && before.madeAt.getTime() > now() - restMs) return false
  const posts = await store.descriptions.newestOf(model, mostPosts)
  if (posts.length < fewestPosts) return false
  const vectors = posts.map(({ vector }) => vector)
  const centres = await clusterVectors(vectors, topicCount(posts.length), before?.centres)
  const placed = posts.map((post) => ({ ...post, topic: nearestTopic(post.vector, centres) }))
  const names = nameTopics(placed, centres.length)
  await store.topics.put({ model, centres, names, madeAt: new Date(now()) })
  await store.descriptions.setTopics(model, (vector) => nearestTopic(vector, centres))
  return true
}
