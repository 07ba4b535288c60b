// A fan-out worker for tests that kill it.
import type { JobRow } from '#platform/queue.ts'
import type { Platform } from '#platform/service.ts'
import { testEnvironment } from '../../tests/platform.ts'
import { startProcess } from '../../tests/system.ts'

export interface FanoutProcess {
  /** Ends it at once, as a crash would, and starts it again. What it had under way may be taken up at once. */
  dies(): Promise<void>
}

/** The fan-out worker of a platform as a process of its own. */
export async function startFanout(platform: Platform, stack: AsyncDisposableStack): Promise<FanoutProcess> {
  const env = testEnvironment({ NAMESPACE: platform.config.namespace })
  const start = () => startProcess('workers/fanout/main.ts', env)
  let child = await start()
  stack.defer(() => child.stop())
  return {
    async dies() {
      await child.kill()
      // As the leases would end in ten seconds.
      const jobs = platform.db('feed').collection<JobRow>('jobs')
      await jobs.updateMany({ state: 'ACTIVE' }, { $set: { leaseUntil: new Date() } })
      child = await start()
    },
  }
}
