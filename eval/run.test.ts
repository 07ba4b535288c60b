import { expect, test } from 'vitest'
import { solve } from './als.ts'
import { interval, ndcg, recall } from './measures.ts'
import { runSeed } from './run.ts'

test('measures', () => {
  const wanted = new Set(['a', 'b'])
  expect(ndcg(['a', 'b', 'c'], wanted, 20)).toBe(1)
  expect(ndcg(['c', 'a'], wanted, 20)).toBeCloseTo(1 / Math.log2(3) / (1 + 1 / Math.log2(3)))
  expect([ndcg(['a'], new Set(), 20), recall(['a'], new Set(), 5)]).toEqual([null, null])
  expect(recall(['c', 'a', 'b'], wanted, 2)).toBe(0.5)
  expect(interval([1, 2, 3])).toEqual({ mean: 2, half: expect.closeTo(4.3 / Math.sqrt(3), 2) })
  const solved = solve([Float64Array.of(4, 2), Float64Array.of(2, 3)], Float64Array.of(10, 9))
  expect([...solved]).toEqual([expect.closeTo(1.5, 9), expect.closeTo(2, 9)])
})

test('on behaviour with known preferences ours is ahead of each baseline, and the towers of the factorisation', async () => {
  const measures = await runSeed(1)
  for (const [question, { ours, 'two towers': towers, ...others }] of Object.entries(measures)) {
    for (const [name, value] of Object.entries(others)) {
      if (name !== 'ours, trained')
        expect(ours ?? towers, `${question}: ${name}`).toBeGreaterThan(value as number)
    }
  }
}, 300_000)
