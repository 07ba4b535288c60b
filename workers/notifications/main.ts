import { createWebPush } from '#platform/web-push.ts'
import { runWorker, type WorkerDefinition } from '#platform/worker.ts'
import { createStore } from '#subgraphs/engagement/store.ts'
import { createConsumers } from './consumers.ts'
import { createJobs } from './jobs.ts'

/** The notification worker: tells people's devices. */
export const notifications = {
  name: 'notifications',
  start(platform) {
    const deps = {
      store: createStore(platform.db('engagement'), platform.cache, platform.config.namespace),
      transact: platform.transact('engagement'),
      facts: platform.facts,
      jobs: platform.jobs,
      webPush: createWebPush(platform.config),
      now: () => new Date(platform.now()),
    }
    return { consumers: createConsumers(deps), jobs: createJobs(deps) }
  },
} satisfies WorkerDefinition<'notifications'>

if (import.meta.main) await runWorker(notifications)
