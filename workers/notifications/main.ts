import { createWebPush } from '#platform/web-push.ts'
import { runWorker, type WorkerDefinition } from '#platform/worker.ts'
import { createNotificationSettingsStore } from '#subgraphs/engagement/store/notification-settings.ts'
import { createNotificationStore } from '#subgraphs/engagement/store/notifications.ts'
import { createStore } from '#subgraphs/engagement/store.ts'
import { createConsumers } from './consumers.ts'
import { createJobs } from './jobs.ts'

/** The notification worker: tells people's devices. */
export const notifications = {
  name: 'notifications',
  start(platform) {
    const db = platform.db('engagement')
    const settings = createNotificationSettingsStore(db)
    const rows = createNotificationStore(db)
    const deps = {
      store: { ...settings, ...rows },
      all: createStore(db, platform.cache, platform.config.namespace),
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
