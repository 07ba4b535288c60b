// Folding: what rows have that their counters lack goes into the counters, both in one transaction. A row says itself whether
// it is counted, so an event that comes twice, late or never cannot make a count wrong. A batch of likes of one hot post
// is one increment.
import type { Transact, Transaction } from '#platform/mongo.ts'
import { relationKey } from '#platform/relations.ts'
import type { Facts } from '#platform/visibility.ts'
import {
  type CommentRow,
  type Counter,
  newestKept,
  type ReactionKind,
  type ReactionRow,
  type Subject,
} from '../model.ts'
import type { Store } from '../store.ts'
import { tellLikeMilestones } from './announcements.ts'

export interface CounterDeps {
  store: Store
  transact: Transact<'engagement'>
  now(): Date
}

/** Folding, which must also know what is gone. */
export interface FoldDeps extends CounterDeps {
  facts: Pick<Facts, 'posts' | 'relations'>
}

const counted: Record<ReactionKind, { subject: Subject; counter: Counter }> = {
  likes: { subject: 'post', counter: 'likes' },
  dislikes: { subject: 'post', counter: 'dislikes' },
  saves: { subject: 'post', counter: 'saves' },
  shares: { subject: 'post', counter: 'shares' },
  views: { subject: 'post', counter: 'views' },
  commentLikes: { subject: 'comment', counter: 'likes' },
}

/** Rows of one transaction of a cascade at most. */
const chunk = 1_000

/** How long a counter goes unchecked while things happen to it. */
const checkEveryMs = 3_600_000

/** Folds the reactions of a batch, by their ids. */
export async function foldReactions(
  deps: FoldDeps,
  kind: ReactionKind,
  ids: readonly string[],
): Promise<void> {
  const { store } = deps
  const { subject, counter } = counted[kind]
  const touched = new Set<string>()
  await inShrinkingParts(deps.transact, [...new Set(ids)], async (tx, part) => {
    const rows = (await store.findReactions(tx, kind, part)).filter((row) => row.uncounted !== 0)
    const targets = [...new Set(rows.map((row) => row.targetId))]
    const alive =
      subject === 'comment' ? await aliveComments(deps, tx, targets) : await alivePosts(deps, targets)
    const { sums, settled, gone } = foldPlan(rows, (row) => alive.has(row.targetId))
    await store.settleReactions(tx, kind, settled)
    await store.removeReactions(tx, kind, gone)
    await store.addToCounters(tx, subject, counter, sums, deps.now())
    if (subject === 'comment') await store.addToScores(tx, sums)
    if (kind === 'likes') await tellLikeMilestones(deps, tx, sums)
    for (const id of sums.keys()) touched.add(id)
  })
  await checkCounters(deps, subject, [...touched])
}

/** What a fold does with rows: the counters' differences, the rows that are counted now, and those that go. */
export function foldPlan(
  rows: readonly ReactionRow[],
  hasTarget: (row: ReactionRow) => boolean = () => true,
): { sums: Map<string, number>; settled: string[]; gone: string[] } {
  const sums = new Map<string, number>()
  const settled: string[] = []
  const gone: string[] = []
  for (const row of rows) {
    const stays = row.state === 'ON' && hasTarget(row)
    const list = stays ? settled : gone
    list.push(row._id)
    // A target that is gone has no counter to tell.
    if (hasTarget(row)) sums.set(row.targetId, (sums.get(row.targetId) ?? 0) + row.uncounted)
  }
  return { sums, settled, gone }
}

async function aliveComments(
  { store }: CounterDeps,
  tx: Transaction<'engagement'>,
  ids: readonly string[],
): Promise<Set<string>> {
  return new Set((await store.listComments(ids, tx)).map((row) => row._id))
}

/** Those of some posts that are not deleted. */
async function alivePosts({ facts }: FoldDeps, ids: readonly string[]): Promise<Set<string>> {
  const posts = await facts.posts.get(ids)
  return new Set(ids.filter((id) => posts.get(id)?.status !== 'DELETED'))
}

/** Folds comments that were written. One whose thread or post was deleted at the same moment goes with it. */
export async function foldComments(deps: FoldDeps, ids: readonly string[]): Promise<void> {
  const { store } = deps
  const touched = new Set<string>()
  await inShrinkingParts(deps.transact, [...new Set(ids)], async (tx, part) => {
    const rows = await deps.store.findComments(tx, part)
    const parents = await aliveComments(deps, tx, [...new Set(rows.flatMap((row) => row.parentId ?? []))])
    const posts = await alivePosts(deps, [...new Set(rows.map((row) => row.postId))])
    const orphaned = (row: CommentRow) =>
      !posts.has(row.postId) || (row.parentId !== null && !parents.has(row.parentId))
    // A restriction of the moment when it was written may have missed it.
    await store.markWithheld(tx, await restrictedAmong(deps, rows), 'RESTRICTED', true)
    await settle(deps, tx, rows, orphaned)
    for (const row of rows) touched.add(row.postId)
  })
  await checkCounters(deps, 'post', [...touched])
}

/** Ids of those comments whose writer their post's author restricts, and that do not say so. */
async function restrictedAmong({ facts }: FoldDeps, rows: readonly CommentRow[]): Promise<string[]> {
  const keyOf = ({ ownerId, authorId }: CommentRow) => relationKey(ownerId, authorId)
  const others = rows.filter((row) => row.ownerId !== row.authorId && !row.withheld?.includes('RESTRICTED'))
  const relations = await facts.relations.get([...new Set(others.map(keyOf))])
  return others.filter((row) => relations.get(keyOf(row))?.restricts).map((row) => row._id)
}

/** Has what people wrote under each other's posts count as their relations say by now (V10). Safe to repeat. */
export async function followRestrictions(
  { store, facts }: Pick<FoldDeps, 'store' | 'facts'>,
  pairs: readonly { userId: string; otherId: string }[],
): Promise<void> {
  const both = pairs.flatMap(({ userId, otherId }) => [
    [userId, otherId] as const,
    [otherId, userId] as const,
  ])
  const keyed = new Map(
    both.map(([ownerId, authorId]) => [relationKey(ownerId, authorId), { ownerId, authorId }]),
  )
  const relations = await facts.relations.get([...keyed.keys()])
  const restricts = (key: string) => relations.get(key)?.restricts === true
  for (const [key, pair] of keyed) if (restricts(key)) await store.markRestricted(pair)
  await store.markUnrestricted([...keyed].flatMap(([key, pair]) => (restricts(key) ? [] : [pair])))
}

/** Folds deleted comments, and removes them with their replies and likes. Safe to repeat after a crash at any point. */
export async function foldDeletedComments(deps: CounterDeps, ids: readonly string[]): Promise<void> {
  const { store, transact } = deps
  await inShrinkingParts(transact, [...new Set(ids)], async (tx, part) => {
    const roots = await store.findComments(tx, part)
    await settle(deps, tx, roots, () => true)
  })
  for (;;) {
    const replies = await transact(async (tx) => {
      const rows = await store.listThreads(tx, ids, chunk)
      await settle(deps, tx, rows, () => true)
      return rows.map((row) => row._id)
    })
    await removeTraces(deps, replies)
    if (replies.length < chunk) break
  }
  await removeTraces(deps, ids)
}

/**
 * Removes all that there is of a deleted post: comments with their likes and counters, reactions, pins, counters. Each step is
 * small and leaves what is needed to find the rest, so that it goes on after a crash at any point.
 */
export async function removePost(deps: CounterDeps, postId: string): Promise<void> {
  const { store, transact } = deps
  for (;;) {
    const ids = await store.listCommentIds(postId, chunk)
    // Traces are found by their comment: it goes last.
    await removeTraces(deps, ids)
    await transact((tx) => store.removeComments(tx, ids))
    if (ids.length < chunk) break
  }
  for (const kind of ['likes', 'dislikes', 'saves', 'shares', 'views'] as const)
    await store.removeReactionsTo(kind, [postId])
  await transact((tx) => store.putPins(tx, postId, []))
  await store.removeCounters('post', [postId])
}

async function removeTraces({ store }: CounterDeps, commentIds: readonly string[]): Promise<void> {
  if (commentIds.length === 0) return
  await store.removeReactionsTo('commentLikes', commentIds)
  await store.removeCounters('comment', commentIds)
}

/** Brings the counters of a post, and of the threads that live on, up to what `rows` say; rows that are dead go. */
async function settle(
  { store, now }: CounterDeps,
  tx: Transaction<'engagement'>,
  rows: readonly CommentRow[],
  dead: (row: CommentRow) => boolean,
): Promise<void> {
  const plan = commentFoldPlan(rows, dead)
  await store.settleComments(tx, plan.settled)
  await store.removeComments(tx, plan.gone)
  await store.addComments(tx, plan.comments, plan.newest, now())
  await store.addToCounters(tx, 'comment', 'replies', plan.replies, now())
  await store.addToScores(tx, plan.replies)
}

/** As `foldPlan`, for comments: each counts for its post, a reply for its thread too. */
export function commentFoldPlan(
  rows: readonly CommentRow[],
  dead: (row: CommentRow) => boolean,
): {
  comments: Map<string, number>
  replies: Map<string, number>
  settled: string[]
  gone: string[]
  /** Those that are counted from now on, by post, replies left out. */
  newest: Map<string, string[]>
} {
  const newest = new Map<string, string[]>()
  const comments = new Map<string, number>()
  const replies = new Map<string, number>()
  const settled: string[] = []
  const gone: string[] = []
  for (const row of rows) {
    const counts = row.deletedAt === null && !dead(row) ? 1 : 0
    const countedNow = (row.deletedAt === null ? 1 : 0) - row.uncounted
    const difference = counts - countedNow
    if (counts === 0) gone.push(row._id)
    else if (row.uncounted !== 0) {
      settled.push(row._id)
      if (row.parentId === null) newest.set(row.postId, [...(newest.get(row.postId) ?? []), row._id])
    }
    comments.set(row.postId, (comments.get(row.postId) ?? 0) + difference)
    if (row.parentId) replies.set(row.parentId, (replies.get(row.parentId) ?? 0) + difference)
  }
  return { comments, replies, settled, gone, newest }
}

/** Compares a subject's counters with the rows and mends them. Answers by how much they were off. */
export async function reconcile(
  { store, transact, now }: CounterDeps,
  subject: Subject,
  id: string,
): Promise<{ counter: Counter; off: number }[]> {
  return transact(async (tx) => {
    const compared = await store.compareCounters(tx, subject, id)
    const values = Object.fromEntries(compared.map(({ counter, counted }) => [counter, counted]))
    const newest = subject === 'post' ? { newest: await store.listNewestCounted(tx, id, newestKept) } : {}
    await store.setCounters(tx, subject, id, { ...values, ...newest }, now())
    if (subject === 'comment') {
      const score = compared.reduce((sum, { counted }) => sum + counted, 0)
      await store.setScore(tx, id, score)
    }
    return compared
      .map(({ counter, stored, counted }) => ({ counter, off: stored - counted }))
      .filter(({ off }) => off !== 0)
  })
}

/** How long a counter to which nothing happens goes unchecked. */
const checkAllEveryMs = 86_400_000

/** Counters of each subject that one turn of the chore looks at. */
const checksPerTurn = 25

/**
 * Compares the counters that were unchecked longest, for a day at least, with their rows, so that whatever damaged them heals, also
 * where nothing happens (C9). Answers how many were wrong. Processes that do this at the same moment share the work.
 */
export async function reconcileDue(deps: CounterDeps, signal?: AbortSignal): Promise<number> {
  const { store, now } = deps
  let mended = 0
  for (const subject of ['post', 'comment'] as const) {
    const before = new Date(now().getTime() - checkAllEveryMs)
    for (const row of await store.listLongestUnchecked(subject, before, checksPerTurn)) {
      if (signal?.aborted) return mended
      if (!(await store.claimCheck(subject, row, now()))) continue
      if ((await reconcile(deps, subject, row._id)).length > 0) mended++
    }
  }
  return mended
}

/** Reconciles those of some counters that nobody compared with their rows for long. */
async function checkCounters(deps: CounterDeps, subject: Subject, ids: readonly string[]): Promise<void> {
  const before = new Date(deps.now().getTime() - checkEveryMs)
  for (const id of await deps.store.listUnchecked(subject, ids, before)) await reconcile(deps, subject, id)
}

/**
 * Runs `fold` over all ids, each transaction over as many as possible. People who change one of the rows meanwhile make the
 * transaction run again; each try takes half, so that a storm on one row cannot keep its neighbours waiting.
 */
async function inShrinkingParts(
  transact: Transact<'engagement'>,
  ids: readonly string[],
  fold: (tx: Transaction<'engagement'>, part: readonly string[]) => Promise<void>,
): Promise<void> {
  let rest = ids
  while (rest.length > 0) {
    let size = rest.length
    const done = await transact(async (tx) => {
      const part = rest.slice(0, size)
      size = Math.max(1, size >> 1)
      await fold(tx, part)
      return part.length
    })
    rest = rest.slice(done)
  }
}
