// Posts: made, listed, deleted.
import type { Transact } from '#platform/mongo.ts'
import { type Cursors, fillPage, type Page, type PageArguments, pageOf, pageSize } from '#platform/page.ts'
import type { PostPosition, Posts } from '#platform/posts.ts'
import { boundedList, optionalText } from '#platform/validate.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError, notFound } from '#schema/errors.ts'
import type { PostFacts } from '#schema/facts.ts'
import { isId, newId } from '#schema/ids.ts'
import type { LivePost, MediaRow, PostKind } from '../model.ts'
import type { Store } from '../store.ts'
import { altTextOf } from './media.ts'

const maxMedia = 20
const maxCaption = 2_200

export interface PostDraft {
  mediaIds: readonly string[]
  caption?: string | null
  audience?: PostFacts['audience'] | null
  altTexts?: readonly (string | null)[] | null
  kind?: PostKind | null
}

const mediaField = { field: ['input', 'mediaIds'] }

/** What a draft says, checked and with defaults. Throws INVALID, TOO_LONG or TOO_MANY. */
export function readDraft(draft: PostDraft) {
  const mediaIds = [...boundedList(draft.mediaIds, { field: 'mediaIds', min: 1, max: maxMedia })]
  if (new Set(mediaIds).size < mediaIds.length) {
    throw new AppError('INVALID', 'Each item can be in a post once.', mediaField)
  }
  const altTexts = boundedList(draft.altTexts ?? [], { field: 'altTexts', max: mediaIds.length })
  return {
    mediaIds,
    altTexts: altTexts.map((text) => altTextOf(text, 'altTexts')),
    caption: optionalText(draft.caption, { field: 'caption', max: maxCaption }),
    audience: draft.audience ?? ('PUBLIC' as const),
    kind: draft.kind ?? ('POST' as const),
  }
}

/** Whether these items, all of the author's, can be a post now. Throws NOT_FOUND, CONFLICT or INVALID. */
export function checkMedia(
  kind: PostKind,
  media: readonly (MediaRow | undefined)[],
): asserts media is MediaRow[] {
  if (media.some((item) => item === undefined)) throw notFound(mediaField.field)
  if (media.some((item) => item?.status === 'PENDING')) {
    throw new AppError(
      'CONFLICT',
      'An item still waits for its bytes: complete its upload first.',
      mediaField,
    )
  }
  if (media.some((item) => item?.status === 'FAILED')) {
    throw new AppError('CONFLICT', 'An item could not be processed: upload it again.', mediaField)
  }
  if (kind === 'REEL' && (media.length !== 1 || media[0]?.kind !== 'VIDEO')) {
    throw new AppError('INVALID', 'A reel is exactly one video.', mediaField)
  }
}

/**
 * Makes a post and answers its id. It is published at once when all its media are READY, otherwise by `publishWaiting`.
 * Throws the refusals of `readDraft` and `checkMedia`.
 */
export async function createPost(
  deps: Pick<Store, 'insertPost' | 'takeMedia' | 'setAltText'> & {
    transact: Transact<'content'>
    posts: Pick<Posts, 'changing'>
    now: () => Date
  },
  authorId: string,
  draft: PostDraft,
): Promise<string> {
  const { mediaIds, altTexts, caption, audience, kind } = readDraft(draft)
  const postId = newId('post')
  const work = () =>
    deps.transact(async (tx) => {
      const { session } = tx
      const at = deps.now()
      // Taking the items and one of them becoming READY conflict: either it is seen READY here, or the post is seen there.
      const taken = await deps.takeMedia(authorId, mediaIds, session)
      const media = mediaIds.map((id) => taken.get(id))
      checkMedia(kind, media)
      for (const [i, altText] of altTexts.entries()) {
        const item = media[i]
        if (altText === null || !item || item.status === 'PENDING') continue
        await deps.setAltText(item._id, altText, at, session)
        tx.emit('media.changed', { mediaId: item._id, ownerId: authorId, status: item.status })
      }
      const ready = media.every((item) => item.status === 'READY')
      const post: LivePost = {
        _id: postId,
        authorId,
        audience,
        status: ready ? 'PUBLISHED' : 'PROCESSING',
        publishedAt: ready ? at : null,
        version: 1,
        kind,
        caption,
        mediaIds,
        createdAt: at,
        updatedAt: at,
      }
      await deps.insertPost(post, session)
      if (ready) tx.emit('post.published', { postId, authorId })
      return postId
    })
  return deps.posts.changing([postId], work)
}

/** Makes a post of the viewer's a tombstone and answers it as it was. Throws NOT_FOUND or FORBIDDEN. */
export async function deletePost(
  deps: Pick<Store, 'deletePost'> & {
    transact: Transact<'content'>
    posts: Pick<Posts, 'changing'>
    visibility: Visibility
    now: () => Date
  },
  viewerId: string,
  postId: string,
): Promise<LivePost> {
  const field = ['input', 'postId']
  const facts = isId(postId, 'post') ? await deps.visibility.post(postId) : null
  if (!facts) throw notFound(field)
  if (facts.authorId !== viewerId)
    throw new AppError('FORBIDDEN', 'Only its author may delete a post.', { field })
  return deps.posts.changing([postId], () =>
    deps.transact(async (tx) => {
      const post = await deps.deletePost(postId, viewerId, deps.now(), tx.session)
      if (!post) throw notFound(field)
      tx.emit('post.deleted', { postId, authorId: viewerId })
      return post
    }),
  )
}

const positionOf = (post: LivePost): PostPosition => ({
  publishedAt: post.publishedAt?.getTime() ?? 0,
  id: post._id,
})

/** A page of an account's published posts, newest first; null when the viewer may not see what it publishes. */
export async function listPosts(
  deps: Pick<Store, 'listPublishedPosts'> & { cursors: Cursors; visibility: Visibility },
  authorId: string,
  args: PageArguments,
): Promise<Page<LivePost> | null> {
  const { cursors, visibility } = deps
  const size = pageSize(args.first)
  const scope = { list: `User.posts:${authorId}`, viewerId: visibility.viewerId }
  const start = cursors.decode(scope, args.after)
  if (!(await visibility.content(authorId))) return null
  const after = start && { publishedAt: Number(start[0]), id: String(start[1]) }
  const { items, hasNextPage } = await fillPage<LivePost>({
    size,
    read: (last, limit) => deps.listPublishedPosts(authorId, last ? positionOf(last) : after, limit),
    visible: (posts) => visibility.filterByPost(posts, (post) => post._id),
  })
  return pageOf(
    cursors,
    scope,
    items.map((node) => ({ node })),
    {
      keyOf: ({ node }) => [positionOf(node).publishedAt, node._id],
      hasNextPage,
      hasPreviousPage: start !== null,
    },
  )
}
