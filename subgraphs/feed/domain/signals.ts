// What viewers do, as the ranking learns from it: events become deeds and looks, and those become sums by post and by author.
import type { FactModel } from '#platform/facts.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { Posts } from '#platform/posts.ts'
import { type Relations, relationKey } from '#platform/relations.ts'
import type { DomainEvent } from '#schema/events.ts'
import { type AccountFacts, type PostFacts, stranger } from '#schema/facts.ts'
import { isId } from '#schema/ids.ts'
import type { AffinityRow, DeedKind, EngagementRow, PostStatsRow, SeenRow } from '../model.ts'
import type { Store } from '../store.ts'
import { addHeat, affinityHalfLifeMs, heatHalfLifeMs, heatOf } from './heat.ts'
import { tasteFrom } from './personal.ts'
import { featuresOf } from './ranking/features.ts'
import { type Taste, tasteDeeds } from './ranking/taste.ts'

/** What a deed of each kind is worth. */
export const deedWeights: Readonly<Record<DeedKind, number>> = {
  LIKE: 1,
  COMMENT: 2,
  SAVE: 2,
  SHARE: 3,
  CLICK: 0.5,
  WATCH: 1,
  MORE: 4,
}
/** A look that lasts speaks for the author a little, one that ends at once against him. In milliseconds. */
const longLookMs = 3_000
const shortLookMs = 500
/** From then on a video was watched. */
const watchedMs = 10_000
const longLookWeight = 0.2
const skipWeight = 0.1
/** How much it speaks against an account that one tells moderators of it, or of a post of its. */
const reportWeight = 5

/** Events that the ranking learns from. */
export type SignalEvent = DomainEvent<
  | 'post.liked'
  | 'post.unliked'
  | 'post.saved'
  | 'post.unsaved'
  | 'post.shared'
  | 'comment.created'
  | 'content.reported'
  | 'impressions.recorded'
>

/** Something that was done with a post, or taken back. */
export interface Deed {
  viewerId: string
  postId: string
  kind: DeedKind
  undone: boolean
  at: number
}

/** A post on a viewer's screen. */
export interface Look {
  viewerId: string
  postId: string
  surface: string
  dwellMs: number
  watchedMs: number
  at: number
}

/** That a viewer wants no more of an author. */
export interface Rejection {
  viewerId: string
  authorId: string
  at: number
}

/** What an event says was done. */
export function deedsOf({ name, payload, at }: SignalEvent): Deed[] {
  const deed = (viewerId: string, postId: string, kind: DeedKind, undone = false): Deed => ({
    viewerId,
    postId,
    kind,
    undone,
    at: at.getTime(),
  })
  if (name === 'impressions.recorded' && 'impressions' in payload) {
    return payload.impressions.flatMap(({ subjectId, clicked, watchedMs: watched }) => {
      if (!isId(subjectId, 'post')) return []
      const kinds: DeedKind[] = [...(clicked ? ['CLICK' as const] : [])]
      if (watched >= watchedMs) kinds.push('WATCH')
      return kinds.map((kind) => deed(payload.userId, subjectId, kind))
    })
  }
  if ('impressions' in payload || 'reporterId' in payload) return []
  if ('commentId' in payload) return [deed(payload.authorId, payload.postId, 'COMMENT')]
  const { userId, postId } = payload
  if (name === 'post.shared') return [deed(userId, postId, 'SHARE')]
  if (name === 'post.saved' || name === 'post.unsaved')
    return [deed(userId, postId, 'SAVE', name === 'post.unsaved')]
  return [deed(userId, postId, 'LIKE', name === 'post.unliked')]
}

/** What an event says was looked at. */
export function looksOf({ payload, at }: SignalEvent): Look[] {
  if (!('impressions' in payload)) return []
  return payload.impressions.flatMap((impression) =>
    isId(impression.subjectId, 'post')
      ? [
          {
            viewerId: payload.userId,
            postId: impression.subjectId,
            surface: impression.surface,
            dwellMs: impression.dwellMs,
            watchedMs: impression.watchedMs,
            at: at.getTime(),
          },
        ]
      : [],
  )
}

/** What an event says was rejected. */
export function rejectionsOf({ payload, at }: SignalEvent): Rejection[] {
  return 'reporterId' in payload
    ? [{ viewerId: payload.reporterId, authorId: payload.ownerId, at: at.getTime() }]
    : []
}

/** What a post's rows gain. */
export type PostGain = Pick<PostStatsRow, 'shows' | 'skips' | 'deeds' | 'watchedMs' | 'watches' | 'heat'> &
  Pick<PostStatsRow, 'authorId' | 'kind'>
export type AffinityGain = Pick<AffinityRow, 'viewerId' | 'authorId' | 'warmth' | 'coolness'>

/** What deeds, looks and rejections change: rows of engagements as they become, first looks, and what sums gain. */
export interface Lesson {
  engagements: Map<string, EngagementRow>
  looks: (Look & { authorId: string })[]
  posts: Map<string, PostGain>
  affinities: Map<string, AffinityGain>
}

/** Rows that are there before a lesson, and the posts that it is about. */
export interface Known {
  engagements: ReadonlyMap<string, EngagementRow>
  seen: ReadonlySet<string>
  posts: ReadonlyMap<string, { authorId: string; kind: 'POST' | 'REEL' }>
}

/** Works out what deeds, looks and rejections change. What one does with one's own posts teaches nothing. */
export function lessonOf(
  deeds: readonly Deed[],
  looks: readonly Look[],
  known: Known,
  rejections: readonly Rejection[] = [],
): Lesson {
  const lesson: Lesson = { engagements: new Map(), looks: [], posts: new Map(), affinities: new Map() }
  const gainOf = (postId: string, post: { authorId: string; kind: 'POST' | 'REEL' }): PostGain => {
    const { authorId, kind } = post
    const none = { authorId, kind, shows: 0, skips: 0, deeds: 0, watchedMs: 0, watches: 0, heat: null }
    return entry(lesson.posts, postId, () => none)
  }
  const affinityOf = (viewerId: string, authorId: string): AffinityGain =>
    entry(lesson.affinities, pairKey(viewerId, authorId), () => ({
      viewerId,
      authorId,
      warmth: null,
      coolness: null,
    }))

  for (const { viewerId, postId, kind, undone, at } of deeds) {
    const post = known.posts.get(postId)
    if (!post || post.authorId === viewerId) continue
    const _id = pairKey(viewerId, postId)
    const before = lesson.engagements.get(_id) ?? known.engagements.get(_id)
    const now = (before?.now ?? []).filter((held) => held !== kind)
    const ever = before?.ever ?? []
    const isFirst = !ever.includes(kind)
    if (undone && !before) continue
    lesson.engagements.set(_id, {
      _id,
      viewerId,
      postId,
      authorId: post.authorId,
      postKind: post.kind,
      ever: isFirst && !undone ? [...ever, kind] : ever,
      now: undone ? now : [...now, kind],
      at: new Date(Math.max(at, before?.at.getTime() ?? 0)),
    })
    if (undone || !isFirst) continue
    const weight = deedWeights[kind]
    const gain = gainOf(postId, post)
    gain.deeds += weight
    gain.heat = addHeat(gain.heat, heatOf(weight, at, heatHalfLifeMs))
    const affinity = affinityOf(viewerId, post.authorId)
    affinity.warmth = addHeat(affinity.warmth, heatOf(weight, at, affinityHalfLifeMs))
  }

  const seen = new Set(known.seen)
  for (const look of looks) {
    const post = known.posts.get(look.postId)
    const key = pairKey(look.viewerId, look.postId)
    if (!post || post.authorId === look.viewerId || seen.has(key)) continue
    seen.add(key)
    lesson.looks.push({ ...look, authorId: post.authorId })
    const gain = gainOf(look.postId, post)
    gain.shows += 1
    gain.watchedMs += look.watchedMs
    gain.watches += look.watchedMs > 0 ? 1 : 0
    const isSkip = Math.max(look.dwellMs, look.watchedMs) < shortLookMs
    gain.skips += isSkip ? 1 : 0
    if (!isSkip && look.dwellMs < longLookMs) continue
    const affinity = affinityOf(look.viewerId, post.authorId)
    if (isSkip)
      affinity.coolness = addHeat(affinity.coolness, heatOf(skipWeight, look.at, affinityHalfLifeMs))
    else affinity.warmth = addHeat(affinity.warmth, heatOf(longLookWeight, look.at, affinityHalfLifeMs))
  }

  for (const { viewerId, authorId, at } of rejections) {
    const affinity = affinityOf(viewerId, authorId)
    affinity.coolness = addHeat(affinity.coolness, heatOf(reportWeight, at, affinityHalfLifeMs))
  }
  return lesson
}

/** Id of a row about a viewer and a post or an author. */
export const pairKey = (viewerId: string, subjectId: string): string => `${viewerId}:${subjectId}`

function entry<V>(map: Map<string, V>, key: string, make: () => V): V {
  const found = map.get(key)
  if (found !== undefined) return found
  const made = make()
  map.set(key, made)
  return made
}

export interface LearnDeps {
  store: Pick<Store, 'signals' | 'rankings' | 'towers' | 'descriptions'>
  posts: Pick<Posts, 'get'>
  relations: Pick<Relations, 'get'>
  accounts: Pick<FactModel<AccountFacts>, 'get'>
  transact: Transact<'feed'>
  /** Those of a batch that nobody has learned from yet, claimed in the transaction. */
  claim<E extends DomainEvent>(tx: Transaction, batch: readonly E[]): Promise<E[]>
}

/** Learns from a batch of events; from each once, however often it comes. */
export async function learn(deps: LearnDeps, batch: readonly SignalEvent[]): Promise<void> {
  const { signals, rankings } = deps.store
  const postIds = new Set(
    batch.flatMap((event) => [...deedsOf(event), ...looksOf(event)]).map((d) => d.postId),
  )
  const [posts, refusing] = await Promise.all([deps.posts.get([...postIds]), refusingAmong(deps, batch)])
  const tastes = await tastesAt(
    deps,
    batch.flatMap(looksOf).filter(({ viewerId, surface }) => surface === 'HOME' && !refusing.has(viewerId)),
  )
  const lesson = await deps.transact(async (tx) => {
    const fresh = await deps.claim(tx, batch)
    const deeds = fresh.flatMap(deedsOf)
    const looks = fresh.flatMap(looksOf)
    const [engagements, seen] = await signals.known(
      deeds.map((deed) => pairKey(deed.viewerId, deed.postId)),
      looks.map((look) => pairKey(look.viewerId, look.postId)),
      tx.session,
    )
    const made = lessonOf(deeds, looks, { engagements, seen, posts }, fresh.flatMap(rejectionsOf))
    for (const [pair, { viewerId }] of made.affinities)
      if (refusing.has(viewerId)) made.affinities.delete(pair)
    await signals.apply(made, await seenRows(deps, made, posts, tastes), tx.session)
    return made
  })
  // Only to have the next look right: what was on a screen sinks, and MongoDB has it.
  for (const [viewerId, looks] of Map.groupBy(lesson.looks, (look) => look.viewerId)) {
    await rankings.see(viewerId, looks).catch(() => {})
  }
}

/** Those who did something in a batch and do not want to be known by it: of them no liking is kept. */
async function refusingAmong(
  { accounts }: Pick<LearnDeps, 'accounts'>,
  batch: readonly SignalEvent[],
): Promise<ReadonlySet<string>> {
  const viewerIds = new Set(
    batch.map(({ payload }) => {
      if ('reporterId' in payload) return payload.reporterId
      return 'authorId' in payload ? payload.authorId : payload.userId
    }),
  )
  const facts = await accounts.get([...viewerIds])
  return new Set([...facts.values()].flatMap((one) => (one.refusesPersonalisation ? [one.id] : [])))
}

/** Forgets what they are thought to like, and what spoke for what they saw, of those who refuse to be known by what they do. */
export async function forgetRefusing(
  deps: Pick<LearnDeps, 'accounts'> & { store: Pick<Store, 'signals' | 'towers'> },
  viewerIds: readonly string[],
): Promise<void> {
  for (const { id, refusesPersonalisation } of (await deps.accounts.get(viewerIds)).values())
    if (refusesPersonalisation)
      await Promise.all([deps.store.signals.forgetLiking(id), deps.store.towers.forgetViewer(id)])
}

/**
 * Rows of first looks. Those at the home feed keep what the ranking knew, which is what its weights are trained from: those of who
 * refuses personalisation, who has no taste here, keep nothing.
 */
async function seenRows(
  deps: LearnDeps,
  { looks }: Lesson,
  posts: ReadonlyMap<string, { kind: PostFacts['kind']; publishedAt: number | null }>,
  tastes: ReadonlyMap<string, Taste>,
): Promise<SeenRow[]> {
  const home = looks.filter(({ surface }) => surface === 'HOME')
  const [relations, knowledge] = await Promise.all([
    deps.relations.get(home.map(({ viewerId, authorId }) => relationKey(viewerId, authorId))),
    deps.store.signals.knowledgeOfPairs(home),
  ])
  const signalsOf = (look: Lesson['looks'][number], taste: Taste) => {
    const { viewerId, postId, authorId, at } = look
    const { kind = 'POST', publishedAt } = posts.get(postId) ?? {}
    const relation = relations.get(relationKey(viewerId, authorId)) ?? stranger
    const candidate = { id: postId, authorId, kind, publishedAt: publishedAt ?? 0, relation }
    const around = { viewerId, seenIds: new Set<string>(), now: at, knowledge: knowledge(viewerId, taste) }
    return featuresOf(candidate, around).signals
  }
  return looks.map((look) => {
    const { viewerId, postId, surface, at, dwellMs, watchedMs } = look
    const _id = pairKey(viewerId, postId)
    const taste = surface === 'HOME' ? tastes.get(_id) : undefined
    const signals = taste ? signalsOf(look, taste) : null
    return { _id, viewerId, postId, surface, at: new Date(at), dwellMs, watchedMs, signals }
  })
}

/**
 * What viewers' deeds before their looks said of what they were shown, by viewer and post: not the deed that is to be foretold. Content
 * types say nothing here: what is usual is a matter of all that was offered, of which a look does not tell.
 */
async function tastesAt(
  { store }: Pick<LearnDeps, 'store'>,
  looks: readonly Look[],
): Promise<ReadonlyMap<string, Taste>> {
  const byViewer = Map.groupBy(looks, ({ viewerId }) => viewerId)
  const viewers = Array.from(byViewer, ([viewerId, own]) => ({
    viewerId,
    until: Math.max(...own.map(({ at }) => at)),
  }))
  const deeds = await store.signals.recentOfEach(viewers, tasteDeeds)
  const tastes = new Map<string, Taste>()
  // Looks of one page have nearly always the same deeds before them.
  const made = new Map<string, Taste>()
  for (const { viewerId, postId, at } of looks) {
    const before = (deeds.get(viewerId) ?? []).filter(
      (deed) => deed.postId !== postId && deed.at.getTime() <= at,
    )
    const same = [viewerId, at, ...before.map((deed) => deed.postId)].join()
    const taste = made.get(same) ?? { ...(await tasteFrom(store, before, [], at)), contentType: () => 0 }
    made.set(same, taste)
    tastes.set(pairKey(viewerId, postId), taste)
  }
  return tastes
}
