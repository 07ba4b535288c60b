// People with known preferences, what they post and what they do with it: so that it is known what a ranking should have found.
import { wordModel } from '#subgraphs/feed/domain/discovery/vectors.ts'
import { createRandom, normal } from './random.ts'

export interface Post {
  id: string
  authorId: string
  topic: number
  /** How good it is, whoever looks; nobody can read it off. */
  quality: number
  /** In milliseconds since 1970. */
  publishedAt: number
  words: string[]
  vector: Float32Array
}

export interface Viewer {
  id: string
  /** How much he likes each topic. */
  taste: number[]
  /** Authors whom he follows, with how much he cares for each. */
  follows: Map<string, number>
}

/** Something that a viewer did with a post that he was shown. */
export interface Exposure {
  viewerId: string
  postId: string
  at: number
  engaged: boolean
}

export interface World {
  viewers: Viewer[]
  posts: Post[]
  /** What is known when the ranking is asked, in the order of time. */
  past: Exposure[]
  /** When it is asked. */
  now: number
  /** The chance that a viewer does something with a post when he is shown it: now, or, in the past, within a day of its publication. */
  chance(viewer: Viewer, post: Post, isPast?: boolean): number
  random: () => number
}

const counts = {
  viewers: 240,
  authors: 120,
  topics: 12,
  posts: 1_500,
  looks: 90,
  wordsOfTopic: 14,
  wordsOfAll: 60,
}
const days = 14
const dayMs = 86_400_000

/** A world of one seed. */
export async function createWorld(seed: number): Promise<World> {
  const random = createRandom(seed)
  const pick = (below: number) => Math.floor(random() * below)
  const now = 1_800_000_000_000
  const authorTopics = Array.from({ length: counts.authors }, () => pick(counts.topics))
  const viewers = Array.from({ length: counts.viewers }, (_, i): Viewer => {
    const taste = Array.from({ length: counts.topics }, () => -1.2 + 0.3 * normal(random))
    for (let n = 0; n < 3; n++) taste[pick(counts.topics)] = 1.6 + 0.4 * normal(random)
    const follows = new Map<string, number>()
    while (follows.size < 25) {
      const author = pick(counts.authors)
      // People mostly follow what they like, and somebody they know.
      if ((taste[authorTopics[author] ?? 0] ?? 0) < 0 && random() < 0.7) continue
      follows.set(`author${author}`, normal(random))
    }
    return { id: `viewer${i}`, taste, follows }
  })
  const posts: Post[] = []
  for (let i = 0; i < counts.posts; i++) {
    const author = pick(counts.authors)
    const topic = random() < 0.85 ? (authorTopics[author] ?? 0) : pick(counts.topics)
    const words = Array.from({ length: 9 }, (_, n) =>
      n < 4 ? `topic${topic}word${pick(counts.wordsOfTopic)}` : `word${pick(counts.wordsOfAll)}`,
    )
    const vector = await wordModel.vectorOf(words.join(' '))
    if (!vector) throw new Error('a post says nothing')
    const publishedAt = now - Math.floor(random() * days * dayMs)
    posts.push({
      id: `post${i}`,
      authorId: `author${author}`,
      topic,
      quality: 0.8 * normal(random),
      publishedAt,
      words,
      vector,
    })
  }
  const chance = (viewer: Viewer, post: Post, isPast = false) => {
    const closeness = viewer.follows.get(post.authorId) ?? -0.2
    // People care for what is new, and less for what they have missed for days.
    const age = isPast ? 0 : Math.min(7, (now - post.publishedAt) / dayMs)
    const liking = 1.1 * (viewer.taste[post.topic] ?? 0) + 0.9 * closeness + post.quality
    return 1 / (1 + Math.exp(1.3 - liking + 0.35 * age))
  }
  return { viewers, posts, past: pastOf(viewers, posts, chance, random, now), now, chance, random }
}

/** What viewers saw: mostly posts of whom they follow, some that many see, some by chance; never what was not there yet. */
function pastOf(
  viewers: readonly Viewer[],
  posts: readonly Post[],
  chance: World['chance'],
  random: () => number,
  now: number,
): Exposure[] {
  const past: Exposure[] = []
  for (const viewer of viewers) {
    const ofFollowed = posts.filter((post) => viewer.follows.has(post.authorId))
    const seen = new Set<string>()
    for (let i = 0; i < counts.looks; i++) {
      const pool = random() < 0.5 ? ofFollowed : posts
      const post = pool[Math.floor(random() * pool.length)]
      if (!post || seen.has(post.id)) continue
      const at = post.publishedAt + Math.floor(random() * dayMs)
      if (at > now) continue
      seen.add(post.id)
      past.push({ viewerId: viewer.id, postId: post.id, at, engaged: random() < chance(viewer, post, true) })
    }
  }
  return past.sort((a, b) => a.at - b.at)
}
