import { claimEvents } from '#platform/bus.ts'
import { runWorker, type WorkerDefinition } from '#platform/worker.ts'
import { createInsightStore, type InsightStore } from '#subgraphs/engagement/store/insights.ts'
import { createConsumers } from './consumers.ts'
import { createJobs } from './jobs.ts'

/** The warehouse worker: sums up what happens, and keeps it in columnar files. */
export const warehouse = {
  name: 'warehouse',
  start(platform) {
    const db = platform.db('engagement')
    const store: InsightStore = createInsightStore(db)
    const transact = platform.transact('engagement')
    return {
      consumers: createConsumers({
        store,
        transact,
        accounts: platform.facts.accounts,
        posts: platform.facts.posts,
        jobs: platform.jobs,
        secret: platform.config.secret,
        claim: (tx, batch) => claimEvents(tx, db, 'warehouse.events', batch),
      }),
      jobs: createJobs({ store, transact, storage: platform.storage, now: () => new Date() }),
    }
  },
} satisfies WorkerDefinition<'warehouse'>

if (import.meta.main) await runWorker(warehouse)
