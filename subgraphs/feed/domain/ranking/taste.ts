// What a viewer's last deeds say of the posts that he is offered.
import type { PostFacts } from '#schema/facts.ts'
import type { EngagementRow } from '../../model.ts'
import type { Knowledge } from './knowledge.ts'

/** The last deeds that say what a viewer likes. */
export const tasteDeeds = 30
/** What was done so lately is of one session with a look, in milliseconds. */
const sessionMs = 30 * 60_000
/** After so many deeds a viewer's own share of a kind counts half. */
const usualDeeds = 10

/** What is known of a viewer by his own deeds: nothing of who refuses personalisation. */
export type Taste = Pick<Knowledge, 'interest' | 'contentType' | 'session'>
type Deed = Pick<EngagementRow, 'authorId' | 'postKind' | 'at'>

/** Those of the deeds that are of one session with a look. */
export function sessionOf<D extends Pick<Deed, 'at'>>(deeds: readonly D[], now: number): D[] {
  return deeds.filter(({ at }) => at.getTime() > now - sessionMs)
}

/** What deeds say of posts that are offered, with how near those are to what all of the deeds, and those of the session, were about. */
export function tasteOf(
  deeds: readonly Deed[],
  offered: readonly Pick<PostFacts, 'kind'>[],
  now: number,
  interest: Knowledge['interest'],
  near: Knowledge['interest'],
): Taste {
  const authorIds = new Set(sessionOf(deeds, now).map(({ authorId }) => authorId))
  const preference = preferenceOf(deeds, offered)
  return {
    interest,
    contentType: (kind) => preference[kind],
    session: ({ id, authorId }) => (authorIds.has(authorId) ? 1 : near(id)),
  }
}

/** By how much the share of a kind in deeds exceeds its share in what is offered, pulled towards none while there are few. */
function preferenceOf(
  deeds: readonly Deed[],
  offered: readonly Pick<PostFacts, 'kind'>[],
): Record<PostFacts['kind'], number> {
  const known = deeds.filter(({ postKind }) => postKind !== undefined)
  const reels = known.filter(({ postKind }) => postKind === 'REEL').length
  const usual = offered.filter(({ kind }) => kind === 'REEL').length / Math.max(1, offered.length)
  // There are two kinds: what one has too many of, the other lacks.
  const excess = (reels - usual * known.length) / (known.length + usualDeeds)
  return { REEL: Math.max(0, excess), POST: Math.max(0, -excess) }
}
