// Where a post stands: published, put away, brought back, pinned, deleted.
import type { Transaction } from '#platform/mongo.ts'
import { AppError, notFound } from '#schema/errors.ts'
import type { LivePost } from '../model.ts'
import type { Store } from '../store.ts'
import { type ChangeDeps, changeOwnPost, publication, takePostMedia } from './post-changes.ts'
import { checkStrikes } from './strikes.ts'
import { placeOnTopics } from './topics.ts'

const maxPins = 3
const field = ['input', 'postId']

const conflict = (message: string) => new AppError('CONFLICT', message, { field })

/** Publishes a draft or a scheduled post of the viewer's now. Throws NOT_FOUND, FORBIDDEN, CONFLICT or BLOCKED_BY_POLICY. */
export function publishPost(
  deps: ChangeDeps & Pick<Store, 'takeMedia' | 'countStrikes'>,
  viewerId: string,
  postId: string,
): Promise<string> {
  return changeOwnPost(deps, viewerId, postId, async (post, tx, at) => {
    if (post.status === 'PUBLISHED' || post.status === 'PROCESSING') return null
    if (post.status !== 'DRAFT' && post.status !== 'SCHEDULED') {
      throw conflict('Only a draft or a scheduled post can be published.')
    }
    await checkStrikes(deps, viewerId)
    const set = publication(post, await takePostMedia(deps, tx, post), at)
    const event = set.status === 'PUBLISHED' ? 'post.published' : 'post.changed'
    return { set: { ...set, updatedAt: at }, event }
  })
}

/** Takes a published post of the viewer's out of everyone else's sight. Throws NOT_FOUND, FORBIDDEN or CONFLICT. */
export function archivePost(
  deps: ChangeDeps & Pick<Store, 'getPins' | 'putPins'>,
  viewerId: string,
  postId: string,
): Promise<string> {
  return changeOwnPost(deps, viewerId, postId, async (post, tx, at) => {
    if (post.status === 'ARCHIVED') return null
    if (post.status !== 'PUBLISHED') throw conflict('Only a published post can be archived.')
    await unpin(deps, tx, post)
    return { set: { status: 'ARCHIVED', updatedAt: at }, event: 'post.archived' }
  })
}

/** Brings an archived post of the viewer's back to where it stood. Throws NOT_FOUND, FORBIDDEN or CONFLICT. */
export function unarchivePost(deps: ChangeDeps, viewerId: string, postId: string): Promise<string> {
  return changeOwnPost(deps, viewerId, postId, async (post, _tx, at) => {
    if (post.status === 'PUBLISHED') return null
    if (post.status !== 'ARCHIVED') throw conflict('This post is not archived.')
    return { set: { status: 'PUBLISHED', updatedAt: at }, event: 'post.unarchived' }
  })
}

/** Puts a published post of the viewer's first on his profile. Throws NOT_FOUND, FORBIDDEN, CONFLICT, or TOO_MANY beyond three. */
export function pinPost(
  deps: ChangeDeps & Pick<Store, 'getPins' | 'putPins'>,
  viewerId: string,
  postId: string,
): Promise<string> {
  return changeOwnPost(deps, viewerId, postId, async (post, tx) => {
    const pins = await deps.getPins(post.authorId, tx.session)
    if (pins.includes(post._id)) return null
    if (post.status !== 'PUBLISHED') throw conflict('Only a published post can be pinned.')
    if (pins.length >= maxPins) {
      throw new AppError('TOO_MANY', `At most ${maxPins} posts can be pinned: unpin one first.`, { field })
    }
    await deps.putPins(post.authorId, [post._id, ...pins], tx.session)
    return null
  })
}

/** Takes a post of the viewer's back to its place by time. Throws NOT_FOUND or FORBIDDEN. */
export function unpinPost(
  deps: ChangeDeps & Pick<Store, 'getPins' | 'putPins'>,
  viewerId: string,
  postId: string,
): Promise<string> {
  return changeOwnPost(deps, viewerId, postId, async (post, tx) => {
    await unpin(deps, tx, post)
    return null
  })
}

async function unpin(
  deps: Pick<Store, 'getPins' | 'putPins'>,
  tx: Transaction,
  post: LivePost,
): Promise<void> {
  const pins = await deps.getPins(post.authorId, tx.session)
  if (!pins.includes(post._id)) return
  await deps.putPins(
    post.authorId,
    pins.filter((id) => id !== post._id),
    tx.session,
  )
}

/** Makes a post of the viewer's a tombstone and answers it as it was. Throws NOT_FOUND or FORBIDDEN. */
export async function deletePost(
  deps: ChangeDeps & Pick<Store, 'deletePost' | 'getPins' | 'putPins'>,
  viewerId: string,
  postId: string,
): Promise<LivePost> {
  const facts = await deps.visibility.post(postId)
  if (!facts) throw notFound(field)
  if (facts.authorId !== viewerId)
    throw new AppError('FORBIDDEN', 'Only its author may delete a post.', { field })
  return deps.posts.changing([postId], () =>
    deps.transact(async (tx) => {
      const post = await deps.deletePost(postId, viewerId, deps.now(), tx.session)
      if (!post) throw notFound(field)
      await unpin(deps, tx, post)
      await placeOnTopics(deps, tx, post, { ...post, status: 'DELETED' })
      tx.emit('post.deleted', { postId, authorId: viewerId })
      return post
    }),
  )
}
