// What the search can be narrowed by.
import type { SearchFilter } from '../operations.gen.ts'

export const mediaTypes = { any: 'Pictures and videos', IMAGE: 'Pictures', VIDEO: 'Videos' } as const
export const times = {
  any: 'Any time',
  day: 'Past day',
  week: 'Past week',
  month: 'Past month',
  year: 'Past year',
} as const

export interface Filters {
  mediaType: keyof typeof mediaTypes
  time: keyof typeof times
}

export const noFilters: Filters = { mediaType: 'any', time: 'any' }

const days: Record<Exclude<Filters['time'], 'any'>, number> = { day: 1, week: 7, month: 30, year: 365 }

/** The filter to ask with; null when there is none. Whole hours, so that one question stays one for a while. */
export function filterOf({ mediaType, time }: Filters, now: number = Date.now()): SearchFilter | null {
  if (mediaType === 'any' && time === 'any') return null
  const hour = 3_600_000
  const since = time === 'any' ? null : Math.floor(now / hour) * hour - days[time] * 24 * hour
  return {
    mediaType: mediaType === 'any' ? null : mediaType,
    after: since === null ? null : new Date(since).toISOString(),
  }
}
