import { expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { ageBandOf, anonymous, type Deed, pseudonym, sumsOf } from './insights.ts'

test.each([
  [
    [9, 7, 6],
    [9, 7, 6],
  ],
  [
    [9, 7, 4, 3],
    [9, 7],
  ],
  // One hidden group alone could be told from the whole: the next goes too.
  [[9, 7, 4], [9]],
  [[4], []],
  [[5], [5]],
  [[3, 2, 0], []],
] as const)('of groups of %j those of %j are shown', (sizes, shown) => {
  expect(anonymous(sizes.map((accounts) => ({ accounts }))).map(({ accounts }) => accounts)).toEqual(shown)
})

test.each([
  ['2013-06-01', '13-17'],
  ['2002-05-31', '18-24'],
  ['1990-01-01', '35-44'],
  ['1950-01-01', '55+'],
] as const)('who was born on %s is %s in 2026', (born, band) => {
  const [year = 0] = born.split('-').map(Number)
  const adultAt = Date.parse(born.replace(String(year), String(year + 18)))
  expect(ageBandOf(adultAt, new Date('2026-06-15'))).toBe(band)
})

test('a pseudonym is stable and tells nothing without the secret', () => {
  const id = newId('user')
  expect(pseudonym('a', id)).toBe(pseudonym('a', id))
  expect(pseudonym('a', id)).not.toBe(pseudonym('b', id))
  expect(pseudonym('a', id)).not.toContain(id.slice(-6))
})

test('what an impression adds', () => {
  const deed = (change: Partial<Deed>): Deed => ({
    id: 'x',
    at: new Date(),
    kind: 'IMPRESSION',
    actor: 'a',
    actorSince: null,
    ageBand: null,
    subjectId: newId('post'),
    ownerId: null,
    surface: 'HOME',
    position: 0,
    dwellMs: 400,
    watchedMs: 0,
    clicked: false,
    viewed: false,
    ...change,
  })
  expect(sumsOf(deed({}))).toEqual({ impressions: 1, dwellMs: 400 })
  expect(sumsOf(deed({ viewed: true, watchedMs: 3_000 }))).toEqual({
    impressions: 1,
    dwellMs: 400,
    views: 1,
    watchMs: 3_000,
    watched: 1,
  })
  const story = { subjectId: newId('story') }
  expect(sumsOf(deed(story))).toEqual({ impressions: 1, dwellMs: 400, storyImpressions: 1 })
  expect(sumsOf(deed({ ...story, dwellMs: 5_000 }))).toMatchObject({
    storyImpressions: 1,
    storyCompletions: 1,
  })
})
