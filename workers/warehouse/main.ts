import { claimEvents } from '#platform/bus.ts'
import { startChores } from '#platform/chores.ts'
import { runWorker, type WorkerDefinition } from '#platform/worker.ts'
import { createInsightStore } from '#subgraphs/engagement/store/insights.ts'
import { requestCheck } from './checking.ts'
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
    const { storage, jobs, log } = platform
    const { secret } = platform.config
    const files = { store, transact, storage, now: () => new Date(platform.now()) }
    const chores = startChores(
      [
        {
          name: 'warehouse files',
          everyMs: 600_000,
          async run() {
            await requestMerges({ ...files, jobs })
            await removeExpired(files)
            await requestCheck({ ...files, jobs })
          },
        },
      ],
      log,
    )
    return {
      stop: () => void chores.stop(),
      consumers: createConsumers({
        store,
        transact,
        accounts: platform.facts.accounts,
        posts: platform.facts.posts,
        jobs,
        secret,
        claim: (tx, batch) => claimEvents(tx, db, 'warehouse.events', batch),
      }),
      jobs: createJobs({ ...files, secret, log }),
    }
  },
} satisfies WorkerDefinition<'warehouse'>

if (import.meta.main) await runWorker(warehouse)
