// Labelling pictures: by what the machine sees in them, and by what moderators took down before.
import type { Transact } from '#platform/mongo.ts'
import type { Posts } from '#platform/posts.ts'
import { newId } from '#schema/ids.ts'
import type { CopyrightClaimRow, MediaRow, PictureMarkRow, ReportReason, ReviewEffect } from '../model.ts'
import type { Store } from '../store.ts'
import { labelsHeld } from './held-labels.ts'
import { labelsOf } from './label-rules.ts'
import { appendAudit } from './moderation-audit.ts'
import { bandsOf, nearMarks, tells } from './picture-marks.ts'
import { newReview, retried } from './reports.ts'
import { type EffectDeps, labelPosts, parted } from './review-effects.ts'
import { priorityOf } from './review-rules.ts'

/** What was seen of an item: the highest score of its pictures, null without a classifier, and their hashes from every side. */
export interface Look {
  score: number | null
  hashes: readonly string[]
}

/** Whether an item has pictures that were not looked at since they were drawn. */
export function needsLook(media: MediaRow | null): media is MediaRow {
  return media?.status === 'READY' && media.unlabelled === true
}

type LabelDeps = EffectDeps &
  Pick<
    Store,
    | 'findMarks'
    | 'findClaims'
    | 'insertClaim'
    | 'hasClaimed'
    | 'findDismissed'
    | 'setLabelling'
    | 'findPostsToLabel'
    | 'getMedia'
    | 'findOpenReview'
    | 'insertReview'
    | 'setReview'
    | 'advanceAudit'
    | 'insertAudit'
  > & { transact: Transact<'content'>; posts: Pick<Posts, 'changing'> }

/** Posts that show an item by now, more than was known before the transaction. */
class MorePosts extends Error {
  readonly postIds: string[]
  constructor(postIds: string[]) {
    super('a post shows the item since')
    this.postIds = postIds
  }
}

const reasonOf = ([mark]: readonly PictureMarkRow[]): ReportReason => mark?.reason ?? 'NUDITY'

/** Marks that tell against an item: not those of works that its owner himself claims. And the claim that is made again by them. */
async function claimed(
  deps: Pick<LabelDeps, 'findClaims' | 'getMedia'>,
  mediaId: string,
  near: PictureMarkRow[],
): Promise<{ marks: PictureMarkRow[]; claim: CopyrightClaimRow | undefined }> {
  const itemIds = near.flatMap(({ kind, itemId }) => (kind === 'CLAIMED' ? [itemId] : []))
  if (itemIds.length === 0) return { marks: near, claim: undefined }
  const [claims, media] = await Promise.all([deps.findClaims(itemIds), deps.getMedia(mediaId)])
  const own = new Set(claims.flatMap((one) => (one.claimantId === media?.ownerId ? [one.itemId] : [])))
  const marks = near.filter(({ kind, itemId }) => kind === 'BLOCKED' || !own.has(itemId))
  return { marks, claim: claims.find(({ itemId }) => !own.has(itemId)) }
}

/** A claim about another item that shows the same work; its owner answers it as any other. */
const claimAgain = (
  { claimantId, work, statement }: CopyrightClaimRow,
  { mediaId, ownerId, itemId, at }: { mediaId: string; ownerId: string; itemId: string; at: Date },
): CopyrightClaimRow => ({
  ...{ _id: newId('claim', at.getTime()), claimantId, subjectId: mediaId, ownerId, itemId, work, statement },
  ...{ answer: null, answeredAt: null, createdAt: at },
})

/**
 * Labels an item by a look at it, with the posts that show it, and puts what asks for it before moderators. Until a classifier has
 * seen it, an item that is like none that was taken down keeps waiting; whether it is labelled now.
 */
export async function labelMedia(deps: LabelDeps, mediaId: string, look: Look): Promise<boolean> {
  const bands = look.hashes.filter(tells).flatMap(bandsOf)
  const like = nearMarks(bands.length > 0 ? await deps.findMarks(bands) : [], look.hashes)
  // What a moderator found it not to be like, however it is drawn anew.
  const dismissed = like.length > 0 ? await deps.findDismissed(mediaId) : []
  const near = like.filter(({ _id }) => !dismissed.includes(_id))
  const { marks, claim } = await claimed(deps, mediaId, near)
  if (look.score === null && marks.length === 0) return false
  const labels = labelsOf(look.score, marks)
  const work = (postIds: readonly string[]) => () =>
    deps.transact(async (tx) => {
      const media = await deps.getMedia(mediaId)
      if (!needsLook(media)) return false
      const at = deps.now()
      const { ownerId } = media
      const subject = { id: mediaId, kind: 'MEDIA' as const, ownerId, text: media.altText }
      const open = await deps.findOpenReview(mediaId, tx.session)
      const item = open ?? newReview(subject, marks.length > 0 ? 'MATCH' : 'IMAGE', at)
      const others = await deps.findEffects([mediaId, ...postIds], item._id, tx.session)
      const held = [...others, ...item.effects]
      // What moderators said of it stays, however it was drawn anew.
      const given = labelsHeld(parted(held).own, mediaId)
      const all = [...new Set([...labels, ...given])]
      // What they gave already asks nobody again: the item may be like nothing but itself.
      const news = labels.filter((label) => !given.includes(label))
      const labelling = { score: look.score, at }
      if (!(await deps.setLabelling(media, { labels: all, labelling }, at, tx.session))) return false
      if (news.length === 0) return true
      // Whoever posts the item from here on conflicts with the labels just written.
      const shown = await deps.findPostsToLabel(mediaId, tx.session)
      if (shown.some((id) => !postIds.includes(id))) throw new MorePosts(shown)
      tx.emit('media.changed', { mediaId, ownerId, status: 'READY' })
      const effects: ReviewEffect[] = [
        { kind: 'LABELS', id: mediaId, labels: news, byMachine: true },
        ...(await labelPosts(deps, tx, postIds, news, held)),
      ]
      const reason = reasonOf(marks)
      const reasons = { ...item.reasons, [reason]: (item.reasons[reason] ?? 0) + 1 }
      const matches = [...new Set([...(item.matches ?? []), ...marks.map(({ _id }) => _id)])]
      const matched = matches.length > 0 ? { matches } : {}
      const change = { reasons, effects: [...effects, ...item.effects], ...matched }
      const priority = priorityOf({ ...item, reasons })
      if (open) await deps.setReview(item._id, { ...change, priority }, tx.session)
      else await deps.insertReview({ ...item, ...change, priority }, tx.session)
      const again = claim && claimAgain(claim, { mediaId, ownerId, itemId: item._id, at })
      if (again && !(await deps.hasClaimed(again, tx.session))) await deps.insertClaim(again, tx.session)
      const code = news.join('-')
      const detail = look.score === null ? code : `${code} ${look.score.toFixed(3)}`
      const about = { actorId: null, itemId: item._id, subjectId: mediaId }
      await appendAudit(deps, tx.session, { ...about, at, action: 'FLAG', detail })
      return true
    })
  let postIds = labels.length > 0 ? await deps.findPostsToLabel(mediaId) : []
  for (;;) {
    try {
      return await retried(
        postIds.length > 0 ? () => deps.posts.changing(postIds, work(postIds)) : work(postIds),
      )
    } catch (error) {
      if (!(error instanceof MorePosts)) throw error
      postIds = error.postIds
    }
  }
}
