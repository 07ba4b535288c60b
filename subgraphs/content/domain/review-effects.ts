// What decisions do, and how it is taken back: each effect remembers what was before. Accounts and comments change by event.
import type { Accounts } from '#platform/accounts.ts'
import type { Transaction } from '#platform/mongo.ts'
import type { MediaLabel, PostStanding, ReviewDecision, ReviewEffect, ReviewItemRow } from '../model.ts'
import type { Store } from '../store.ts'
import { standingOf } from './label-rules.ts'
import { bandsOf, markKindOf, tells } from './picture-marks.ts'
import { writeChange } from './post-changes.ts'
import { decidedReason } from './review-rules.ts'
import type { TopicDeps } from './topics.ts'

export interface EffectDeps
  extends Pick<
      Store,
      | 'getPost'
      | 'setPost'
      | 'findTags'
      | 'setStoryStanding'
      | 'findPostsShowing'
      | 'findPostsToLabel'
      | 'findLabelled'
      | 'findMedia'
      | 'setMediaLabels'
      | 'putMark'
      | 'removeMark'
    >,
    TopicDeps {
  accounts: Pick<Accounts, 'get'>
  now(): Date
}

const flags = ['sensitive', 'labelled', 'limited'] as const

type Item = Pick<ReviewItemRow, '_id' | 'subjectId' | 'subjectKind' | 'ownerId' | 'reasons'>

const standings: Partial<Record<ReviewDecision, PostStanding>> = {
  LABEL: { sensitive: true, labelled: true },
  LIMIT: { limited: true },
  REMOVE: { status: 'REMOVED' },
}

/** The posts that a decision about a thing is about: the post itself, or those that show the item; at most 500. */
export async function postsOf(deps: Pick<Store, 'findPostsShowing'>, item: Item): Promise<string[]> {
  if (item.subjectKind === 'POST') return [item.subjectId]
  return item.subjectKind === 'MEDIA' ? deps.findPostsShowing(item.subjectId) : []
}

/** Does what a decision says, and answers what changed by it. `postIds` are `postsOf` the item. */
export async function applyDecision(
  deps: EffectDeps,
  tx: Transaction<'content'>,
  item: Item,
  {
    decision,
    moderatorId,
    postIds,
    templateKey,
  }: { decision: ReviewDecision; moderatorId: string; postIds: string[]; templateKey: string | null },
): Promise<ReviewEffect[]> {
  const standing = standings[decision]
  const { subjectId, subjectKind, ownerId } = item
  if (decision === 'SUSPEND' || (decision === 'LIMIT' && subjectKind === 'USER')) {
    if (ownerId === null) return []
    const account = (await deps.accounts.get([ownerId])).get(ownerId)
    const change = decision === 'SUSPEND' ? 'SUSPENDED' : 'SHADOW_BANNED'
    if (!account || (change === 'SUSPENDED' ? account.status === 'SUSPENDED' : account.shadowBanned))
      return []
    tx.emit('account.decided', { userId: ownerId, moderatorId, change, on: true })
    return [{ kind: 'ACCOUNT', id: ownerId, change }]
  }
  if (!standing) return []
  if (subjectKind === 'COMMENT') {
    tx.emit('comment.decided', { commentId: subjectId, removed: true })
    return [{ kind: 'COMMENT', id: subjectId }]
  }
  if (subjectKind === 'STORY') {
    const authorId = await deps.setStoryStanding(subjectId, 'PUBLISHED', 'REMOVED', tx.session)
    if (authorId === null) return []
    tx.emit('story.changed', { storyId: subjectId, authorId })
    return [{ kind: 'STORY', id: subjectId }]
  }
  const effects: ReviewEffect[] = []
  for (const id of postIds) {
    const before = await setStanding(deps, tx, id, standing)
    if (before) effects.push({ kind: 'POST', id, before, after: standing })
  }
  return decision === 'REMOVE' ? [...effects, ...(await markPictures(deps, tx, item, templateKey))] : effects
}

/** Remembers the pictures of what was taken down for what it shows, so that they are known when they come again, as a copy or as they are. */
async function markPictures(
  deps: EffectDeps,
  tx: Transaction<'content'>,
  { _id: itemId, subjectId, subjectKind, reasons }: Item,
  templateKey: string | null,
): Promise<ReviewEffect[]> {
  const reason = decidedReason(reasons, templateKey)
  const kind = markKindOf(reason)
  if (kind === null) return []
  const { session } = tx
  const mediaIds =
    subjectKind === 'MEDIA' ? [subjectId] : ((await deps.getPost(subjectId, session))?.mediaIds ?? [])
  const effects: ReviewEffect[] = []
  for (const media of await deps.findMedia(mediaIds, session)) {
    const { _id: id, perceptualHash: hash, labels: before = [] } = media
    if (!before.includes(kind)) {
      await setLabels(deps, tx, id, [...before, kind])
      effects.push({ kind: 'LABELS', id, before, added: kind })
    }
    if (!hash || !tells(hash)) continue
    const mark = { _id: hash, bands: bandsOf(hash), kind, reason, itemId, createdAt: deps.now() }
    if (await deps.putMark(mark, session)) effects.push({ kind: 'MARK', id: hash })
  }
  return effects
}

/** Sets what differs, and answers what stood there; null when nothing did. A draft is not taken down before it is out. */
export async function setStanding(
  deps: EffectDeps,
  tx: Transaction<'content'>,
  postId: string,
  standing: PostStanding,
): Promise<PostStanding | null> {
  const post = await deps.getPost(postId, tx.session)
  if (!post) return null
  const { status = post.status } = standing
  const before: PostStanding = {}
  if (status !== post.status) before.status = post.status
  for (const flag of flags) {
    const stood = post[flag] ?? false
    if (standing[flag] !== undefined && standing[flag] !== stood) before[flag] = stood
  }
  if (Object.keys(before).length === 0) return null
  // Brought back, it goes to the timelines again that dropped it meanwhile.
  const returns = status === 'PUBLISHED' && post.status === 'REMOVED'
  await writeChange(deps, tx, post, {
    set: { ...standing, updatedAt: deps.now() },
    event: returns ? 'post.unarchived' : 'post.changed',
  })
  return before
}

/** Gives an item other labels, and says so. */
async function setLabels(
  deps: EffectDeps,
  tx: Transaction<'content'>,
  id: string,
  labels: MediaLabel[],
): Promise<void> {
  const media = await deps.setMediaLabels(id, labels, tx.session)
  if (media) tx.emit('media.changed', { mediaId: media._id, ownerId: media.ownerId, status: 'READY' })
}

/** What moderators changed, and what the machine did, which stands until somebody decides that nothing is wrong. */
export function parted(effects: readonly ReviewEffect[]): { own: ReviewEffect[]; kept: ReviewEffect[] } {
  const kept = effects.filter((effect) => 'byMachine' in effect)
  return { own: effects.filter((effect) => !kept.includes(effect)), kept }
}

/** Takes effects of a review back exactly. What was changed otherwise since, such as by its author's deleting it, stays. */
export async function restore(
  deps: EffectDeps,
  tx: Transaction<'content'>,
  item: Item,
  effects: readonly ReviewEffect[],
  moderatorId: string,
): Promise<void> {
  for (const effect of effects) {
    if (effect.kind === 'ACCOUNT') {
      tx.emit('account.decided', { userId: effect.id, moderatorId, change: effect.change, on: false })
    } else if (effect.kind === 'COMMENT') {
      tx.emit('comment.decided', { commentId: effect.id, removed: false })
    } else if (effect.kind === 'MARK') {
      await deps.removeMark(effect.id, tx.session)
    } else if (effect.kind === 'LABELS') {
      const { id, before, added } = effect
      const [media] = added ? await deps.findMedia([id], tx.session) : []
      await setLabels(deps, tx, id, media?.labels?.filter((label) => label !== added) ?? before)
    } else if (effect.kind === 'STORY') {
      const authorId = await deps.setStoryStanding(effect.id, 'REMOVED', 'PUBLISHED', tx.session)
      if (authorId !== null) tx.emit('story.changed', { storyId: effect.id, authorId })
    } else {
      await restorePost(deps, tx, effect)
    }
  }
  // After the posts that the effects name, which then stand as they stood.
  for (const effect of effects) if (effect.kind === 'LABELS') await releasePosts(deps, tx, item, effect.id)
}

/** Takes its label from what was posted while an item had one, unless something else of it is labelled, or a moderator labelled it. */
async function releasePosts(
  deps: EffectDeps,
  tx: Transaction<'content'>,
  { _id: itemId, ownerId }: Item,
  mediaId: string,
): Promise<void> {
  if (ownerId === null) return
  const ids = await deps.findPostsToLabel(mediaId, tx.session)
  const byModerators = await deps.findLabelled(ownerId, ids, itemId, tx.session)
  for (const id of ids) {
    const post = byModerators.has(id) ? null : await deps.getPost(id, tx.session)
    if (!post?.labelled) continue
    if (standingOf(await deps.findMedia(post.mediaIds, tx.session)).labelled) continue
    await setStanding(deps, tx, id, { sensitive: post.sensitiveByAuthor ?? false, labelled: false })
  }
}

async function restorePost(
  deps: EffectDeps,
  tx: Transaction<'content'>,
  { id, before, after }: Extract<ReviewEffect, { kind: 'POST' }>,
): Promise<void> {
  const post = await deps.getPost(id, tx.session)
  if (!post) return
  const back: PostStanding = {}
  if (before.status && post.status === after.status) back.status = before.status
  for (const flag of flags) {
    if (before[flag] !== undefined && post[flag] === after[flag]) back[flag] = before[flag]
  }
  if (Object.keys(back).length > 0) await setStanding(deps, tx, id, back)
}
