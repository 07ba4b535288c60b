import { expect, test } from 'vitest'
import { foldSteps, shownCounts, stepOf } from './counts.ts'

const follow = (viewerId: string, otherId: string, follows: boolean, counted: boolean) => ({
  viewerId,
  otherId,
  follow: follows ? ('FOLLOWING' as const) : ('NONE' as const),
  counted,
})

test.each([
  ['FOLLOWING', false, 1],
  ['FOLLOWING', true, 0],
  ['REQUESTED', false, 0],
  ['REQUESTED', true, -1],
  ['NONE', false, 0],
  ['NONE', true, -1],
] as const)('%s, counted %s: %i', (state, counted, step) => {
  expect(stepOf({ follow: state, counted })).toBe(step)
})

test('steps are folded by account, ascending', () => {
  const due = [follow('b', 'a', true, false), follow('c', 'a', true, false), follow('a', 'b', false, true)]
  expect(foldSteps(due)).toEqual([
    { userId: 'a', followers: 2, following: -1 },
    { userId: 'b', followers: -1, following: 1 },
    { userId: 'c', followers: 0, following: 1 },
  ])
})

test('a viewer sees his own follows in the counts at once', () => {
  const due = [follow('me', 'x', true, false), follow('y', 'me', false, true)]
  expect(shownCounts({ followers: 7, following: 3 }, 'x', due)).toEqual({ followers: 8, following: 3 })
  expect(shownCounts({ followers: 7, following: 3 }, 'y', due)).toEqual({ followers: 7, following: 2 })
  expect(shownCounts({ followers: 7, following: 3 }, 'me', due)).toEqual({ followers: 6, following: 4 })
  expect(shownCounts(undefined, 'x', due)).toEqual({ followers: 1, following: 0 })
  expect(shownCounts(undefined, 'y', due)).toEqual({ followers: 0, following: 0 })
})
