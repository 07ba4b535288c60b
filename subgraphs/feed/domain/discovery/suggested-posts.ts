// Explore and reels: an order that a first page fixes, and its pages; and what is related to a post.
import { randomBytes } from 'node:crypto'
import {
  type Cursors,
  fillPage,
  type Page,
  type PageArguments,
  pageOf,
  pageSize,
  type SortKey,
} from '#platform/page.ts'
import { AppError } from '#schema/errors.ts'
import type { Snapshot, SuggestedPostReason } from '../../model.ts'
import type { Store } from '../../store.ts'
import { maxRounds } from '../candidates.ts'
import { blend, type Suggestion } from './blend.ts'
import { endorsements } from './neighbours.ts'
import { deedsOfKin, type SuggestDeps, suggestable, suggestions, type Wish } from './suggest.ts'

export interface SuggestedDeps extends SuggestDeps {
  store: SuggestDeps['store'] & Pick<Store, 'exploreRankings' | 'reelsRankings'>
  cursors: Cursors
  /** The names of topics that may be told, as a process remembers them for a moment. */
  topicNames: () => Promise<ReadonlySet<string>>
}

export type SuggestedPage = Page<{ id: string }, { reason: SuggestedPostReason; topic: string | null }>

/** Posts of one order. */
export const suggestionCap = 300
/** Characters of a topic. */
const longestTopic = 100

/** A page of explore: posts of people whom the viewer does not follow, about a hashtag when one is named; signed out what is popular. */
export function explore(
  deps: SuggestedDeps,
  viewerId: string | null,
  args: PageArguments & { topic?: string | null | undefined },
): Promise<SuggestedPage> {
  const hashtag = topicOf(args.topic)
  const wish: Wish = { kind: null, hashtag, withFollowed: false }
  return suggestedPage(deps, deps.store.exploreRankings, viewerId, args, `explore:${hashtag ?? ''}`, wish)
}

/** A page of reels: videos, best first, by anybody; signed out the popular ones. */
export function reels(
  deps: SuggestedDeps,
  viewerId: string | null,
  args: PageArguments,
): Promise<SuggestedPage> {
  const wish: Wish = { kind: 'REEL', hashtag: null, withFollowed: true }
  return suggestedPage(deps, deps.store.reelsRankings, viewerId, args, 'reels', wish)
}

function topicOf(topic: string | null | undefined): string | null {
  if (topic === null || topic === undefined) return null
  const name = topic.replace(/^#/, '').normalize('NFKC').toLowerCase()
  if (name.length === 0 || topic.length > longestTopic) {
    throw new AppError('BAD_USER_INPUT', `\`topic\` must have 1 to ${longestTopic} characters.`, {
      field: ['topic'],
    })
  }
  return name
}

async function suggestedPage(
  deps: SuggestedDeps,
  rankings: Store['exploreRankings'],
  viewerId: string | null,
  args: PageArguments,
  list: string,
  wish: Wish,
): Promise<SuggestedPage> {
  const size = pageSize(args.first)
  const scope = { list, viewerId }
  const start = deps.cursors.decode(scope, args.after)
  const order =
    viewerId === null
      ? await sharedOrder(deps, rankings, `anyone:${list}`, start, wish)
      : await orderOf(deps, rankings, viewerId, start, size, wish)
  const from = start ? Number(start[1]) + 1 : 0
  const items = order.postIds.map((id, place) => ({ id, place }))
  const {
    items: page,
    hasNextPage,
    last,
  } = await fillPage<{ id: string; place: number }>({
    size,
    read: async (previous, limit) => {
      const first = previous ? previous.place + 1 : from
      return items.slice(first, first + limit)
    },
    visible: (found) => suggestable(deps, found, wish.withFollowed),
    rounds: maxRounds,
  })
  // An order that is kept may have a name that is not to be told any more.
  const nameAt = (place: number) => order.topics?.[place] ?? ''
  const told = page.some(({ place }) => nameAt(place)) ? await deps.topicNames() : new Set<string>()
  const edges = page.map(({ id, place }) => ({
    node: { id },
    reason: order.reasons?.[place] ?? 'NEW',
    topic: told.has(nameAt(place)) ? nameAt(place) : null,
    place,
  }))
  return pageOf(deps.cursors, scope, edges, {
    keyOf: ({ place }) => [order.id, place],
    // An order that could not be kept ends with its page.
    hasNextPage: hasNextPage && order.id !== '',
    end: last && [order.id, last.place],
    hasPreviousPage: start !== null,
  })
}

/** The order that a cursor names, or a new one; one with no name when Redis is away. */
async function orderOf(
  deps: SuggestedDeps,
  rankings: Store['exploreRankings'],
  viewerId: string,
  start: SortKey | null,
  size: number,
  wish: Wish,
): Promise<Snapshot> {
  if (start) return keptOrder(rankings, viewerId, start)
  const now = deps.now()
  const [found, shown] = await Promise.all([
    suggestions(deps, viewerId, wish),
    rankings.seen(viewerId).catch(() => new Set<string>()),
  ])
  const fresh = found.map((suggestion) => ({
    ...suggestion,
    seen: suggestion.seen || shown.has(suggestion.id),
  }))
  const snapshot = snapshotOf(randomBytes(9).toString('base64url'), fresh, now)
  return rankings.keep(viewerId, snapshot, snapshot.postIds.slice(0, size), now).then(
    () => snapshot,
    () => ({ ...snapshot, id: '' }),
  )
}

/** An order for all who are not signed in is made anew so often. */
const sharedMs = 60_000

/** The order that a cursor names, or the one of this minute; one with no name when Redis is away. Nothing in it is about anybody. */
async function sharedOrder(
  deps: SuggestedDeps,
  rankings: Store['exploreRankings'],
  list: string,
  start: SortKey | null,
  wish: Wish,
): Promise<Snapshot> {
  if (start) return keptOrder(rankings, list, start)
  const now = deps.now()
  const name = String(Math.floor(now / sharedMs))
  const make = async (id: string) => snapshotOf(id, await suggestions(deps, null, wish), now)
  return rankings.share(list, name, () => make(name)).catch(() => make(''))
}

async function keptOrder(
  rankings: Store['exploreRankings'],
  ownerId: string,
  start: SortKey,
): Promise<Snapshot> {
  const kept = await rankings.get(ownerId, String(start[0]))
  if (kept) return kept
  throw new AppError('BAD_CURSOR', 'The order of this list is no longer kept: start again without a cursor.')
}

function snapshotOf(id: string, found: readonly Suggestion[], now: number): Snapshot {
  const order = blend(found, now).slice(0, suggestionCap)
  return {
    id,
    postIds: order.map((one) => one.id),
    reasons: order.map(({ reason }) => reason),
    topics: order.map(({ topic }) => topic),
    floor: null,
  }
}

/** Posts that are near one in what they are about, or liked by the same people; the nearest first. None for one that is hidden. */
export async function relatedPosts(
  deps: SuggestedDeps,
  viewerId: string | null,
  postId: string,
  first: number,
): Promise<{ id: string }[]> {
  const size = pageSize(first)
  const post = await deps.visibility.post(postId)
  if (!post) return []
  const { descriptions, signals } = deps.store
  const row = (await descriptions.get([post.id])).get(post.id)
  const [near, deeds] = await Promise.all([
    row?.vector ? descriptions.near(row.model, row.vector, 200) : [],
    deedsOfKin(deps, [{ postId: post.id }], viewerId),
  ])
  const likeness = new Map(near.map(({ id, similarity }) => [id, similarity]))
  const ids = [...new Set([...likeness.keys(), ...deeds.said.map((deed) => deed.postId)])].filter(
    (id) => id !== post.id,
  )
  const [stats, rows] = await Promise.all([signals.stats(ids), descriptions.heads(ids)])
  const endorsed = endorsements(deeds.kin, deeds.said, (id) => stats.get(id)?.deeds ?? 0)
  const all = ids.flatMap((id): Suggestion[] => {
    const found = rows.get(id)
    if (!found) return []
    return [
      {
        id,
        authorId: found.authorId,
        publishedAt: found.publishedAt.getTime(),
        coEngaged: endorsed.get(id) ?? 0,
        similar: Math.max(0, likeness.get(id) ?? 0),
        topic: null,
        foreseen: 0,
        trending: 0,
        rate: 0,
        completion: null,
        shows: Number.POSITIVE_INFINITY,
        seen: false,
      },
    ]
  })
  const shown = await suggestable(deps, all, true)
  return blend(shown, deps.now())
    .slice(0, size)
    .map(({ id }) => ({ id }))
}
