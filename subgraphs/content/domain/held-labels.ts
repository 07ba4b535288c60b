// Labels and marks that reviews hold pictures to: given with a decision, and let go with the last review that holds them.
import type { Transaction } from '#platform/mongo.ts'
import type { MediaLabel, ReviewEffect } from '../model.ts'
import { bandsOf, markIdOf, markKindOf, tells } from './picture-marks.ts'
import type { EffectDeps, Item } from './review-effects.ts'
import { decidedReason } from './review-rules.ts'

type LabelsEffect = Extract<ReviewEffect, { kind: 'LABELS' }>
type MarkEffect = Extract<ReviewEffect, { kind: 'MARK' }>

const allLabels: readonly MediaLabel[] = ['SENSITIVE', 'ADULT', 'BLOCKED', 'CLAIMED']

/** Rows from before labels were kept tell the one that was added, or only which there were before. */
type OldLabels = { labels?: MediaLabel[]; added?: MediaLabel; before?: MediaLabel[] }

/** The labels that an effect gave, as far as its row tells. */
export function labelsGiven(effect: LabelsEffect): MediaLabel[] {
  const { labels, added }: OldLabels = effect
  return labels ?? (added ? [added] : [])
}

/** The labels that go with an effect: where its row tells only which there were before, all others. */
export function labelsTaken(effect: LabelsEffect): MediaLabel[] {
  const { labels, added, before = [] }: OldLabels = effect
  return labels || added ? labelsGiven(effect) : allLabels.filter((label) => !before.includes(label))
}

/** The labels that reviews hold an item to. */
export const labelsHeld = (held: readonly ReviewEffect[], mediaId: string): MediaLabel[] =>
  held.flatMap((effect) => (effect.kind === 'LABELS' && effect.id === mediaId ? labelsGiven(effect) : []))

/** Gives an item other labels, and says so. */
export async function setLabels(
  deps: EffectDeps,
  tx: Transaction<'content'>,
  id: string,
  labels: MediaLabel[],
): Promise<void> {
  const media = await deps.setMediaLabels(id, labels, tx.session)
  if (media) tx.emit('media.changed', { mediaId: media._id, ownerId: media.ownerId, status: 'READY' })
}

/** Remembers the pictures of what was taken down for what it shows, so that they are known when they come again, as a copy or as they are. */
export async function markPictures(
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
  for (const { _id: id, perceptualHash: hash, labels = [] } of await deps.findMedia(mediaIds, session)) {
    if (!labels.includes(kind)) await setLabels(deps, tx, id, [...labels, kind])
    effects.push({ kind: 'LABELS', id, labels: [kind] })
    if (!hash || !tells(hash)) continue
    const markId = markIdOf(hash, kind)
    const mark = { _id: markId, bands: bandsOf(hash), kind, reason, itemId, createdAt: deps.now() }
    await deps.putMark(mark, session)
    effects.push({ kind: 'MARK', id: markId, itemId, reason })
  }
  return effects
}

/** Has a mark stand for a review that still holds it. */
export async function handOver(
  deps: Pick<EffectDeps, 'setMark'>,
  tx: Transaction,
  { id }: MarkEffect,
  held: readonly ReviewEffect[],
): Promise<void> {
  for (const effect of held) {
    if (effect.kind !== 'MARK' || effect.id !== id || !effect.itemId || !effect.reason) continue
    return deps.setMark(id, { itemId: effect.itemId, reason: effect.reason }, tx.session)
  }
}
