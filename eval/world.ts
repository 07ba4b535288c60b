// People with known preferences, what they post, what they are shown and what they do with it: so that it is known what a ranking
// should have found.
//
// What is published is taken from there, and nothing here was fitted to a ranking; docs/evaluation.md names the sources and what
// was assumed for want of one. Seeds 1 to 5 may be looked at while a ranking is made; figures are those of seeds 101 to 110.

import { createRandom, normal } from '#platform/random.ts'
import { wordModel } from '#subgraphs/feed/domain/discovery/vectors.ts'

export interface Post {
  id: string
  authorId: string
  topic: number
  /** How good it is, whoever looks; nobody can read it off. */
  quality: number
  /** In milliseconds since 1970. */
  publishedAt: number
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
  /** The chance that a viewer does something with a post when he is shown it at a moment. */
  chance(viewer: Viewer, post: Post, at: number): number
  random: () => number
}

/** How large a world is. */
export interface WorldSize {
  viewers: number
  authors: number
}
export const fullSize: WorldSize = { viewers: 300, authors: 250 }

/** Published figures. */
const published = {
  /** Posts of an account a week (Manikonda, Hu and Kambhampati, 2014). */
  postsPerWeek: 1,
  /** Followers by an author's place: `place^-0.78`, a power law with exponent 2.276 (Kwak, Lee, Park and Moon, WWW 2010). */
  popularityDecline: 0.78,
  /** Who is reached does something: 1.55 % of followers of the 15.49 % who are reached (Later, 2022, 63 million posts). */
  engagement: 1.55 / 15.49,
  /** The k-th of a list is looked at with the chance `1 / k` (Joachims, Swaminathan and Schnabel, WSDM 2017). */
  positionBias: 1,
  /** What is t hours old is worth `exp(-0.4 t^0.4)` of what it was (Wu and Huberman, PNAS 2007). */
  novelty: (hours: number) => Math.exp(-0.4 * hours ** 0.4),
  /** So many places of a list are given to what was drawn by chance (Gao et al., KuaiRand, CIKM 2022). */
  randomShare: 0.0037,
} as const

/** Assumed: round numbers, for want of a figure. */
const assumed = {
  /** What is known: deeds of two months. */
  weeks: 8,
  followees: 100,
  topics: 12,
  topicsOfViewer: 3,
  /** What speaks for a topic that a viewer likes and against one of the others; their mean is 0. */
  liked: 1.5,
  others: -0.5,
  /** How much more often he follows whose topic he likes. */
  homophily: 3,
  onTopic: 0.8,
  sessionsPerDay: 1,
  discoveryLength: 50,
  wordsOfTopic: 14,
  wordsOfAll: 60,
  wordsEach: 4,
} as const

const dayMs = 86_400_000
const hourMs = 3_600_000
const sigmoid = (x: number) => 1 / (1 + Math.exp(-x))

/** A world of one seed. */
export async function createWorld(seed: number, size: WorldSize = fullSize): Promise<World> {
  const random = createRandom(seed)
  const pick = (below: number) => Math.floor(random() * below)
  const now = 1_800_000_000_000
  const topics = Array.from({ length: size.authors }, () => pick(assumed.topics))
  const viewers = Array.from({ length: size.viewers }, (_, i) => createViewer(i, topics, random))
  const posts: Post[] = []
  const count = size.authors * published.postsPerWeek * assumed.weeks
  for (let i = 0; i < count; i++) {
    const author = pick(size.authors)
    const topic = random() < assumed.onTopic ? (topics[author] ?? 0) : pick(assumed.topics)
    const words = Array.from({ length: assumed.wordsEach }, () => [
      `topic${topic}word${pick(assumed.wordsOfTopic)}`,
      `word${pick(assumed.wordsOfAll)}`,
    ])
    const vector = await wordModel.vectorOf(words.flat().join(' '))
    if (!vector) throw new Error('a post says nothing')
    posts.push({
      id: `post${i}`,
      authorId: `author${author}`,
      topic,
      quality: normal(random),
      publishedAt: now - Math.floor(random() * assumed.weeks * 7 * dayMs),
      vector,
    })
  }
  // Taste, closeness and quality weigh the same.
  const liking = (viewer: Viewer, post: Post) =>
    (viewer.taste[post.topic] ?? 0) + (viewer.follows.get(post.authorId) ?? 0) + post.quality
  const base = baseFor(viewers, posts, liking)
  const chance = (viewer: Viewer, post: Post, at: number) =>
    sigmoid(base + liking(viewer, post)) * published.novelty(Math.max(0, at - post.publishedAt) / hourMs)
  return { viewers, posts, past: pastOf(viewers, posts, chance, random, now), now, chance, random }
}

function createViewer(i: number, topics: readonly number[], random: () => number): Viewer {
  const taste = Array.from({ length: assumed.topics }, () => assumed.others + 0.5 * normal(random))
  const likes = new Set<number>()
  while (likes.size < assumed.topicsOfViewer) likes.add(Math.floor(random() * assumed.topics))
  for (const topic of likes) taste[topic] = (taste[topic] ?? 0) + assumed.liked - assumed.others
  // Authors stand in the order of how many follow them.
  const pull = topics.map(
    (topic, place) =>
      (place + 1) ** -published.popularityDecline * (likes.has(topic) ? assumed.homophily : 1),
  )
  const follows = new Map<string, number>()
  for (const author of drawn(pull, Math.min(assumed.followees, topics.length >> 1), random)) {
    follows.set(`author${author}`, normal(random))
  }
  return { id: `viewer${i}`, taste, follows }
}

/** So many places, without repetition, each the likelier the greater its weight (Efraimidis and Spirakis, 2006), the first drawn first. */
function drawn(weights: readonly number[], count: number, random: () => number): number[] {
  return weights
    .map((weight, place) => ({ place, key: Math.log(1 - random()) / weight }))
    .sort((a, b) => b.key - a.key)
    .slice(0, count)
    .map(({ place }) => place)
}

/** The constant with which new posts by those whom one follows are engaged with as often as is published. */
function baseFor(
  viewers: readonly Viewer[],
  posts: readonly Post[],
  liking: (viewer: Viewer, post: Post) => number,
): number {
  const likings = viewers
    .slice(0, 200)
    .flatMap((viewer) =>
      posts.filter((post) => viewer.follows.has(post.authorId)).map((post) => liking(viewer, post)),
    )
  let [low, high] = [-10, 5]
  for (let i = 0; i < 40; i++) {
    const middle = (low + high) / 2
    const mean = likings.reduce((sum, value) => sum + sigmoid(middle + value), 0) / likings.length
    if (mean > published.engagement) high = middle
    else low = middle
  }
  return low
}

/**
 * What viewers saw: once a day the posts of whom they follow, newest first, and a page of others, drawn by how much was done with
 * them before (Pólya's urn); of both the more the higher it stood, and never the same twice.
 */
function pastOf(
  viewers: readonly Viewer[],
  posts: readonly Post[],
  chance: World['chance'],
  random: () => number,
  now: number,
): Exposure[] {
  const past: Exposure[] = []
  const oldest = posts.toSorted((a, b) => a.publishedAt - b.publishedAt)
  const homes = new Map(
    viewers.map(({ id, follows }) => [id, oldest.filter((post) => follows.has(post.authorId)).reverse()]),
  )
  const seen = new Map(viewers.map(({ id }) => [id, new Set<string>()]))
  const count = assumed.weeks * 7 * assumed.sessionsPerDay
  const sessions = viewers
    .flatMap((viewer) =>
      Array.from({ length: count }, (_, n) => ({
        viewer,
        at: now - ((n + random()) / assumed.sessionsPerDay) * dayMs,
      })),
    )
    .sort((a, b) => a.at - b.at)
  const urn: Post[] = []
  let there = 0
  const anyOf = (list: readonly Post[], below = list.length) => list[Math.floor(random() * below)]
  for (const { viewer, at } of sessions) {
    for (let post = oldest[there]; post && post.publishedAt <= at; post = oldest[++there]) urn.push(post)
    const known = seen.get(viewer.id) ?? new Set()
    const look = (shown: Post | undefined, place: number) => {
      if (random() >= 1 / place ** published.positionBias) return
      const post = random() < published.randomShare ? anyOf(oldest, there) : shown
      if (!post || known.has(post.id)) return
      known.add(post.id)
      const engaged = random() < chance(viewer, post, at)
      if (engaged) urn.push(post)
      past.push({ viewerId: viewer.id, postId: post.id, at, engaged })
    }
    let place = 1
    for (const post of homes.get(viewer.id) ?? []) {
      if (post.publishedAt <= at && !known.has(post.id)) look(post, place++)
    }
    for (place = 1; place <= assumed.discoveryLength; place++) {
      const post = anyOf(urn)
      if (post && !viewer.follows.has(post.authorId)) look(post, place)
    }
  }
  return past
}
