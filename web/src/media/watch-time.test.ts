import { expect, test } from 'vitest'
import { createWatchTime } from './watch-time.ts'

test('what plays counts, what is paused or waits does not, and nothing counts twice', () => {
  let now = 0
  const watch = createWatchTime(() => now)
  watch.started()
  now = 1_000
  watch.stopped()
  now = 5_000
  expect(watch.take()).toBe(1_000)
  watch.started()
  now = 5_400
  // Said again while it plays, as browsers do after a loop.
  watch.started()
  now = 6_000
  expect(watch.take()).toBe(1_000)
  now = 6_250
  watch.stopped()
  watch.stopped()
  expect(watch.take()).toBe(250)
  expect(watch.take()).toBe(0)
})
