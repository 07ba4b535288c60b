// Posts: what can be one, and how one is made and edited.
import type { Accounts } from '#platform/accounts.ts'
import { byId } from '#platform/loader.ts'
import type { MessageMedia } from '#platform/message-media.ts'
import type { Transaction } from '#platform/mongo.ts'
import { boundedList } from '#platform/validate.ts'
import { AppError } from '#schema/errors.ts'
import type { PostFacts } from '#schema/facts.ts'
import { newId } from '#schema/ids.ts'
import type { LivePost, MediaRow, PostKind, RevisionRow, TagRow } from '../model.ts'
import type { Store } from '../store.ts'
import { readCaption } from './captions.ts'
import { altTextOf } from './media.ts'
import { applyEdits, type MediaEdit } from './media-edits.ts'
import { type Location, type PlaceDeps, resolvePlace } from './places.ts'
import {
  announce,
  type ChangeDeps,
  changeOwnPost,
  checkOwn,
  type PostChange,
  publication,
  takePostMedia,
} from './post-changes.ts'
import { checkScheduledAt } from './scheduling.ts'
import { checkStrikes } from './strikes.ts'
import { checkTagged, readTags, type TagDraft, type TagInput, writeTags } from './tags.ts'
import { type FlagDeps, flagText, isKeptOut, judgeCaption } from './text-review.ts'
import { placeOnTopics } from './topics.ts'

const maxMedia = 20

/** What the author says about a post, when he makes it and when he edits it. */
export interface PostText {
  caption?: string | null
  audience?: PostFacts['audience'] | null
  altTexts?: readonly (string | null)[] | null
  commentsDisabled?: boolean | null
  hideLikeCount?: boolean | null
  sensitive?: boolean | null
  scheduledAt?: Date | null
  placeId?: string | null
  location?: Location | null
  userTags?: readonly TagInput[] | null
}

export interface PostDraft extends PostText {
  mediaIds: readonly string[]
  kind?: PostKind | null
  asDraft?: boolean | null
  edits?: readonly MediaEdit[] | null
}

export interface PostEdit extends PostText {
  mediaIds?: readonly string[] | null
}

function readMediaIds(value: readonly string[]): string[] {
  const mediaIds = [...boundedList(value, { field: 'mediaIds', min: 1, max: maxMedia })]
  if (new Set(mediaIds).size < mediaIds.length) {
    throw new AppError('INVALID', 'Each item can be in a post once.', { field: ['input', 'mediaIds'] })
  }
  return mediaIds
}

/** What a draft says by itself, checked and with defaults. Throws INVALID, TOO_LONG or TOO_MANY. */
export function readDraft(draft: PostDraft, now: Date) {
  const mediaIds = readMediaIds(draft.mediaIds)
  const altTexts = boundedList(draft.altTexts ?? [], { field: 'altTexts', max: mediaIds.length })
  if (draft.asDraft && draft.scheduledAt) {
    throw new AppError('INVALID', 'A post is either a draft or scheduled.', { field: ['input', 'asDraft'] })
  }
  return {
    altTexts: altTexts.map((text) => altTextOf(text, 'altTexts')),
    asDraft: draft.asDraft ?? false,
    edits: boundedList(draft.edits ?? [], { field: 'edits', max: maxMedia }),
    tags: readTags(draft.userTags ?? []),
    post: {
      mediaIds,
      audience: draft.audience ?? ('PUBLIC' as const),
      kind: draft.kind ?? ('POST' as const),
      commentsDisabled: draft.commentsDisabled ?? false,
      hidesLikeCount: draft.hideLikeCount ?? false,
      sensitive: draft.sensitive ?? false,
      scheduledAt: draft.scheduledAt ? checkScheduledAt(draft.scheduledAt, now) : null,
    },
  }
}

/**
 * Makes a post and answers its id. It is a draft, waits for its time, or is published: at once when all its media are READY,
 * otherwise by `publishWaiting`. Throws the refusals of `readDraft` and `checkMedia`.
 */
export async function createPost(
  deps: Omit<ChangeDeps, 'getPost' | 'setPost'> &
    PlaceDeps &
    Pick<
      Store,
      | 'insertPost'
      | 'takeMedia'
      | 'setAltText'
      | 'putTags'
      | 'setEdit'
      | 'isUsed'
      | 'isShownInStory'
      | 'countStrikes'
    > &
    FlagDeps & {
      accounts: Pick<Accounts, 'idsByUsername'>
      messageMedia: Pick<MessageMedia, 'isSent'>
      limited: boolean
    },
  authorId: string,
  draft: PostDraft,
): Promise<string> {
  const { altTexts, asDraft, edits, tags, post } = readDraft(draft, deps.now())
  const caption = await readCaption(deps, authorId, draft.caption)
  const verdict = judgeCaption(caption.caption, deps.limited)
  if (!asDraft) await checkStrikes(deps, authorId)
  await checkTagged(
    deps.visibility,
    authorId,
    tags.map((tag) => tag.userId),
  )
  const placeId = (await resolvePlace(deps, authorId, draft)) ?? null
  const postId = newId('post')
  const work = () =>
    deps.transact(async (tx) => {
      const at = deps.now()
      const taken = await takePostMedia(deps, tx, { authorId, ...post })
      const media = edits.length > 0 ? await applyEdits(deps, tx, taken, edits, at) : taken
      await describe(deps, tx, media, altTexts, at)
      const status = asDraft ? ('DRAFT' as const) : ('SCHEDULED' as const)
      const stands =
        asDraft || post.scheduledAt ? { status, publishedAt: null } : publication(post, media, at)
      const row: LivePost = {
        _id: postId,
        authorId,
        version: 1,
        ...post,
        ...caption,
        placeId,
        ...stands,
        ...(isKeptOut(verdict) ? { limited: true } : {}),
        editedAt: null,
        createdAt: at,
        updatedAt: at,
      }
      await deps.insertPost(row, tx.session)
      const userIds = tags.length > 0 ? await writeTags(deps, tx, row, tags, at) : []
      await placeOnTopics(deps, tx, null, row)
      await flagText(deps, tx, subjectOf(row), verdict, at)
      if (row.status === 'PUBLISHED') {
        tx.emit('post.published', { postId, authorId })
        announce(tx, row, { mentions: caption.mentions, userIds })
      }
      return postId
    })
  return deps.posts.changing([postId], work)
}

/** A post as moderators meet it. */
const subjectOf = ({ _id, authorId, caption }: Pick<LivePost, '_id' | 'authorId' | 'caption'>) => ({
  ...{ id: _id, kind: 'POST' as const, ownerId: authorId, text: caption },
})

/** Writes descriptions of items, in their order; null leaves one as it is. */
async function describe(
  deps: Pick<Store, 'setAltText'>,
  tx: Transaction<'content'>,
  media: readonly MediaRow[],
  altTexts: readonly (string | null)[],
  at: Date,
): Promise<void> {
  for (const [i, altText] of altTexts.entries()) {
    const item = media[i]
    if (altText === null || !item || item.status === 'PENDING') continue
    await deps.setAltText(item._id, altText || null, at, tx.session)
    tx.emit('media.changed', { mediaId: item._id, ownerId: item.ownerId, status: item.status })
  }
}

/** Fields that an edit gives new values, checked. Throws TOO_LONG, TOO_MANY or INVALID. */
function readEdit(edit: PostEdit, now: Date) {
  const set: PostChange['set'] = {}
  if (edit.mediaIds) set.mediaIds = readMediaIds(edit.mediaIds)
  if (edit.audience) set.audience = edit.audience
  if (typeof edit.commentsDisabled === 'boolean') set.commentsDisabled = edit.commentsDisabled
  if (typeof edit.hideLikeCount === 'boolean') set.hidesLikeCount = edit.hideLikeCount
  if (typeof edit.sensitive === 'boolean') set.sensitive = edit.sensitive
  if (edit.scheduledAt !== undefined) {
    set.scheduledAt = edit.scheduledAt && checkScheduledAt(edit.scheduledAt, now)
  }
  const altTexts = boundedList(edit.altTexts ?? [], { field: 'altTexts', max: maxMedia })
  const tags = edit.userTags ? readTags(edit.userTags) : null
  // An empty text takes a description away, null leaves it.
  return {
    set,
    tags,
    altTexts: altTexts.map((text) => (text === null ? null : (altTextOf(text, 'altTexts') ?? ''))),
  }
}

const isUnpublished = ({ status }: LivePost) => status === 'DRAFT' || status === 'SCHEDULED'

const sameItems = (one: readonly string[], other: readonly string[]) =>
  one.length === other.length && one.every((id) => other.includes(id))

/** Whether an edit fits where the post stands. Throws CONFLICT or BLOCKED_BY_POLICY. */
function checkEdit(post: LivePost, set: PostChange['set']): void {
  if (post.status === 'REMOVED') {
    throw new AppError('BLOCKED_BY_POLICY', 'This post was taken down.', { field: ['input', 'postId'] })
  }
  if (set.sensitive === false && post.labelled) {
    throw new AppError('BLOCKED_BY_POLICY', 'Moderators labelled this post.', {
      field: ['input', 'sensitive'],
    })
  }
  const unpublished = isUnpublished(post)
  if (set.mediaIds && !unpublished && !sameItems(set.mediaIds, post.mediaIds)) {
    throw new AppError('CONFLICT', 'The items of a published post can change their order only.', {
      field: ['input', 'mediaIds'],
    })
  }
  if (set.scheduledAt && !unpublished) {
    throw new AppError('CONFLICT', 'Only a draft can be scheduled.', { field: ['input', 'scheduledAt'] })
  }
}

/**
 * Edits a post of the viewer's. What is left out stays. Of a published one, what it said before is kept for its author. Throws
 * NOT_FOUND, FORBIDDEN, CONFLICT, BLOCKED_BY_POLICY and the refusals of values out of bounds.
 */
export async function updatePost(
  deps: ChangeDeps &
    PlaceDeps &
    Pick<Store, 'findMedia' | 'takeMedia' | 'setAltText' | 'insertRevision' | 'putTags' | 'countStrikes'> &
    FlagDeps & {
      accounts: Pick<Accounts, 'idsByUsername'>
      limited: boolean
    },
  viewerId: string,
  postId: string,
  edit: PostEdit,
): Promise<string> {
  const { set, altTexts, tags } = readEdit(edit, deps.now())
  // Before anything is read of the post: what it is tagged with is nobody else's business.
  await checkOwn(deps, viewerId, postId)
  if (edit.caption !== undefined) Object.assign(set, await readCaption(deps, viewerId, edit.caption))
  if (set.scheduledAt) await checkStrikes(deps, viewerId)
  const verdict = judgeCaption(set.caption ?? null, deps.limited)
  if (isKeptOut(verdict)) set.limited = true
  const tagged = tags && (await newlyTagged(deps, postId, tags))
  if (tagged) await checkTagged(deps.visibility, viewerId, tagged)
  const placeId = await resolvePlace(deps, viewerId, edit)
  if (placeId !== undefined) set.placeId = placeId
  return changeOwnPost(deps, viewerId, postId, async (post, tx, at) => {
    checkEdit(post, set)
    const next = { ...post, ...set }
    const media = set.mediaIds ? await takePostMedia(deps, tx, next) : await listMedia(deps, tx, post)
    if (altTexts.length > media.length) {
      throw new AppError('TOO_MANY', `At most ${media.length}.`, { field: ['input', 'altTexts'] })
    }
    const shown = await deps.findTags([postId], tx.session)
    const described = altTexts.some((text, i) => text !== null && text !== (media[i]?.altText ?? ''))
    const userIds = tags ? await writeTags(deps, tx, next, tags, at) : []
    const change: PostChange['set'] = { ...set, updatedAt: at }
    if (isUnpublished(post)) {
      if (set.scheduledAt !== undefined) change.status = set.scheduledAt ? 'SCHEDULED' : 'DRAFT'
    } else if (described || (tags !== null && !sameTags(tags, shown)) || saysOtherwise(post, next)) {
      await deps.insertRevision(revisionOf(post, media, shown, at), tx.session)
      change.editedAt = at
    }
    if (post.status === 'PUBLISHED') announce(tx, post, { mentions: [], userIds })
    await describe(deps, tx, media, altTexts, at)
    await flagText(deps, tx, subjectOf(next), verdict, at)
    return { set: change, event: 'post.changed' }
  })
}

/** Whether a list of tags changes nothing of those that a post has. */
const sameTags = (tags: readonly TagDraft[], before: readonly TagRow[]) => {
  const known = new Map(before.filter(({ state }) => state !== 'REMOVED').map((tag) => [tag.userId, tag]))
  const isSame = ({ userId, x, y, mediaId }: TagDraft) => {
    const tag = known.get(userId)
    return tag && tag.x === x && tag.y === y && (mediaId === null || tag.mediaId === mediaId)
  }
  return tags.length === known.size && tags.every(isSame)
}

/** Whether a post says or shows something else than before. */
const saysOtherwise = (before: LivePost, after: LivePost) =>
  after.caption !== before.caption ||
  (after.placeId ?? null) !== (before.placeId ?? null) ||
  after.mediaIds.join() !== before.mediaIds.join()

/** Whom a list of tags adds: who is tagged already need not be asked again whether he lets the author. */
async function newlyTagged(
  deps: Pick<Store, 'findTags'>,
  postId: string,
  tags: readonly TagDraft[],
): Promise<string[]> {
  const known = new Set((await deps.findTags([postId])).map((tag) => tag.userId))
  return tags.map((tag) => tag.userId).filter((userId) => !known.has(userId))
}

async function listMedia(
  deps: Pick<Store, 'findMedia'>,
  tx: Transaction<'content'>,
  post: LivePost,
): Promise<MediaRow[]> {
  const found = byId(await deps.findMedia(post.mediaIds, tx.session))
  return post.mediaIds.flatMap((id) => found.get(id) ?? [])
}

function revisionOf(
  post: LivePost,
  media: readonly MediaRow[],
  tags: readonly TagRow[],
  at: Date,
): RevisionRow {
  const described = media.flatMap((item) =>
    item.altText === null ? [] : [[item._id, item.altText] as const],
  )
  return {
    _id: newId('revision'),
    postId: post._id,
    caption: post.caption,
    mediaIds: post.mediaIds,
    placeId: post.placeId ?? null,
    altTexts: Object.fromEntries(described),
    tags: tags.filter(({ state }) => state !== 'REMOVED'),
    replacedAt: at,
  }
}
