// Folding: what rows have that their counters lack goes into the counters, both in one transaction. A row says itself whether
// it is counted, so an event that comes twice, late or never cannot make a count wrong. A batch of likes of one hot post
// is one increment.
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { CommentRow, Counter, ReactionKind, ReactionRow, Subject } from '../model.ts'
import type { Store } from '../store.ts'

export interface CounterDeps {
  store: Store
  transact: Transact<'engagement'>
  now(): Date
}

const counted: Record<ReactionKind, { subject: Subject; counter: Counter }> = {
  likes: { subject: 'post', counter: 'likes' },
  saves: { subject: 'post', counter: 'saves' },
  commentLikes: { subject: 'comment', counter: 'likes' },
}

/** Rows of one transaction of a cascade at most. */
const chunk = 1_000

/** How long a counter goes unchecked while things happen to it. */
const checkEveryMs = 3_600_000

/** Folds the reactions of a batch, by their ids. */
export async function foldReactions(
  deps: CounterDeps,
  kind: ReactionKind,
  ids: readonly string[],
): Promise<void> {
  const { store } = deps
  const { subject, counter } = counted[kind]
  const touched = new Set<string>()
  await inShrinkingParts(deps.transact, [...new Set(ids)], async (tx, part) => {
    const rows = (await store.findReactions(tx, kind, part)).filter((row) => row.uncounted !== 0)
    const alive = kind === 'commentLikes' ? await aliveTargets(deps, tx, rows) : null
    const { sums, settled, gone } = foldPlan(rows, (row) => !alive || alive.has(row.targetId))
    await store.settleReactions(tx, kind, settled)
    await store.removeReactions(tx, kind, gone)
    await store.addToCounters(tx, subject, counter, sums, deps.now())
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

async function aliveTargets(
  { store }: CounterDeps,
  tx: Transaction<'engagement'>,
  rows: readonly ReactionRow[],
): Promise<Set<string>> {
  const found = await store.listComments([...new Set(rows.map((row) => row.targetId))], tx)
  return new Set(found.map((row) => row._id))
}

/** Folds comments that were written. A reply whose thread was deleted at the same moment goes with it. */
export async function foldComments(deps: CounterDeps, ids: readonly string[]): Promise<void> {
  const touched = new Set<string>()
  await inShrinkingParts(deps.transact, [...new Set(ids)], async (tx, part) => {
    const rows = await deps.store.findComments(tx, part)
    const parents = [...new Set(rows.flatMap((row) => row.parentId ?? []))]
    const alive = new Set((await deps.store.listComments(parents, tx)).map((row) => row._id))
    const orphaned = (row: CommentRow) => row.parentId !== null && !alive.has(row.parentId)
    await settle(deps, tx, rows, orphaned)
    for (const row of rows) touched.add(row.postId)
  })
  await checkCounters(deps, 'post', [...touched])
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
  await store.addToCounters(tx, 'post', 'comments', plan.comments, now())
  await store.addToCounters(tx, 'comment', 'replies', plan.replies, now())
}

/** As `foldPlan`, for comments: each counts for its post, a reply for its thread too. */
export function commentFoldPlan(
  rows: readonly CommentRow[],
  dead: (row: CommentRow) => boolean,
): { comments: Map<string, number>; replies: Map<string, number>; settled: string[]; gone: string[] } {
  const comments = new Map<string, number>()
  const replies = new Map<string, number>()
  const settled: string[] = []
  const gone: string[] = []
  for (const row of rows) {
    const counts = row.deletedAt === null && !dead(row) ? 1 : 0
    const countedNow = (row.deletedAt === null ? 1 : 0) - row.uncounted
    const difference = counts - countedNow
    if (counts === 0) gone.push(row._id)
    else if (row.uncounted !== 0) settled.push(row._id)
    comments.set(row.postId, (comments.get(row.postId) ?? 0) + difference)
    if (row.parentId) replies.set(row.parentId, (replies.get(row.parentId) ?? 0) + difference)
  }
  return { comments, replies, settled, gone }
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
    await store.setCounters(tx, subject, id, values, now())
    return compared
      .map(({ counter, stored, counted }) => ({ counter, off: stored - counted }))
      .filter(({ off }) => off !== 0)
  })
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
