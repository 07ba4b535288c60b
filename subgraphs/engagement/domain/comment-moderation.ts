// What a post's author does with the comments under it: pins up to three, hides what others should not see.
import type { Transact } from '#platform/mongo.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { type CommentRow, isWithheld, maxPins, toldOf } from '../model.ts'
import type { Store } from '../store.ts'
import { type CommentReader, visibleComment } from './comments.ts'

export interface ModerationDeps extends CommentReader {
  store: Pick<Store, 'listComments' | 'findPins' | 'putPins' | 'markPinned' | 'markHidden' | 'markWithheld'>
  transact: Transact<'engagement'>
  now(): Date
}

const field = ['input', 'commentId']

/** The comment, if it stands under a post of the viewer's. Throws NOT_FOUND when hidden, FORBIDDEN under another's post. */
async function ownersComment(deps: ModerationDeps, viewerId: string, commentId: string): Promise<CommentRow> {
  const comment = await visibleComment(deps, commentId)
  const post = comment && (await deps.visibility.post(comment.postId))
  if (!comment || !post) throw notFound(field)
  if (post.authorId !== viewerId) {
    throw new AppError('FORBIDDEN', 'Only the author of the post may do this.', { field })
  }
  return comment
}

/** Which comments a post has pinned after one more: the last pinned first. Throws TOO_MANY beyond three. */
export function withPin(pinned: readonly string[], commentId: string): string[] {
  if (pinned.includes(commentId)) return [...pinned]
  if (pinned.length >= maxPins) {
    throw new AppError('TOO_MANY', `At most ${maxPins} comments are pinned: unpin one first.`, { field })
  }
  return [commentId, ...pinned]
}

/**
 * Pins a comment or lets it go. Throws NOT_FOUND when hidden from the viewer, FORBIDDEN unless it is his post, INVALID for a
 * reply or a comment that not all may see, TOO_MANY for a fourth.
 */
export async function setPinned(
  deps: ModerationDeps,
  viewerId: string,
  commentId: string,
  pinned: boolean,
): Promise<{ commentId: string }> {
  const { postId } = await ownersComment(deps, viewerId, commentId)
  return deps.transact(async (tx) => {
    const { store } = deps
    const [comment] = await store.listComments([commentId], tx)
    if (!comment) throw notFound(field)
    if ((comment.pinnedAt !== undefined) === pinned) return { commentId }
    if (pinned && (comment.parentId !== null || comment.hiddenAt || isWithheld(comment))) {
      throw new AppError('INVALID', 'Only a comment on the post itself that all may see can be pinned.', {
        field,
      })
    }
    const pins = await store.findPins(postId, tx)
    await store.putPins(tx, postId, pinned ? withPin(pins, commentId) : pins.filter((id) => id !== commentId))
    await store.markPinned(tx, commentId, pinned ? deps.now() : null)
    tx.emit('comment.changed', { ...toldOf(comment), change: pinned ? 'PINNED' : 'UNPINNED' })
    return { commentId }
  })
}

/**
 * Hides a comment, with its replies, from all but its writer and the post's author; or shows it again, also one that his filter
 * held back. It still counts. A pinned one is unpinned. Throws NOT_FOUND when hidden from the viewer, FORBIDDEN unless it is his post.
 */
export async function hideComment(
  deps: ModerationDeps,
  viewerId: string,
  input: { commentId: string; hidden?: boolean | null | undefined },
): Promise<{ commentId: string }> {
  const { commentId } = input
  const hidden = input.hidden ?? true
  const { postId } = await ownersComment(deps, viewerId, commentId)
  return deps.transact(async (tx) => {
    const { store } = deps
    const [comment] = await store.listComments([commentId], tx)
    if (!comment) throw notFound(field)
    if (!hidden && comment.removedAt) {
      throw new AppError('BLOCKED_BY_POLICY', 'Moderators took this comment down.', { field })
    }
    if (hidden && comment.pinnedAt) {
      const pins = await store.findPins(postId, tx)
      await store.putPins(
        tx,
        postId,
        pins.filter((id) => id !== commentId),
      )
      await store.markPinned(tx, commentId, null)
    }
    const isFiltered = comment.withheld?.includes('FILTERED') ?? false
    if ((comment.hiddenAt !== undefined) !== hidden || (!hidden && isFiltered)) {
      await store.markHidden(tx, commentId, hidden ? deps.now() : null)
      if (!hidden) await store.markWithheld(tx, [commentId], 'FILTERED', false)
      tx.emit('comment.changed', { ...toldOf(comment), change: hidden ? 'HIDDEN' : 'SHOWN' })
    }
    return { commentId }
  })
}
