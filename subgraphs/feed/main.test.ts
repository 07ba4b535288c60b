// What the subgraph refuses to start with.
import { expect, onTestFinished, test } from 'vitest'
import { StartFailure } from '#platform/service.ts'
import { testPlatform } from '../../tests/platform.ts'
import { stages } from './domain/ranking/rank.ts'
import { weights } from './domain/ranking/weights.ts'
import { feed } from './main.ts'

/** Leaves it as it was when the test is over: other files run in this process. */
const during = <T extends object>(it: T, change: (it: T) => void) => {
  const was = Array.isArray(it) ? [...it] : { ...it }
  change(it)
  onTestFinished(() => void Object.assign(it, was))
}

test.each([
  [
    'stages in a wrong order',
    /needs scored, which is not there yet/,
    () => during(stages as (typeof stages)[number][], (table) => table.reverse()),
  ],
  [
    'a signal without a weight',
    /The signal recency has no weight/,
    () => during(weights.signals, (signals) => Object.assign(signals, { recency: Number.NaN })),
  ],
] as const)('with %s it does not start, and says why', async (_what, why, change) => {
  const { platform, stack } = await testPlatform()
  onTestFinished(() => stack.disposeAsync())
  change()
  const start = () => feed.start(platform, stack)
  expect(start).toThrow(StartFailure)
  expect(start).toThrow(why)
})
