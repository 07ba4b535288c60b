// People in posts. A tag shows to everyone once the person has approved it; one that he removed, the author cannot bring back.
import { mayMention } from '#platform/mentions.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import { type Cursors, fillPage, type Page, type PageArguments, pageOf, pageSize } from '#platform/page.ts'
import { boundedList } from '#platform/validate.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { type LivePost, type TagRow, tagId } from '../model.ts'
import type { Store } from '../store.ts'

const maxTags = 20
const tagsField = { field: ['input', 'userTags'] }

/** A person whom an author puts into a post. */
export interface TagInput {
  userId: string
  mediaId?: string | null
  x?: number | null
  y?: number | null
}

export type TagDraft = Pick<TagRow, 'userId' | 'x' | 'y'> & { mediaId: string | null }

const isShare = (value: number | null) => value === null || (value >= 0 && value <= 1)

/** Checks tags by themselves. Throws TOO_MANY or INVALID. */
export function readTags(inputs: readonly TagInput[]): TagDraft[] {
  const drafts = boundedList(inputs, { field: 'userTags', max: maxTags }).map(
    ({ userId, mediaId = null, x = null, y = null }) => ({ userId, mediaId, x, y }),
  )
  if (new Set(drafts.map((draft) => draft.userId)).size < drafts.length) {
    throw new AppError('INVALID', 'Each person can be tagged once.', tagsField)
  }
  if (drafts.some(({ x, y }) => !isShare(x) || !isShare(y) || (x === null) !== (y === null))) {
    throw new AppError('INVALID', 'A tag stands at `x` and `y`, both from 0 to 1, or nowhere.', tagsField)
  }
  return drafts
}

/** Whether the viewer may tag these people. Throws NOT_FOUND or BLOCKED_BY_POLICY (V7). */
export async function checkTagged(
  visibility: Visibility,
  viewerId: string,
  userIds: readonly string[],
): Promise<void> {
  const answers = await Promise.all(userIds.map((userId) => mayMention(visibility, viewerId, userId)))
  if (answers.includes('HIDDEN')) throw notFound(tagsField.field)
  if (answers.includes('NO')) {
    throw new AppError('BLOCKED_BY_POLICY', 'This account does not let you tag it.', tagsField)
  }
}

/**
 * Makes a post's tags those of the drafts: who was tagged already keeps his answer, and who is left out is no longer told of it.
 * Answers whom nobody had tagged before. Throws INVALID, or BLOCKED_BY_POLICY for someone who removed himself.
 */
export async function writeTags(
  deps: Pick<Store, 'findTags' | 'putTags'>,
  tx: Transaction<'content'>,
  post: Pick<LivePost, '_id' | 'authorId' | 'mediaIds'>,
  drafts: readonly TagDraft[],
  at: Date,
): Promise<string[]> {
  const existing = new Map((await deps.findTags([post._id], tx.session)).map((tag) => [tag.userId, tag]))
  const rows = drafts.map(({ userId, mediaId, x, y }): TagRow => {
    const known = existing.get(userId)
    if (known?.state === 'REMOVED') {
      throw new AppError('BLOCKED_BY_POLICY', 'This person took the tag away.', tagsField)
    }
    const shownIn = mediaId ?? post.mediaIds[0]
    if (!shownIn || !post.mediaIds.includes(shownIn)) {
      throw new AppError('INVALID', 'A tag names an item of the post.', tagsField)
    }
    return {
      _id: tagId(post._id, userId),
      postId: post._id,
      userId,
      authorId: post.authorId,
      mediaId: shownIn,
      x,
      y,
      state: known?.state ?? (userId === post.authorId ? 'APPROVED' : 'PENDING'),
      at: known?.at ?? at,
    }
  })
  const kept = new Set(rows.map((row) => row.userId))
  const gone = [...existing.values()].filter((tag) => tag.state !== 'REMOVED' && !kept.has(tag.userId))
  await deps.putTags(
    rows,
    gone.map((tag) => tag._id),
    tx.session,
  )
  for (const tag of gone) retract(tx, tag)
  return rows.flatMap(({ userId }) => (existing.has(userId) || userId === post.authorId ? [] : [userId]))
}

/** Says that somebody is no longer in a post. */
function retract(
  tx: Transaction<'content'>,
  { userId, authorId, postId }: Pick<TagRow, 'userId' | 'authorId' | 'postId'>,
): void {
  tx.emit('user.untagged', { userId, actorId: authorId, postId })
}

type AnswerDeps = Pick<Store, 'getTag' | 'setTagState' | 'deleteTag'> & {
  transact: Transact<'content'>
  visibility: Visibility
}

const postField = ['input', 'postId']

/** Lets a tag of the viewer show to everyone. Answers the post's id. Throws NOT_FOUND. */
export async function approveTag(deps: AnswerDeps, viewerId: string, postId: string): Promise<string> {
  if (!(await deps.visibility.post(postId))) throw notFound(postField)
  return deps.transact(async ({ session }) => {
    const tag = await deps.getTag(postId, viewerId, session)
    if (!tag || tag.state === 'REMOVED') throw notFound(postField)
    if (tag.state === 'PENDING') await deps.setTagState(tag._id, 'APPROVED', session)
    return postId
  })
}

/**
 * Takes a tag away: the viewer's own for good, or anyone's from his own post. Answers the post's id. Throws NOT_FOUND or FORBIDDEN.
 *
 * An author is answered alike whether there was a tag or not: he gets rid of somebody hidden from him, and does not learn by it
 * whether that one is hidden, took himself out, or never was (V1, V2).
 */
export async function removeTag(
  deps: AnswerDeps,
  viewerId: string,
  postId: string,
  userId: string = viewerId,
): Promise<string> {
  const post = await deps.visibility.post(postId)
  if (!post) throw notFound(postField)
  if (userId !== viewerId && post.authorId !== viewerId) {
    throw new AppError('FORBIDDEN', 'Only the person and the author may do this.', {
      field: ['input', 'userId'],
    })
  }
  return deps.transact(async (tx) => {
    const isAuthor = post.authorId === viewerId
    const tag = await deps.getTag(postId, userId, tx.session)
    if (!tag || tag.state === 'REMOVED') {
      if (isAuthor) return postId
      throw notFound(postField)
    }
    if (isAuthor) await deps.deleteTag(tag._id, tx.session)
    else await deps.setTagState(tag._id, 'REMOVED', tx.session)
    retract(tx, tag)
    return postId
  })
}

/** Those of a post's tags that the viewer may see: approved ones; those that wait, the person and the author. */
export async function visibleTags(visibility: Visibility, tags: readonly TagRow[]): Promise<TagRow[]> {
  const { viewerId } = visibility
  const shown = tags.filter(
    ({ state, userId, authorId }) =>
      state === 'APPROVED' || (state === 'PENDING' && (viewerId === userId || viewerId === authorId)),
  )
  return visibility.filterByAccount(shown, (tag) => tag.userId)
}

/** A page of the posts that a person is tagged in, newest first, as far as the viewer may see them. */
export async function listTagged(
  deps: Pick<Store, 'listTags' | 'findPosts'> & { cursors: Cursors; visibility: Visibility },
  userId: string,
  list: { name: string; state: 'PENDING' | 'APPROVED' },
  args: PageArguments,
): Promise<Page<LivePost>> {
  const { cursors, visibility } = deps
  const size = pageSize(args.first)
  const scope = { list: `${list.name}:${userId}`, viewerId: visibility.viewerId }
  const start = cursors.decode(scope, args.after)
  const { items, hasNextPage, last } = await fillPage<TagRow>({
    size,
    read: (previous, limit) =>
      deps.listTags(userId, list.state, previous?.postId ?? (start && String(start[0])), limit),
    // Its author sees a post before it is published; the list is of what is.
    async visible(tags) {
      const posts = await Promise.all(tags.map((tag) => visibility.post(tag.postId)))
      return tags.filter((_, i) => posts[i]?.status === 'PUBLISHED')
    },
  })
  const posts = new Map(
    (await deps.findPosts(items.map((tag) => tag.postId))).map((post) => [post._id, post]),
  )
  const edges = items.flatMap(({ postId }) => {
    const node = posts.get(postId)
    return node ? [{ node }] : []
  })
  return pageOf(cursors, scope, edges, {
    keyOf: ({ node }) => [node._id],
    hasNextPage,
    end: last && [last.postId],
    hasPreviousPage: start !== null,
  })
}
