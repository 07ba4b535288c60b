// Comments and replies: who sees one, who may write and delete one.
import type { Accounts } from '#platform/accounts.ts'
import { isHidden } from '#platform/comments.ts'
import { parseEntities } from '#platform/entities.ts'
import { type Mention, resolveMentions } from '#platform/mentions.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import { canComment, canViewComment } from '#platform/policy.ts'
import { textOf } from '#platform/validate.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError, notFound } from '#schema/errors.ts'
import type { EventPayload } from '#schema/events.ts'
import type { PostFacts } from '#schema/facts.ts'
import { newId } from '#schema/ids.ts'
import { type CommentRow, toldOf, type Withholding } from '../model.ts'
import type { Store } from '../store.ts'
import { saysAny } from './comment-filters.ts'

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
    | 'insertComment'
    | 'listComments'
    | 'editComment'
    | 'markWithheld'
    | 'findCommentFilter'
    | 'tombstoneThread'
    | 'findPins'
    | 'putPins'
  >
  accounts: Pick<Accounts, 'idsByUsername'>
  transact: Transact<'engagement'>
  now(): Date
}

/** Mentions of a comment beyond these are plain text. */
const maxMentions = 20

/** Those of some comments that are not hidden from the viewer, in order; their post and thread he sees already. */
export async function filterComments(
  visibility: Visibility,
  rows: readonly CommentRow[],
): Promise<CommentRow[]> {
  // Both are asked for together: one round trip.
  const seen = await Promise.all(
    rows.map(async (row) => {
      const [writer, shown] = await Promise.all([visibility.writer(row.authorId), isShown(visibility, row)])
      return writer !== null && shown
    }),
  )
  return rows.filter((_, i) => seen[i])
}

/**
 * Whether the post's author lets the viewer see a comment: one that he hid, that says a word he does not want to read, or whose
 * writer he restricts, is seen by its writer and himself only.
 */
async function isShown(visibility: Visibility, row: CommentRow): Promise<boolean> {
  const post = await visibility.post(row.postId)
  if (!post) return false
  const { viewerId } = visibility
  if (viewerId !== null && (viewerId === row.authorId || viewerId === post.authorId)) return true
  if (isHidden(row)) return false
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
    deps.visibility.writer(row.authorId),
    isShown(deps.visibility, row),
    row.parentId === null || visibleComment(deps, row.parentId),
  ])
  return seen.every(Boolean) ? row : null
}

type Change = Omit<EventPayload<'comment.changed'>, 'change'> & {
  change: EventPayload<'comment.changed'>['change'] | 'DELETED'
}

/**
 * Whether the viewer is told what became of a comment: when he sees it, and when he may have seen what is not there for him any
 * more. Its writer, who sees it all the same, does not learn that it was hidden.
 */
export async function concernsViewer(deps: CommentReader, told: Change): Promise<boolean> {
  const { visibility } = deps
  const { commentId, postId, authorId, parentId, change } = told
  const post = await visibility.post(postId)
  if (!post) return false
  const [isWriter, isOwner] = [authorId, post.authorId].map((id) => id === visibility.viewerId)
  if (isWriter && !isOwner && (change === 'HIDDEN' || change === 'SHOWN')) return false
  if (await visibleComment(deps, commentId)) return true
  if (change !== 'DELETED' && change !== 'HIDDEN') return false
  if (told.unseen && !isWriter && !isOwner) return false
  const [writer, thread, between] = await Promise.all([
    visibility.writer(authorId),
    !parentId || visibleComment(deps, parentId),
    visibility.between(post.authorId, authorId),
  ])
  return writer !== null && Boolean(thread) && canViewComment(visibility.viewerId, told, post, between)
}

/** The post. Throws NOT_FOUND for a hidden one, FORBIDDEN where its author does not let the viewer comment (K1). */
async function mayComment(visibility: Visibility, viewerId: string, postId: string): Promise<PostFacts> {
  const field = ['input', 'postId']
  const post = await visibility.post(postId)
  const author = post && (await visibility.account(post.authorId))
  if (!post || !author) throw notFound(field)
  if (canComment(viewerId, post, author, await visibility.relation(post.authorId))) return post
  throw new AppError('FORBIDDEN', 'Its author does not take comments from you on this post.', { field })
}

/**
 * Writes a comment or a reply. Throws NOT_FOUND for a hidden post or parent, FORBIDDEN where the author takes none of the
 * viewer's, INVALID and TOO_LONG for the text.
 */
export async function createComment(
  deps: CommentDeps,
  viewerId: string,
  input: { postId: string; text: string; parentId?: string | null | undefined },
): Promise<CommentRow> {
  const text = textOf(input.text, { field: 'text', min: 1, max: maxText })
  const { postId } = input
  const { authorId: ownerId } = await mayComment(deps.visibility, viewerId, postId)
  const parent = input.parentId ? await visibleComment(deps, input.parentId) : null
  if (input.parentId && parent?.postId !== postId) throw notFound(['input', 'parentId'])
  // A reply to a reply joins its thread.
  const parentId = parent && (parent.parentId ?? parent._id)

  const mentions = await resolveMentions(deps, viewerId, parseEntities(text), maxMentions)

  const { restricts } = await deps.visibility.between(ownerId, viewerId)

  return deps.transact(async (tx) => {
    const now = deps.now()
    const isFiltered = await mustFilter(deps, tx, { ownerId, authorId: viewerId, text })
    const withheld: Withholding[] = [
      ...(restricts ? (['RESTRICTED'] as const) : []),
      ...(isFiltered ? (['FILTERED'] as const) : []),
    ]
    const row: CommentRow = {
      _id: newId('comment', now.getTime()),
      postId,
      ownerId,
      authorId: viewerId,
      parentId,
      text,
      ...(mentions.length > 0 ? { mentions } : {}),
      ...(withheld.length > 0 ? { withheld } : {}),
      createdAt: now,
      score: 0,
      deletedAt: null,
      uncounted: 1,
    }
    await deps.store.insertComment(tx, row)
    tx.emit('comment.created', { commentId: row._id, postId, authorId: viewerId, parentId })
    tellMentioned(tx, row, [])
    return row
  })
}

/** Whether what somebody writes says a word that the post's author does not want to read. */
async function mustFilter(
  { store }: CommentDeps,
  tx: Transaction<'engagement'>,
  { ownerId, authorId, text }: Pick<CommentRow, 'ownerId' | 'authorId' | 'text'>,
): Promise<boolean> {
  return ownerId !== authorId && saysAny(text, await store.findCommentFilter(ownerId, tx))
}

/** Tells those whom a comment mentions, and did not before (K4), and those whom it mentions no longer. */
function tellMentioned(tx: Transaction<'engagement'>, row: CommentRow, before: readonly Mention[]): void {
  const { _id: commentId, postId, authorId, parentId } = row
  for (const { userId } of row.mentions ?? []) {
    if (before.some((mention) => mention.userId === userId)) continue
    tx.emit('comment.mentioned', { commentId, postId, authorId, parentId, userId })
  }
  for (const { userId } of before) {
    if (row.mentions?.some((mention) => mention.userId === userId)) continue
    tx.emit('comment.unmentioned', { commentId, postId, authorId, parentId, userId })
  }
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
  const mentions = await resolveMentions(deps, viewerId, parseEntities(text), maxMentions)
  return deps.transact(async (tx) => {
    const [row] = await deps.store.listComments([commentId], tx)
    if (!row) throw notFound(field)
    if (row.text !== text) {
      await deps.store.editComment(tx, commentId, { text, mentions }, deps.now())
      const isFiltered = await mustFilter(deps, tx, { ...row, text })
      await deps.store.markWithheld(tx, [commentId], 'FILTERED', isFiltered)
      tellMentioned(tx, { ...row, mentions }, row.mentions ?? [])
      tx.emit('comment.changed', { ...toldOf(row), change: 'EDITED' })
    }
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
    if (row.pinnedAt) {
      const pins = await deps.store.findPins(row.postId, tx)
      await deps.store.putPins(
        tx,
        row.postId,
        pins.filter((id) => id !== commentId),
      )
    }
    tx.emit('comment.deleted', toldOf(row))
    return row
  })
}
