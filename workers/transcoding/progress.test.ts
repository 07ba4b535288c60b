import { expect, test } from 'vitest'
import { createProgress } from './progress.ts'

test('progress is told in steps of 5 % and 250 ms, never 100, and a failed write is one step less', async () => {
  let now = 0
  const told: number[] = []
  const progress = createProgress(
    async (percent) => {
      told.push(percent)
      if (percent === 20) throw new Error('no database')
    },
    () => now,
  )
  for (const [at, percent] of [
    [0, 4.9],
    [0, 5.2],
    [100, 40],
    [249, 41],
    [250, 20],
    [500, 24],
    [600, 19],
    [750, 100],
    [2_000, 100],
  ] as const) {
    now = at
    progress.report(percent)
  }
  await progress.settled()
  expect(told).toEqual([5, 20, 99])
})
