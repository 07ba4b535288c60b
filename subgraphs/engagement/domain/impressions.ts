// What viewers had on their screens: the raw material of view counts, of ranking and of insights.
import type { Transact } from '#platform/mongo.ts'
import { boundedList } from '#platform/validate.ts'
import type { Visibility } from '#platform/visibility.ts'
import { AppError } from '#schema/errors.ts'
import type { EventPayload } from '#schema/events.ts'
import { entityOf } from '#schema/ids.ts'
import type { Store } from '../store.ts'
import { countryOf } from './countries.ts'

/** An appearance, as its event carries it. */
export type Impression = EventPayload<'impressions.recorded'>['impressions'][number]

/** An appearance, as a client reports it. */
export interface ReportedImpression {
  subjectId: string
  surface?: Impression['surface'] | null | undefined
  position?: number | null | undefined
  dwellMs?: number | null | undefined
  watchedMs?: number | null | undefined
  clicked?: boolean | null | undefined
}

export interface ImpressionDeps {
  store: Pick<Store, 'addViews'>
  transact: Transact<'engagement'>
  visibility: Visibility
  now(): Date
}

/** Impressions of one call at most. */
const maxImpressions = 100
const dayMs = 86_400_000

/** A post is viewed when it was on the screen for a second, or played for three. */
export function isView({ dwellMs, watchedMs }: Pick<Impression, 'dwellMs' | 'watchedMs'>): boolean {
  return dwellMs >= 1_000 || watchedMs >= 3_000
}

/**
 * Records what a viewer had on his screen; answers how many of it were taken. Subjects that he may not see are left out. One's own
 * posts make no views. Of who refuses analytics nothing is kept. Throws TOO_MANY, and INVALID for durations beyond a day.
 */
export async function recordImpressions(
  deps: ImpressionDeps,
  viewerId: string,
  input: {
    impressions?: readonly ReportedImpression[] | null | undefined
    timeZone?: string | null | undefined
  },
): Promise<{ recorded: number }> {
  const reported = boundedList(input.impressions ?? [], { field: 'impressions', max: maxImpressions })
  const checked = reported.map((one, i) => bounded(one, i))
  if ((await deps.visibility.account(viewerId))?.refusesAnalytics) return { recorded: 0 }
  const known = await Promise.all(checked.map((one) => withAuthor(deps.visibility, viewerId, one)))
  const impressions = known.filter((one) => one !== null)
  if (impressions.length === 0) return { recorded: 0 }
  const country = input.timeZone ? countryOf(input.timeZone) : null
  const viewed = impressions.filter((one) => one.viewed).map((one) => one.subjectId)
  const recorded = impressions.length
  return deps.transact.together(
    viewerId,
    async (tx) => {
      deps.store.addViews(tx, viewerId, [...new Set(viewed)], deps.now())
      tx.emit('impressions.recorded', { userId: viewerId, impressions, ...(country ? { country } : {}) })
      return { recorded }
    },
    'BULKY',
  )
}

function bounded(one: ReportedImpression, index: number): Omit<Impression, 'authorId' | 'viewed'> {
  const whole = (name: 'position' | 'dwellMs' | 'watchedMs', max: number) => {
    const value = one[name] ?? 0
    if (value >= 0 && value <= max) return value
    throw new AppError('INVALID', `From 0 to ${max}.`, {
      field: ['input', 'impressions', String(index), name],
    })
  }
  return {
    subjectId: one.subjectId,
    surface: one.surface ?? 'OTHER',
    position: one.position === null || one.position === undefined ? null : whole('position', 100_000),
    dwellMs: whole('dwellMs', dayMs),
    watchedMs: whole('watchedMs', dayMs),
    clicked: one.clicked ?? false,
  }
}

async function withAuthor(
  visibility: Visibility,
  viewerId: string,
  one: Omit<Impression, 'authorId' | 'viewed'>,
): Promise<Impression | null> {
  switch (entityOf(one.subjectId)) {
    case 'Post': {
      const post = await visibility.post(one.subjectId)
      if (!post) return null
      return { ...one, authorId: post.authorId, viewed: post.authorId !== viewerId && isView(one) }
    }
    case 'Story': {
      const story = await visibility.story(one.subjectId)
      return story && { ...one, authorId: story.authorId, viewed: false }
    }
    case 'User':
      return (await visibility.account(one.subjectId)) && { ...one, authorId: null, viewed: false }
    default:
      return null
  }
}
