// Comments and replies: who sees one, who may write and delete one.
import type { Transact } from '#platform/mongo.ts'
import { canViewComment } from '#platform/policy.ts'
import { textOf } from '#platform/validate.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { newId } from '#schema/ids.ts'
import type { CommentRow } from '../model.ts'
import type { Store } from '../store.ts'

/** Characters of a comment at most. */
const maxText = 1_000

export interface CommentReader {
  visibility: Visibility
  /** A comment that is not deleted. */
  comment(id: string): Promise<CommentRow | null>
}

export interface CommentDeps extends CommentReader {
  store: Pick<
    Store,
    'insertComment' | 'listComments' | 'editComment' | 'tombstoneThread' | 'findPins' | 'putPins'
  >
  transact: Transact<'engagement'>
  now(): Date
}

/** Those of some comments that are not hidden from the viewer, in order; their post and thread he sees already. */
export async function filterComments(
  visibility: Visibility,
  rows: readonly CommentRow[],
): Promise<CommentRow[]> {
  const byPeople = await visibility.filterByAccount(rows, (row) => row.authorId)
  const shown = await Promise.all(byPeople.map((row) => isShown(visibility, row)))
  return byPeople.filter((_, i) => shown[i])
}

/**
 * Whether the post's author lets the viewer see a comment: one that he hid, or whose writer he restricts, is seen by its writer
 * and himself only.
 */
async function isShown(visibility: Visibility, row: CommentRow): Promise<boolean> {
  const post = await visibility.post(row.postId)
  if (!post) return false
  const { viewerId } = visibility
  if (viewerId !== null && (viewerId === row.authorId || viewerId === post.authorId)) return true
  if (row.hiddenAt) return false
  return canViewComment(viewerId, row, post, await visibility.between(post.authorId, row.authorId))
}

/**
 * The comment, if the viewer may see it: its post, its author, and for a reply the comment above it; one that was hidden, or
 * whose writer is restricted, only as its writer or the post's author. Null otherwise.
 */
export async function visibleComment(deps: CommentReader, id: string): Promise<CommentRow | null> {
  const row = await deps.comment(id)
  if (!row) return null
  const seen = await Promise.all([
    deps.visibility.account(row.authorId),
    isShown(deps.visibility, row),
    row.parentId === null || visibleComment(deps, row.parentId),
  ])
  return seen.every(Boolean) ? row : null
}

/** Writes a comment or a reply. Throws NOT_FOUND for a hidden post or parent, INVALID and TOO_LONG for the text. */
export async function createComment(
  deps: CommentDeps,
  viewerId: string,
  input: { postId: string; text: string; parentId?: string | null | undefined },
): Promise<CommentRow> {
  const text = textOf(input.text, { field: 'text', min: 1, max: maxText })
  const { postId } = input
  if (!(await deps.visibility.post(postId))) throw notFound(['input', 'postId'])
  const parent = input.parentId ? await visibleComment(deps, input.parentId) : null
  if (input.parentId && parent?.postId !== postId) throw notFound(['input', 'parentId'])
  // A reply to a reply joins its thread.
  const parentId = parent && (parent.parentId ?? parent._id)

  return deps.transact(async (tx) => {
    const now = deps.now()
    const row: CommentRow = {
      _id: newId('comment', now.getTime()),
      postId,
      authorId: viewerId,
      parentId,
      text,
      createdAt: now,
      score: 0,
      deletedAt: null,
      uncounted: 1,
    }
    await deps.store.insertComment(tx, row)
    tx.emit('comment.created', { commentId: row._id, postId, authorId: viewerId, parentId })
    return row
  })
}

/** Changes a comment's text. Throws NOT_FOUND when hidden, FORBIDDEN but for its writer, INVALID and TOO_LONG for the text. */
export async function updateComment(
  deps: CommentDeps,
  viewerId: string,
  input: { commentId: string; text: string },
): Promise<{ commentId: string }> {
  const { commentId } = input
  const field = ['input', 'commentId']
  const text = textOf(input.text, { field: 'text', min: 1, max: maxText })
  const comment = await visibleComment(deps, commentId)
  if (!comment) throw notFound(field)
  if (comment.authorId !== viewerId) {
    throw new AppError('FORBIDDEN', 'Only its writer may change a comment.', { field })
  }
  return deps.transact(async (tx) => {
    const [row] = await deps.store.listComments([commentId], tx)
    if (!row) throw notFound(field)
    if (row.text !== text) await deps.store.editComment(tx, commentId, text, deps.now())
    return { commentId }
  })
}

/** Whether somebody may delete a comment: its writer, and the author of the post it stands under. */
function canDeleteComment(
  viewerId: string,
  comment: { authorId: string },
  post: { authorId: string },
): boolean {
  return viewerId === comment.authorId || viewerId === post.authorId
}

/** Deletes a comment and its replies; answers it as it was. Throws NOT_FOUND when hidden, FORBIDDEN for anyone else. */
export async function deleteComment(
  deps: CommentDeps,
  viewerId: string,
  commentId: string,
): Promise<CommentRow> {
  const field = ['input', 'commentId']
  const comment = await visibleComment(deps, commentId)
  const post = comment && (await deps.visibility.post(comment.postId))
  if (!comment || !post) throw notFound(field)
  if (!canDeleteComment(viewerId, comment, post)) {
    throw new AppError('FORBIDDEN', 'Only its writer and the author of the post may delete a comment.', {
      field,
    })
  }
  return deps.transact(async (tx) => {
    const row = await deps.store.tombstoneThread(tx, commentId, deps.now())
    if (!row) throw notFound(field)
    const { postId, authorId, parentId } = row
    if (row.pinnedAt) {
      const pins = await deps.store.findPins(postId, tx)
      await deps.store.putPins(
        tx,
        postId,
        pins.filter((id) => id !== commentId),
      )
    }
    tx.emit('comment.deleted', { commentId, postId, authorId, parentId })
    return row
  })
}
