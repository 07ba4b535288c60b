// What decisions do, and how it is taken back: each effect remembers what was before. Several reviews may hold one thing to the same:
// it is let go with the last of them, and stands then as before the first. Accounts and comments change by event.
import type { Accounts } from '#platform/accounts.ts'
import type { Transaction } from '#platform/mongo.ts'
import type {
  LivePost,
  MediaLabel,
  PostStanding,
  ReviewDecision,
  ReviewEffect,
  ReviewItemRow,
} from '../model.ts'
import type { Store } from '../store.ts'
import { handOver, labelsGiven, labelsHeld, labelsTaken, markPictures, setLabels } from './held-labels.ts'
import { standingOf } from './label-rules.ts'
import { type PostChange, publication, writeChange } from './post-changes.ts'
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
      | 'findEffects'
      | 'findMedia'
      | 'setMediaLabels'
      | 'putMark'
      | 'setMark'
      | 'removeMark'
      | 'takeMedia'
    >,
    TopicDeps {
  accounts: Pick<Accounts, 'get'>
  now(): Date
}

const flags = ['sensitive', 'labelled', 'limited'] as const

export type Item = Pick<
  ReviewItemRow,
  '_id' | 'subjectId' | 'subjectKind' | 'ownerId' | 'reasons' | 'effects'
>
type PostEffect = Extract<ReviewEffect, { kind: 'POST' }>

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

/** Does what a decision says, and answers what the review holds things to by it. `postIds` are `postsOf` the item. */
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
  const { _id: itemId, subjectId, subjectKind, ownerId } = item
  if (decision === 'SUSPEND' || (decision === 'LIMIT' && subjectKind === 'USER')) {
    if (ownerId === null) return []
    const account = (await deps.accounts.get([ownerId])).get(ownerId)
    if (!account) return []
    const change = decision === 'SUSPEND' ? 'SUSPENDED' : 'SHADOW_BANNED'
    const effect = { kind: 'ACCOUNT', id: ownerId, change } as const
    const stands = change === 'SUSPENDED' ? account.status === 'SUSPENDED' : account.shadowBanned
    // What somebody did without a review, none takes back.
    if (stands) return isHeld(await deps.findEffects([ownerId], itemId, tx.session), effect) ? [effect] : []
    tx.emit('account.decided', { userId: ownerId, moderatorId, change, on: true })
    return [effect]
  }
  if (!standing) return []
  if (subjectKind === 'COMMENT') {
    tx.emit('comment.decided', { commentId: subjectId, removed: true })
    return [{ kind: 'COMMENT', id: subjectId }]
  }
  if (subjectKind === 'STORY') {
    const authorId = await deps.setStoryStanding(subjectId, 'PUBLISHED', 'REMOVED', tx.session)
    if (authorId !== null) tx.emit('story.changed', { storyId: subjectId, authorId })
    return [{ kind: 'STORY', id: subjectId }]
  }
  const held = [...(await deps.findEffects(postIds, itemId, tx.session)), ...item.effects]
  const effects = await holdPosts(deps, tx, postIds, standing, held)
  return decision === 'REMOVE' ? [...effects, ...(await markPictures(deps, tx, item, templateKey))] : effects
}

/** Whether one of some effects holds a thing to what another one does. */
const isHeld = (held: readonly ReviewEffect[], effect: ReviewEffect): boolean =>
  held.some(
    (one) =>
      one.kind === effect.kind &&
      one.id === effect.id &&
      (one.kind !== 'ACCOUNT' || effect.kind !== 'ACCOUNT' || one.change === effect.change),
  )

/** Has posts stand as a review wants it: an effect of each that is not gone. What others hold one to already stood before them. */
async function holdPosts(
  deps: EffectDeps,
  tx: Transaction<'content'>,
  ids: readonly string[],
  after: PostStanding,
  held: readonly ReviewEffect[],
): Promise<PostEffect[]> {
  const effects: PostEffect[] = []
  for (const id of ids) {
    const stood = await setStanding(deps, tx, id, after)
    if (!stood) continue
    const earlier = held.flatMap((one) =>
      one.kind === 'POST' && one.id === id
        ? Object.entries(one.before).filter(([key]) => isSame(one.after, after, key))
        : [],
    )
    effects.push({ kind: 'POST', id, before: { ...Object.fromEntries(earlier), ...stood }, after })
  }
  return effects
}

/** Labels posts as the machine labels an item that they show. */
export async function labelPosts(
  deps: EffectDeps,
  tx: Transaction<'content'>,
  ids: readonly string[],
  labels: MediaLabel[],
  held: readonly ReviewEffect[],
): Promise<PostEffect[]> {
  const standing = standingOf([{ labels }])
  if (!standing.labelled) return []
  const effects = await holdPosts(deps, tx, ids, standing, held)
  return effects.map((effect) => ({ ...effect, byMachine: true }))
}

/** Whether two standings say the same, and anything at all, of a field. */
const isSame = (one: PostStanding, other: PostStanding, key: string) => {
  const field = key as keyof PostStanding
  return one[field] !== undefined && one[field] === other[field]
}

/** Sets what differs, and answers what of it stood otherwise; null when the post is gone. A draft is not taken down before it is out. */
async function setStanding(
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
  if (Object.keys(before).length === 0) return before
  const at = deps.now()
  // Brought back, it goes to the timelines again that dropped it meanwhile; what waited for its items may wait for none by now.
  const returns = status === 'PUBLISHED' && post.status === 'REMOVED'
  const waited = status === 'PROCESSING' && post.status === 'REMOVED'
  const appears = waited ? await appearance(deps, tx, { ...post, ...standing }, at) : {}
  const published = 'status' in appears ? ('post.published' as const) : null
  await writeChange(deps, tx, post, {
    set: { ...standing, ...appears, updatedAt: at },
    event: published ?? (returns ? 'post.unarchived' : 'post.changed'),
  })
  return before
}

/** What is set of a post that has all its items READY; nothing of one that waits. Taken, so that none becomes READY unseen. */
async function appearance(
  deps: Pick<EffectDeps, 'takeMedia'>,
  tx: Transaction,
  post: LivePost,
  at: Date,
): Promise<PostChange['set']> {
  const taken = await deps.takeMedia(post.authorId, post.mediaIds, tx.session)
  const set = publication(post, [...taken.values()], at)
  return taken.size === post.mediaIds.length && set.status === 'PUBLISHED' ? set : {}
}

/** What moderators changed, and what the machine did, which stands until somebody decides that nothing is wrong. */
export function parted(effects: readonly ReviewEffect[]): { own: ReviewEffect[]; kept: ReviewEffect[] } {
  const kept = effects.filter((effect) => 'byMachine' in effect)
  return { own: effects.filter((effect) => !kept.includes(effect)), kept }
}

/**
 * Takes effects of a review back exactly, as far as nothing else holds the things to them: neither another review nor the rest of
 * this one. What was changed otherwise since, such as by its author's deleting it, stays.
 */
export async function restore(
  deps: EffectDeps,
  tx: Transaction<'content'>,
  item: Item,
  effects: readonly ReviewEffect[],
  moderatorId: string,
): Promise<void> {
  const labelled = await postsLabelledBy(deps, tx, effects)
  const others = await deps.findEffects([...effects.map(({ id }) => id), ...labelled], item._id, tx.session)
  const held = [...others, ...item.effects.filter((effect) => !effects.includes(effect))]
  for (const effect of effects) {
    if (effect.kind === 'LABELS') {
      const [media] = await deps.findMedia([effect.id], tx.session)
      const kept = labelsHeld(held, effect.id)
      const taken = labelsTaken(effect)
      const labels = media?.labels?.filter((label) => kept.includes(label) || !taken.includes(label))
      if (labels) await setLabels(deps, tx, effect.id, labels)
    } else if (effect.kind === 'POST') {
      await restorePost(deps, tx, effect, held)
    } else if (!isHeld(held, effect)) {
      await letGo(deps, tx, effect, moderatorId)
    } else if (effect.kind === 'MARK') {
      await handOver(deps, tx, effect, held)
    }
  }
  // After all that the effects name, which then stands as it stood.
  for (const id of labelled) await releasePost(deps, tx, id, held)
}

/**
 * Does again what the machine had done before it was decided that nothing is wrong, with the posts that show the item by now; answers
 * what the review holds things to by it.
 */
export async function reapply(
  deps: EffectDeps,
  tx: Transaction<'content'>,
  { _id: itemId, dismissed = [] }: Pick<ReviewItemRow, '_id' | 'dismissed'>,
): Promise<ReviewEffect[]> {
  const { session } = tx
  const effects: ReviewEffect[] = []
  for (const effect of dismissed) {
    if (effect.kind !== 'LABELS') continue
    const [media] = await deps.findMedia([effect.id], session)
    const labels = labelsGiven(effect)
    if (!media || labels.length === 0) continue
    await setLabels(deps, tx, media._id, [...new Set([...(media.labels ?? []), ...labels])])
    effects.push({ kind: 'LABELS', id: media._id, labels, byMachine: true })
    const postIds = await deps.findPostsToLabel(media._id, session)
    const held = await deps.findEffects(postIds, itemId, session)
    effects.push(...(await labelPosts(deps, tx, postIds, labels, held)))
  }
  return effects
}

/** Takes back what is either so or not. */
async function letGo(
  deps: EffectDeps,
  tx: Transaction<'content'>,
  effect: Exclude<ReviewEffect, { kind: 'POST' | 'LABELS' }>,
  moderatorId: string,
): Promise<void> {
  const { id } = effect
  if (effect.kind === 'ACCOUNT') {
    tx.emit('account.decided', { userId: id, moderatorId, change: effect.change, on: false })
  } else if (effect.kind === 'COMMENT') {
    tx.emit('comment.decided', { commentId: id, removed: false })
  } else if (effect.kind === 'MARK') {
    await deps.removeMark(id, tx.session)
  } else {
    const authorId = await deps.setStoryStanding(id, 'REMOVED', 'PUBLISHED', tx.session)
    if (authorId !== null) tx.emit('story.changed', { storyId: id, authorId })
  }
}

/** The posts that are labelled by some effects: those that they name, and those that were posted while an item had its label. */
async function postsLabelledBy(
  deps: Pick<EffectDeps, 'findPostsToLabel'>,
  { session }: Transaction,
  effects: readonly ReviewEffect[],
): Promise<Set<string>> {
  const found = new Set<string>()
  for (const effect of effects) {
    if (effect.kind === 'POST' && effect.after.labelled) found.add(effect.id)
    if (effect.kind !== 'LABELS') continue
    for (const id of await deps.findPostsToLabel(effect.id, session)) found.add(id)
  }
  return found
}

/** Takes its label from a post that neither a review nor what it shows labels any more. */
async function releasePost(
  deps: EffectDeps,
  tx: Transaction<'content'>,
  id: string,
  held: readonly ReviewEffect[],
): Promise<void> {
  if (held.some((effect) => effect.kind === 'POST' && effect.id === id && effect.after.labelled)) return
  const post = await deps.getPost(id, tx.session)
  if (!post?.labelled) return
  if (standingOf(await deps.findMedia(post.mediaIds, tx.session)).labelled) return
  await setStanding(deps, tx, id, { sensitive: post.sensitiveByAuthor ?? false, labelled: false })
}

async function restorePost(
  deps: EffectDeps,
  tx: Transaction<'content'>,
  { id, before, after }: PostEffect,
  held: readonly ReviewEffect[],
): Promise<void> {
  const post = await deps.getPost(id, tx.session)
  if (!post) return
  const back = Object.fromEntries(
    Object.entries(before).filter(
      ([key]) =>
        isSame(after, post, key) &&
        !held.some((one) => one.kind === 'POST' && one.id === id && isSame(one.after, after, key)),
    ),
  ) as PostStanding
  if (Object.keys(back).length > 0) await setStanding(deps, tx, id, back)
}
