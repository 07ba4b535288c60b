// What labels of pictures go by, and what they do: whose post is labelled, and who is served the bytes.
import type { AccountFacts } from '#schema/facts.ts'
import type { MediaLabel, MediaRow, PictureMarkRow } from '../model.ts'
import { ranks } from './review-rules.ts'

/** Scores, 0–1, from which on a picture is looked at by moderators, who until then have it blurred, and for adults alone. */
export const thresholds = { review: 0.6, adult: 0.95 }

/** What a look says of an item; none for one that is for everyone. */
export function labelsOf(score: number | null, marks: readonly Pick<PictureMarkRow, 'kind'>[]): MediaLabel[] {
  const labels = new Set<MediaLabel>(marks.map(({ kind }) => kind))
  // Until a moderator has looked, what may be sensitive counts as sensitive.
  if (score !== null && score >= thresholds.review) labels.add('SENSITIVE')
  if (score !== null && score >= thresholds.adult) labels.add('ADULT')
  return [...labels]
}

/** What a post is labelled with by what it shows. */
export function standingOf(media: readonly Pick<MediaRow, 'labels'>[]) {
  const labelled = media.some(({ labels }) => labels?.some((label) => label !== 'CLAIMED'))
  return labelled ? { sensitive: true, labelled: true } : {}
}

/** Whether the bytes of an item are served to an account, null for a signed-out one. Its owner and moderators have them always. */
export function isServed(
  { ownerId, labels = [] }: Pick<MediaRow, 'ownerId' | 'labels'>,
  account: AccountFacts | null,
  now: number,
): boolean {
  if (labels.length === 0 || (account && (account.id === ownerId || ranks[account.role] > 0))) return true
  if (labels.includes('BLOCKED')) return false
  if (labels.includes('ADULT')) return account !== null && account.adultAt <= now
  return !labels.includes('SENSITIVE') || account === null || account.adultAt <= now
}
