// All workers in one process: what `npm start` runs beside the gateway.

import { serveAdminOfWorkers } from '#platform/admin.ts'
import type { Platform } from '#platform/service.ts'
import { runProcess } from '#platform/service.ts'
import { startWorker } from '#platform/worker.ts'
import { discovery } from './discovery/main.ts'
import { fanout } from './fanout/main.ts'
import { notifications } from './notifications/main.ts'
import { transcoding } from './transcoding/main.ts'
import { warehouse } from './warehouse/main.ts'

/** Starts every worker on one platform. */
export async function startWorkers(platform: Platform, stack: AsyncDisposableStack): Promise<void> {
  await startWorker(platform, fanout, stack)
  await startWorker(platform, discovery, stack)
  await startWorker(platform, transcoding, stack)
  await startWorker(platform, warehouse, stack)
  await startWorker(platform, notifications, stack)
}

if (import.meta.main) {
  await runProcess('workers', async (platform, stack) => {
    await startWorkers(platform, stack)
    platform.log.info({ adminUrl: await serveAdminOfWorkers(platform, stack) }, 'ready')
  })
}
