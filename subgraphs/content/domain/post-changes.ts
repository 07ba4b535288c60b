// How a post changes: by its author, in one transaction with the event that says so.
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { Posts } from '#platform/posts.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError, notFound } from '#schema/errors.ts'
import { isId } from '#schema/ids.ts'
import type { LivePost, MediaRow, Mention, PostKind } from '../model.ts'
import type { Store } from '../store.ts'
import { standingOf } from './label-rules.ts'
import { placeOnTopics, type TopicDeps } from './topics.ts'

/** What writing a change needs. */
export interface WriteDeps extends Pick<Store, 'getPost' | 'setPost' | 'findTags'>, TopicDeps {
  transact: Transact<'content'>
  posts: Pick<Posts, 'changing'>
}

/** What a change of one's own post needs. */
export interface ChangeDeps extends WriteDeps {
  visibility: Visibility
}

/** Fields of a post that get new values, and the event that says so. */
export interface PostChange {
  set: Partial<Omit<LivePost, '_id' | 'version'>>
  event: 'post.published' | 'post.changed' | 'post.archived' | 'post.unarchived'
}

const postField = ['input', 'postId']
const mediaField = { field: ['input', 'mediaIds'] }

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
  if (media.some((item) => item?.labels?.includes('BLOCKED'))) {
    throw new AppError('BLOCKED_BY_POLICY', 'An item shows what was taken down before.', mediaField)
  }
  if (kind === 'REEL' && (media.length !== 1 || media[0]?.kind !== 'VIDEO')) {
    throw new AppError('INVALID', 'A reel is exactly one video.', mediaField)
  }
}

/**
 * The items of a post of the author's, in order, checked. Taking them and one of them becoming READY conflict: either it is seen
 * READY here, or the post is seen there. Throws as `checkMedia`.
 */
export async function takePostMedia(
  deps: Pick<Store, 'takeMedia'>,
  tx: Transaction,
  post: Pick<LivePost, 'authorId' | 'kind' | 'mediaIds'>,
): Promise<MediaRow[]> {
  const taken = await deps.takeMedia(post.authorId, post.mediaIds, tx.session)
  const media = post.mediaIds.map((id) => taken.get(id))
  checkMedia(post.kind, media)
  return media
}

/** Where a post stands that is to be seen from now on: it waits until all its media are READY, and has their labels. */
export function publication(
  post: Pick<LivePost, 'sensitive' | 'labelled'>,
  media: readonly Pick<MediaRow, 'status' | 'labels'>[],
  at: Date,
) {
  const labels = standingOf(media)
  const overrides = labels.labelled && !post.labelled
  const standing = { ...labels, ...(overrides ? { sensitiveByAuthor: post.sensitive ?? false } : {}) }
  return media.every((item) => item.status === 'READY')
    ? { status: 'PUBLISHED' as const, publishedAt: at, scheduledAt: null, ...standing }
    : { status: 'PROCESSING' as const, publishedAt: null, scheduledAt: null, ...standing }
}

/** A post of the viewer's, whatever its status. Throws NOT_FOUND, and FORBIDDEN for another's that he may see. */
export async function checkOwn(deps: Pick<ChangeDeps, 'visibility'>, viewerId: string, postId: string) {
  const facts = isId(postId, 'post') ? await deps.visibility.post(postId) : null
  if (!facts) throw notFound(postField)
  if (facts.authorId !== viewerId) {
    throw new AppError('FORBIDDEN', 'Only its author may do this.', { field: postField })
  }
}

/** Writes a change of a post, what follows from it, and its event, in the transaction that read it. */
export async function writeChange(
  deps: Pick<WriteDeps, 'setPost' | 'findTags'> & TopicDeps,
  tx: Transaction<'content'>,
  post: LivePost,
  { set, event }: PostChange,
): Promise<void> {
  const next = { ...post, ...set }
  await deps.setPost(post._id, set, tx.session)
  await placeOnTopics(deps, tx, post, next)
  tx.emit(event, { postId: post._id, authorId: post.authorId })
  if (event === 'post.published') {
    const tags = await deps.findTags([post._id], tx.session)
    const userIds = tags.filter((tag) => tag.state === 'PENDING').map((tag) => tag.userId)
    announce(tx, next, { mentions: next.mentions ?? [], userIds })
  } else if (next.status === 'PUBLISHED') {
    const known = new Set((post.mentions ?? []).map((mention) => mention.userId))
    const mentions = (next.mentions ?? []).filter((mention) => !known.has(mention.userId))
    announce(tx, next, { mentions, userIds: [] })
    const kept = new Set((next.mentions ?? []).map((mention) => mention.userId))
    for (const userId of known) {
      if (kept.has(userId)) continue
      tx.emit('user.unmentioned', { userId, actorId: post.authorId, postId: post._id })
    }
  }
}

/** Says of a published post whom it mentions and whom it shows. Nobody is told of himself. */
export function announce(
  tx: Transaction<'content'>,
  { _id: postId, authorId: actorId }: Pick<LivePost, '_id' | 'authorId'>,
  { mentions, userIds }: { mentions: readonly Mention[]; userIds: readonly string[] },
): void {
  for (const userId of new Set(mentions.map((mention) => mention.userId))) {
    if (userId !== actorId) tx.emit('user.mentioned', { userId, actorId, postId })
  }
  for (const userId of userIds) {
    if (userId !== actorId) tx.emit('user.tagged', { userId, actorId, postId })
  }
}

/**
 * Changes a post of the viewer's and answers its id. `decide` reads what it needs in the transaction, which two changes of one
 * post cannot both pass; null changes nothing. Throws NOT_FOUND, FORBIDDEN and what `decide` throws.
 */
export async function changeOwnPost(
  deps: ChangeDeps,
  viewerId: string,
  postId: string,
  decide: (post: LivePost, tx: Transaction<'content'>, at: Date) => Promise<PostChange | null>,
): Promise<string> {
  await checkOwn(deps, viewerId, postId)
  const work = () =>
    deps.transact(async (tx) => {
      const post = await deps.getPost(postId, tx.session)
      if (!post) throw notFound(postField)
      const change = await decide(post, tx, deps.now())
      if (change) await writeChange(deps, tx, post, change)
      return postId
    })
  return deps.posts.changing([postId], work)
}
