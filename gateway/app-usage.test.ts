import { expect, test } from 'vitest'
import { createAppUsage } from './app-usage.ts'
import type { UsageCounts } from './documents-store.ts'

test('what could not be written is written with the next figures, once', async () => {
  const written: (UsageCounts & { appId: string })[] = []
  const errors: unknown[] = []
  let isAway = true
  const usage = createAppUsage(
    {
      async addUsage(appId, _date, counts) {
        if (isAway) throw new Error('away')
        written.push({ appId, ...counts })
      },
    },
    (error) => errors.push(error),
  )
  usage.count('app_1', { requests: 1, points: 3 })
  usage.count('app_1', { refused: 1 })
  await usage.flush()
  expect(errors).toHaveLength(1)
  isAway = false
  usage.count('app_1', { requests: 1, points: 2, unregistered: 1 })
  await usage.flush()
  await usage.flush()
  expect(written).toEqual([{ appId: 'app_1', requests: 2, points: 5, unregistered: 1, refused: 1 }])
})
