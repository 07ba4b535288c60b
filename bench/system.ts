// The real servers of a figure, and the processes that work on them.
import type { Platform } from '#platform/service.ts'
import { testEnvironment, testPlatform } from '../tests/platform.ts'
import { type Child, startProcess } from '../tests/system.ts'

/** Servers of a figure's own. What `start` starts from a file works on them; all ends with the stack. */
export async function openSystem(
  stack: AsyncDisposableStack,
  settings: Parameters<typeof testEnvironment>[0] = {},
): Promise<{ platform: Platform; start(file: string): Promise<Child> }> {
  const env = testEnvironment(settings)
  const { platform, stack: platformStack } = await testPlatform({}, env)
  stack.defer(() => platformStack.disposeAsync())
  return {
    platform,
    async start(file) {
      const child = await startProcess(file, env)
      stack.defer(() => child.stop())
      return child
    },
  }
}
