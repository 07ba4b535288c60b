import { claimEvents } from '#platform/bus.ts'
import { startChores } from '#platform/chores.ts'
import { runWorker, type WorkerDefinition } from '#platform/worker.ts'
import { createInsightStore } from '#subgraphs/engagement/store/insights.ts'
import { removeExpired, requestMerges } from './compaction.ts'
import { createConsumers } from './consumers.ts'
import { createJobs } from './jobs.ts'

/** The warehouse worker: sums up what happens, and keeps it in columnar files. */
export const warehouse = {
  name: 'warehouse',
  start(platform) {
    const db = platform.db('engagement')
    const store = createInsightStore(db)
    const transact = platform.transact('engagement')
    const files = { store, transact, storage: platform.storage, now: () => new Date(platform.now()) }
    const chores = startChores(
      [
        {
          name: 'warehouse files',
          everyMs: 600_000,
          async run() {
            await requestMerges({ ...files, jobs: platform.jobs })
            await removeExpired(files)
          },
        },
      ],
      platform.log,
    )
    return {
      stop: () => void chores.stop(),
      consumers: createConsumers({
        store,
        transact,
        accounts: platform.facts.accounts,
        posts: platform.facts.posts,
        jobs: platform.jobs,
        secret: platform.config.secret,
        claim: (tx, batch) => claimEvents(tx, db, 'warehouse.events', batch),
      }),
      jobs: createJobs(files),
    }
  },
} satisfies WorkerDefinition<'warehouse'>

if (import.meta.main) await runWorker(warehouse)
