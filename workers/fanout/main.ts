import { runWorker, type WorkerDefinition } from '#platform/worker.ts'
import { createStore } from '#subgraphs/feed/store.ts'
import { createConsumers } from './consumers.ts'
import { createJobs, type FanoutDeps } from './jobs.ts'

/** The fan-out worker: puts posts on timelines. */
export const fanout = {
  name: 'fanout',
  start(platform) {
    const { cache, config, facts, jobs, live } = platform
    const store = createStore(platform.db('feed'), cache, config.namespace)
    const { posts, relations } = facts
    const deps: FanoutDeps = { store, posts, relations, jobs, live, now: () => platform.now() }
    return { consumers: createConsumers(deps), jobs: createJobs(deps) }
  },
} satisfies WorkerDefinition<'fanout'>

if (import.meta.main) await runWorker(fanout)
