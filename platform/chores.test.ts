import { expect, test } from 'vitest'
import { startChores } from './chores.ts'
import { createLog } from './log.ts'

test('a chore is repeated, also after it failed, and a stop waits for it and ends it', async () => {
  const told = Promise.withResolvers<void>()
  let runs = 0
  let running = 0
  let aborted = false
  const chores = startChores(
    [
      {
        name: 'test',
        everyMs: 1,
        async run(signal) {
          runs++
          if (runs === 1) throw new Error('the first time it fails')
          if (runs < 3) return
          running++
          told.resolve()
          await new Promise((resolve) => signal.addEventListener('abort', resolve))
          aborted = signal.aborted
          running--
        },
      },
    ],
    createLog('test', 'fatal'),
  )
  await told.promise
  expect(running).toBe(1)
  await chores.stop()
  expect([runs, running, aborted]).toEqual([3, 0, true])
})
