import { expect, test } from 'vitest'
import { figuresOf, lastDays } from './insight-figures.ts'

const insights = {
  ...{ impressions: 12_400, reach: 800, views: 0, likes: 3, comments: 2, shares: 1, saves: 0 },
  ...{ audience: [], hours: [], days: [], csv: '' },
  ...{ storyCompletionRate: null, averageWatchMs: null, followerGrowth: null },
}

test('figures are there by name; those that there are none of are left out', () => {
  expect(figuresOf(insights).map(({ name, value }) => `${name} ${value}`)).toEqual([
    ...['Impressions 12,400', 'Reach 800', 'Views 0', 'Likes 3', 'Comments 2', 'Shares 1', 'Saves 0'],
  ])
  const more = { ...insights, storyCompletionRate: 0.755, averageWatchMs: 4_250, followerGrowth: -2 }
  expect(
    figuresOf(more)
      .slice(7)
      .map(({ value }) => value),
  ).toEqual(['76 %', '4.3 s', '-2'])
})

test.each([
  [1, '2026-03-01', '2026-03-01'],
  [7, '2026-02-23', '2026-03-01'],
])('the last %i days', (count, from, to) => {
  expect(lastDays(count, new Date('2026-03-01T23:30:00Z'))).toEqual({ from, to })
})
