import { expect, test } from 'vitest'
import type { ReactionRow } from '../model.ts'
import { nextReaction, type ReactionStep } from './reactions.ts'

const write = (state: 'ON' | 'OFF', uncounted: -1 | 0 | 1): ReactionStep => ({
  do: 'write',
  state,
  uncounted,
})
const nothing: ReactionStep = { do: 'nothing' }

test.each([
  { what: 'a first like', row: null, on: true, step: write('ON', 1) },
  { what: 'a like again', row: { state: 'ON', uncounted: 1 }, on: true, step: nothing },
  { what: 'a counted like again', row: { state: 'ON', uncounted: 0 }, on: true, step: nothing },
  {
    what: 'a like taken back uncounted',
    row: { state: 'ON', uncounted: 1 },
    on: false,
    step: { do: 'remove' },
  },
  {
    what: 'a like taken back counted',
    row: { state: 'ON', uncounted: 0 },
    on: false,
    step: write('OFF', -1),
  },
  { what: 'a like taken back again', row: { state: 'OFF', uncounted: -1 }, on: false, step: nothing },
  { what: 'a like given again', row: { state: 'OFF', uncounted: -1 }, on: true, step: write('ON', 0) },
  { what: 'nothing taken back', row: null, on: false, step: nothing },
] as const)('$what', ({ row, on, step }) => {
  expect(nextReaction(row, on)).toEqual(step)
})

test('C3: whatever the order, counter and row sum up to the truth', () => {
  // Every walk of eight steps of like, unlike and fold.
  for (let walk = 0; walk < 3 ** 8; walk++) {
    let row = null as Pick<ReactionRow, 'state' | 'uncounted'> | null
    let counter = 0
    let liked = false
    for (let n = 0, rest = walk; n < 8; n++, rest = Math.floor(rest / 3)) {
      if (rest % 3 === 2) {
        counter += row?.uncounted ?? 0
        row = row?.state === 'ON' ? { ...row, uncounted: 0 } : null
      } else {
        liked = rest % 3 === 0
        const step = nextReaction(row, liked)
        if (step.do === 'write') row = { state: step.state, uncounted: step.uncounted }
        if (step.do === 'remove') row = null
      }
      expect(counter + (row?.uncounted ?? 0)).toBe(liked ? 1 : 0)
      expect(row?.state === 'ON').toBe(liked)
    }
  }
})
