// The heap of a test's own process, once what nobody holds is gone from it.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

setFlagsFromString('--expose-gc')

/** Lets go of what nobody holds. */
export const collectGarbage = runInNewContext('gc') as () => void

/** What is held, in bytes. */
export function heapBytes(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}
