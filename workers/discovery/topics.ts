// Topics follow what people post: they are made anew now and then, each beginning where it was.
import type { Accounts } from '#platform/accounts.ts'
import type { Posts } from '#platform/posts.ts'
import { countingPosts } from '#subgraphs/feed/domain/discovery/topic-names.ts'
import {
  clusterVectors,
  nameTopics,
  nearestTopic,
  topicCount,
} from '#subgraphs/feed/domain/discovery/topics.ts'
import type { Store } from '#subgraphs/feed/store.ts'

export interface TopicDeps {
  store: Pick<Store, 'descriptions' | 'topics'>
  posts: Pick<Posts, 'get'>
  accounts: Pick<Accounts, 'get'>
  now(): number
}

/** Posts that topics are made of at most: the newest. Fewer than so many make none. */
const mostPosts = 5_000
const fewestPosts = 100
/** Topics stand for so long. */
const restMs = 6 * 3_600_000
/** Who makes them is given so long to tell the posts; another does so then. */
const tellingMs = 10 * 60_000

/**
 * Makes the topics of a model's vectors anew when it is time, and tells each post its own. Of workers that do so at once one does, and
 * when he dies over it another goes on. Answers whether it told them. Rejects when the signal aborts.
 */
export async function renewTopics(deps: TopicDeps, model: string, signal: AbortSignal): Promise<boolean> {
  const { store, now } = deps
  const before = await store.topics.get(model)
  const age = before ? now() - before.madeAt.getTime() : Number.POSITIVE_INFINITY
  if (before && age < restMs) {
    if (before.told || age < tellingMs) return false
    await tellPosts(deps, before, signal)
    return true
  }
  const posts = await store.descriptions.newestOf(model, mostPosts)
  if (posts.length < fewestPosts) return false
  const vectors = posts.map(({ vector }) => vector)
  const centres = await clusterVectors(vectors, topicCount(posts.length), before?.centres, signal)
  const tagged = posts.filter(({ hashtags }) => hashtags.length > 0)
  const counting = await countingPosts(
    deps,
    tagged.map(({ _id }) => _id),
  )
  const naming = tagged
    .filter(({ _id }) => counting.has(_id))
    .map((post) => ({ ...post, topic: nearestTopic(post.vector, centres) }))
  const topics = { model, centres, names: nameTopics(naming, centres.length), madeAt: new Date(now()) }
  if (!(await store.topics.put(topics, before?.madeAt ?? null))) return false
  await tellPosts(deps, topics, signal)
  return true
}

async function tellPosts(
  { store }: Pick<TopicDeps, 'store'>,
  { model, centres, madeAt }: { model: string; centres: readonly Float32Array[]; madeAt: Date },
  signal: AbortSignal,
): Promise<void> {
  await store.descriptions.setTopics(model, (vector) => nearestTopic(vector, centres), signal)
  await store.topics.setTold(model, madeAt)
}
