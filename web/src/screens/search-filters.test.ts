import { expect, test } from 'vitest'
import { filterOf, noFilters } from './search-filters.ts'

const now = Date.parse('2026-03-10T12:34:56Z')

test('without a choice there is no filter', () => expect(filterOf(noFilters, now)).toBeNull())

test.each([
  [
    { mediaType: 'VIDEO', time: 'any' },
    { mediaType: 'VIDEO', after: null },
  ],
  [
    { mediaType: 'any', time: 'day' },
    { mediaType: null, after: '2026-03-09T12:00:00.000Z' },
  ],
  [
    { mediaType: 'IMAGE', time: 'week' },
    { mediaType: 'IMAGE', after: '2026-03-03T12:00:00.000Z' },
  ],
] as const)('%j asks for %j', (filters, filter) => expect(filterOf(filters, now)).toEqual(filter))
