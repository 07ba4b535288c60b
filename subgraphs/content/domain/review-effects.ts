// What decisions do, and how it is taken back: each effect remembers what was before. Accounts and comments change by event.
import type { Accounts } from '#platform/accounts.ts'
import type { Transaction } from '#platform/mongo.ts'
import type { PostStanding, ReportReason, ReviewDecision, ReviewEffect, ReviewItemRow } from '../model.ts'
import type { Store } from '../store.ts'
import { bandsOf, markKindOf, tells } from './picture-marks.ts'
import { writeChange } from './post-changes.ts'
import { severities } from './review-rules.ts'
import type { TopicDeps } from './topics.ts'

export interface EffectDeps
  extends Pick<
      Store,
      | 'getPost'
      | 'setPost'
      | 'findTags'
      | 'setStoryStanding'
      | 'findPostsShowing'
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
  { decision, moderatorId, postIds }: { decision: ReviewDecision; moderatorId: string; postIds: string[] },
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
  return decision === 'REMOVE' ? [...effects, ...(await markPictures(deps, tx, item))] : effects
}

/** Remembers the pictures of what was taken down for what it shows, so that they are known when they come again. */
async function markPictures(
  deps: EffectDeps,
  { session }: Transaction<'content'>,
  { _id: itemId, subjectId, subjectKind, reasons }: Item,
): Promise<ReviewEffect[]> {
  const kind = markKindOf(reasons)
  if (kind === null) return []
  const mediaIds =
    subjectKind === 'MEDIA' ? [subjectId] : ((await deps.getPost(subjectId, session))?.mediaIds ?? [])
  const said = Object.keys(reasons) as ReportReason[]
  const [reason = 'OTHER'] = said.toSorted((a, b) => severities[b] - severities[a])
  const effects: ReviewEffect[] = []
  for (const { perceptualHash: hash } of await deps.findMedia(mediaIds, session)) {
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

/** Takes effects back exactly. What was changed otherwise since, such as by its author's deleting it, stays. */
export async function restore(
  deps: EffectDeps,
  tx: Transaction<'content'>,
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
      const media = await deps.setMediaLabels(effect.id, effect.before, tx.session)
      if (media) tx.emit('media.changed', { mediaId: media._id, ownerId: media.ownerId, status: 'READY' })
    } else if (effect.kind === 'STORY') {
      const authorId = await deps.setStoryStanding(effect.id, 'REMOVED', 'PUBLISHED', tx.session)
      if (authorId !== null) tx.emit('story.changed', { storyId: effect.id, authorId })
    } else {
      await restorePost(deps, tx, effect)
    }
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
