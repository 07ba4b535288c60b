// Transcoding: turns what was uploaded into what is served. Content's slow half.
import { runWorker, type WorkerDefinition } from '#platform/worker.ts'
import { createConsumers } from './consumers.ts'
import { createEnds, createJobs } from './jobs.ts'
import { startSweeper } from './sweep.ts'
import { clearDeadFolders } from './work-folder.ts'

export const transcoding = {
  name: 'transcoding',
  start(platform) {
    clearDeadFolders().catch((error: unknown) =>
      platform.log.warn({ error: String(error) }, 'work folders of dead workers stay'),
    )
    const sweeper = startSweeper(platform)
    return {
      consumers: createConsumers(platform),
      jobs: createJobs(platform),
      ends: createEnds(platform),
      stop: () => sweeper.stop(),
    }
  },
} satisfies WorkerDefinition<'transcoding'>

if (import.meta.main) await runWorker(transcoding)
