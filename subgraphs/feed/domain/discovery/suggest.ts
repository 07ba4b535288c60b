// Where suggestions come from, and who may be shown them. A new account, of which nothing is known, gets what trends and what is new.
import { acceptsSensitive, wantsInFeed } from '#platform/policy.ts'
import type { Visibility } from '#platform/visibility.ts'
import type { DescriptionHead, EngagementRow, PostStatsRow } from '../../model.ts'
import type { Store } from '../../store.ts'
import { popularityOf } from '../heat.ts'
import { recentDeeds } from '../personal.ts'
import { rateOf } from '../ranking/knowledge.ts'
import type { Suggestion } from './blend.ts'
import { isForEveryone } from './describe.ts'
import { endorsements, kinship, nearest } from './neighbours.ts'
import { likedTopics } from './topics.ts'
import { meanDirection } from './vectors.ts'

export interface SuggestDeps {
  store: Pick<Store, 'signals' | 'descriptions' | 'topics' | 'towers'>
  visibility: Visibility
  /** Ids of what the viewer hides, posts and accounts; read once a request. */
  hidden: () => Promise<ReadonlySet<string>>
  now: () => number
}

/** What is asked for. */
export interface Wish {
  kind: 'POST' | 'REEL' | null
  hashtag: string | null
  /** Whether posts of people whom the viewer follows are wanted, too. */
  withFollowed: boolean
}

/** How much of the graph and of each source is read: bounds of a look, whoever looks. */
const bounds = {
  seeds: 30,
  takers: 600,
  kin: 60,
  kinDeeds: 1_200,
  near: 150,
  ofTopics: 150,
  hot: 200,
  fresh: 120,
  topic: 500,
}
/** Topics of a viewer: people like several things. */
export const topicsEach = 3
/** What is believed of a video that nobody has watched, as so many looks at half of it. */
const usualWatches = 4

/** The posts, of those that are named, that may be suggested to the viewer, in order. */
export async function suggestable<T extends { id: string }>(
  deps: Pick<SuggestDeps, 'visibility' | 'hidden' | 'now'>,
  items: readonly T[],
  withFollowed: boolean,
): Promise<T[]> {
  const { visibility } = deps
  const { viewerId } = visibility
  const now = deps.now()
  const [hidden, viewer] = await Promise.all([deps.hidden(), viewerId ? visibility.account(viewerId) : null])
  const verdicts = await Promise.all(
    items.map(async ({ id }) => {
      const post = await visibility.post(id)
      if (!post || !isForEveryone(post) || post.authorId === viewerId) return false
      if (hidden.has(id) || hidden.has(post.authorId)) return false
      if (post.sensitive && !acceptsSensitive(viewer, now)) return false
      const [author, relation] = await Promise.all([
        visibility.account(post.authorId),
        visibility.relation(post.authorId),
      ])
      if (!author || author.isPrivate || !author.emailVerified || !wantsInFeed(relation, now)) return false
      return withFollowed || relation.follow !== 'FOLLOWING'
    }),
  )
  return items.filter((_, i) => verdicts[i])
}

/** All that may be suggested to a viewer, with what the sources say for it. Reads a bounded part of what there is. */
export async function suggestions(
  deps: SuggestDeps,
  viewerId: string | null,
  wish: Wish,
): Promise<Suggestion[]> {
  const { signals, descriptions, towers } = deps.store
  const recent = await recentDeeds(deps, bounds.seeds)
  const filter = {
    ...(wish.kind ? { kind: wish.kind } : {}),
    ...(wish.hashtag ? { hashtag: wish.hashtag } : {}),
  }
  const recentIds = recent.map(({ postId }) => postId)
  const [deeds, alike, interest, foresight, hottest, fresh] = await Promise.all([
    deedsOfKin(deps, recent, viewerId),
    aboutTheSame(deps, recentIds, wish.kind),
    descriptions.interestIn(recentIds),
    // Who refuses to be known by what he does has no recent deeds here.
    viewerId === null || recent.length === 0 ? null : towers.foresee(viewerId, recentIds, bounds.near),
    signals.hottest(wish.kind, bounds.hot),
    descriptions.newest(filter, wish.hashtag ? bounds.topic : bounds.fresh),
  ])
  const known = new Set([
    ...deeds.said.map(({ postId }) => postId),
    ...alike.ids,
    ...alike.ofTopics.map(({ _id }) => _id),
    ...(foresight?.nearest ?? []),
  ])
  for (const { _id } of hottest) known.add(_id)
  const freshIds = new Set(fresh.map(({ _id }) => _id))
  const ids = wish.hashtag ? [...freshIds] : [...new Set([...known, ...freshIds])]
  const done = new Set(recent.map(({ postId }) => postId))
  return weigh(
    deps,
    viewerId,
    ids.filter((id) => !done.has(id)),
    wish,
    {
      ...{ deeds, interest, topicOf: alike.topicOf, foreseen: foresight?.of ?? (() => 0) },
      heads: [...fresh, ...alike.ofTopics],
    },
  )
}

interface Said {
  deeds: { kin: Map<string, number>; said: EngagementRow[] }
  /** How near a post is to what the viewer likes. */
  interest: (postId: string) => number
  /** Which of the topics that the viewer likes a post is of. */
  topicOf: (post: DescriptionHead) => Suggestion['topic']
  /** How much the towers foresee that he will like a post. */
  foreseen: (postId: string) => number
  /** Those posts that were read already. */
  heads: readonly DescriptionHead[]
}

/** Puts together what is known of posts, and drops those that the viewer may not be shown. */
async function weigh(
  deps: SuggestDeps,
  viewerId: string | null,
  ids: readonly string[],
  wish: Wish,
  { deeds, interest, topicOf, foreseen, heads }: Said,
): Promise<Suggestion[]> {
  const { signals, descriptions } = deps.store
  const described = new Map(heads.map((row) => [row._id, row]))
  const [stats, others, seen] = await Promise.all([
    signals.stats(ids),
    descriptions.heads(ids.filter((id) => !described.has(id))),
    viewerId === null ? new Set<string>() : signals.seenAmong(viewerId, ids),
  ])
  for (const [id, row] of others) described.set(id, row)
  const endorsed = endorsements(deeds.kin, deeds.said, (id) => stats.get(id)?.deeds ?? 0)
  const now = deps.now()
  const all = ids.flatMap((id): Suggestion[] => {
    const row = described.get(id)
    if (!row || (wish.kind && row.kind !== wish.kind)) return []
    const sums = stats.get(id)
    const completion = wish.kind === 'REEL' ? completionOf(sums, row.durationMs) : null
    const said = {
      ...{ coEngaged: endorsed.get(id) ?? 0, similar: interest(id), foreseen: foreseen(id) },
      topic: topicOf(row),
    }
    return [{ ...suggestionOf(row, sums, now), ...said, completion, seen: seen.has(id) }]
  })
  return suggestable(deps, all, wish.withFollowed)
}

/** What all viewers together say for a post. */
export function suggestionOf(
  { _id, authorId, publishedAt }: Pick<DescriptionHead, '_id' | 'authorId' | 'publishedAt'>,
  sums: Pick<PostStatsRow, 'heat' | 'deeds' | 'shows'> | undefined,
  now: number,
): Omit<Suggestion, 'coEngaged' | 'similar' | 'topic' | 'foreseen' | 'completion' | 'seen'> {
  return {
    id: _id,
    authorId,
    publishedAt: publishedAt.getTime(),
    trending: popularityOf(sums?.heat, now),
    rate: rateOf(sums),
    shows: sums?.shows ?? 0,
  }
}

/** How much of a video its viewers watch, pulled towards the half while few have. */
export function completionOf(
  stats: { watchedMs: number; watches: number } | undefined,
  durationMs: number | null,
): number {
  const length = durationMs ?? 15_000
  const watched = (stats?.watchedMs ?? 0) + (usualWatches * length) / 2
  return Math.min(1, watched / (((stats?.watches ?? 0) + usualWatches) * length))
}

/** What those did lately who did something with the same posts. */
export async function deedsOfKin(
  { store }: Pick<SuggestDeps, 'store'>,
  recent: readonly Pick<EngagementRow, 'postId'>[],
  viewerId: string | null,
): Promise<Said['deeds']> {
  if (recent.length === 0) return { kin: new Map(), said: [] }
  const seeds = new Set(recent.map(({ postId }) => postId))
  const taken = await store.signals.recentWith([...seeds], bounds.takers)
  const kin = kinship(seeds, taken, viewerId)
  const near = nearest(kin, bounds.kin)
  const said = near.length > 0 ? await store.signals.recentOfMany(near, bounds.kinDeeds) : []
  return { kin, said: said.filter(({ postId }) => !seeds.has(postId)) }
}

/** Posts about what the viewer's recent ones are about: near them, or of the topics that he likes. */
async function aboutTheSame(
  { store }: Pick<SuggestDeps, 'store'>,
  recentIds: readonly string[],
  kind: Wish['kind'],
): Promise<{ ids: Set<string>; ofTopics: DescriptionHead[]; topicOf: Said['topicOf'] }> {
  const rows = await store.descriptions.get(recentIds)
  const ids = new Set<string>()
  const ofTopics: DescriptionHead[] = []
  const liked = new Map<string, Map<number, { name: string | null }>>()
  for (const [model, group] of Map.groupBy(
    recentIds.flatMap((id) => rows.get(id) ?? []),
    (row) => row.model,
  )) {
    const vectors = group.flatMap(({ vector }) => vector ?? [])
    // One look around the middle of what he likes, and one around each of the last few: people like several things.
    const middle = meanDirection(vectors)
    const look = async () => {
      for (const vector of [...(middle ? [middle] : []), ...vectors.slice(0, 5)]) {
        for (const { id } of await store.descriptions.near(model, vector, bounds.near)) ids.add(id)
      }
    }
    const likes = likedTopics(
      group.map(({ topic }) => topic),
      topicsEach,
    )
    const [named, found] = await Promise.all([
      likes.length > 0 ? store.topics.get(model) : null,
      likes.length > 0 ? store.descriptions.ofTopics(model, likes, kind, bounds.ofTopics) : [],
      look(),
    ])
    ofTopics.push(...found)
    liked.set(model, new Map(likes.map((topic) => [topic, { name: named?.names[topic]?.name ?? null }])))
  }
  return {
    ids,
    ofTopics,
    topicOf: ({ model, topic }) => (topic === null ? null : (liked.get(model)?.get(topic) ?? null)),
  }
}
