// Likes, dislikes and saves. A row is the truth; an event is emitted only when it really changed, so a hundred equal calls are one like.
import type { SharedTransaction, Transact } from '#platform/mongo.ts'
import type { Visibility } from '#platform/visibility.ts'
import { notFound } from '#schema/errors.ts'
import { type CommentRow, type ReactionKind, type ReactionRow, reactionId } from '../model.ts'
import type { Store } from '../store.ts'
import { visibleComment } from './comments.ts'

export interface ReactionDeps {
  store: Pick<
    Store,
    'findReaction' | 'putReaction' | 'dropReaction' | 'lockReaction' | 'collectSave' | 'findCollection'
  >
  transact: Transact<'engagement'>
  visibility: Visibility
  comment(id: string): Promise<CommentRow | null>
  now(): Date
}

/** What a call makes of the row it meets. */
export type ReactionStep =
  | { do: 'nothing' }
  | { do: 'write'; state: ReactionRow['state']; uncounted: ReactionRow['uncounted'] }
  | { do: 'remove' }

/** Decides what turning a reaction on or off does to its row, so that row and counter always sum up to the truth. */
export function nextReaction(
  row: Pick<ReactionRow, 'state' | 'uncounted'> | null,
  on: boolean,
): ReactionStep {
  if ((row?.state === 'ON') === on) return { do: 'nothing' }
  // The row of a like taken back still stands when its counter has not heard of it: it stays counted.
  if (on) return { do: 'write', state: 'ON', uncounted: row ? 0 : 1 }
  return row?.uncounted === 1 ? { do: 'remove' } : { do: 'write', state: 'OFF', uncounted: -1 }
}

/** Turns a reaction on or off whose row is `row`; answers whether that changed anything. */
function setReaction(
  { store, now }: Pick<ReactionDeps, 'store' | 'now'>,
  tx: SharedTransaction<'engagement'>,
  kind: ReactionKind,
  { targetId, userId }: Pick<ReactionRow, 'targetId' | 'userId'>,
  row: ReactionRow | null,
  on: boolean,
): boolean {
  const step = nextReaction(row, on)
  if (step.do === 'write') {
    const { state, uncounted } = step
    const _id = reactionId(targetId, userId)
    store.putReaction(tx, kind, { _id, targetId, userId, state, uncounted, at: now() })
  } else if (step.do === 'remove') {
    store.dropReaction(tx, kind, targetId, userId)
  }
  return step.do !== 'nothing'
}

const opinionEvents = {
  likes: { on: 'post.liked', off: 'post.unliked' },
  dislikes: { on: 'post.disliked', off: 'post.undisliked' },
} as const

/** Likes or dislikes a post, which ends the other, or takes that back. Throws NOT_FOUND when it is hidden. */
export async function setPostOpinion(
  deps: ReactionDeps,
  viewerId: string,
  postId: string,
  kind: 'likes' | 'dislikes',
  on: boolean,
): Promise<{ postId: string }> {
  if (!(await deps.visibility.post(postId))) throw notFound(['input', 'postId'])
  const { store, now } = deps
  const other = kind === 'likes' ? 'dislikes' : 'likes'
  const pair = { targetId: postId, userId: viewerId }
  return deps.transact.together(reactionId(postId, viewerId), async (tx) => {
    const [row, otherRow] = await Promise.all([
      store.findReaction(tx, kind, postId, viewerId),
      on ? store.findReaction(tx, other, postId, viewerId) : null,
    ])
    const set = (which: 'likes' | 'dislikes', from: ReactionRow | null, wanted: boolean) => {
      const changed = setReaction(deps, tx, which, pair, from, wanted)
      if (changed) tx.emit(opinionEvents[which][wanted ? 'on' : 'off'], { postId, userId: viewerId })
      return changed
    }
    if (!set(kind, row, on) || !on) return { postId }
    const ended = set(other, otherRow, false)
    // A like writes its row, so a dislike writes there too: of both at the same moment, one sees the other.
    if (kind === 'dislikes' && !ended) store.lockReaction(tx, 'likes', { ...pair, at: now() }, otherRow)
    return { postId }
  })
}

/**
 * Saves a post, or lets it go. With a collection it goes into that, out of any other; without, one that is saved stays where it
 * is. Throws NOT_FOUND when the post is hidden or the collection another's.
 */
export async function setPostSave(
  deps: ReactionDeps,
  viewerId: string,
  { postId, collectionId }: { postId: string; collectionId?: string | null | undefined },
  saved: boolean,
): Promise<{ postId: string }> {
  const { store } = deps
  if (!(await deps.visibility.post(postId))) throw notFound(['input', 'postId'])
  const _id = reactionId(postId, viewerId)
  return deps.transact.together(_id, async (tx) => {
    const [row, collection] = await Promise.all([
      store.findReaction(tx, 'saves', postId, viewerId),
      collectionId ? store.findCollection(tx, collectionId, viewerId) : null,
    ])
    if (collectionId && !collection) throw notFound(['input', 'collectionId'])
    if (setReaction(deps, tx, 'saves', { targetId: postId, userId: viewerId }, row, saved)) {
      tx.emit(saved ? 'post.saved' : 'post.unsaved', { postId, userId: viewerId })
    }
    if (saved && collectionId) store.collectSave(tx, _id, collectionId)
    return { postId }
  })
}

/** Likes a comment or takes the like back. Throws NOT_FOUND when it is hidden. */
export async function setCommentLike(
  deps: ReactionDeps,
  viewerId: string,
  commentId: string,
  liked: boolean,
): Promise<{ commentId: string }> {
  if (!(await visibleComment(deps, commentId))) throw notFound(['input', 'commentId'])
  return deps.transact.together(reactionId(commentId, viewerId), async (tx) => {
    const row = await deps.store.findReaction(tx, 'commentLikes', commentId, viewerId)
    if (setReaction(deps, tx, 'commentLikes', { targetId: commentId, userId: viewerId }, row, liked)) {
      tx.emit(liked ? 'comment.liked' : 'comment.unliked', { commentId, userId: viewerId })
    }
    return { commentId }
  })
}
