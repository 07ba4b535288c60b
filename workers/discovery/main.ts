import type { Log } from '#platform/log.ts'
import { runWorker, type WorkerDefinition } from '#platform/worker.ts'
import type { PictureModel } from '#subgraphs/feed/domain/discovery/describe.ts'
import { type TextModel, wordModel } from '#subgraphs/feed/domain/discovery/vectors.ts'
import { createStore } from '#subgraphs/feed/store.ts'
import { createConsumers } from './consumers.ts'
import { createJobs } from './jobs.ts'
import { loadPictureModel } from './picture-model.ts'
import { loadSentenceModel } from './sentence-model.ts'

/** The discovery worker: works out what posts are about. */
export const discovery = {
  name: 'discovery',
  start(platform) {
    const { cache, config, facts, jobs, log, storage } = platform
    const { posts, accounts } = facts
    const store = createStore(platform.db('feed'), cache, config.namespace)
    const model = whenNeeded<TextModel>(config.textModelPath, loadSentenceModel, wordModel, log)
    const pictures = whenNeeded<PictureModel | null>(
      config.nsfwModelPath,
      (path) => loadPictureModel(path, storage),
      null,
      log,
    )
    return {
      consumers: createConsumers(jobs),
      jobs: createJobs({ store, posts, accounts, model, pictures }),
    }
  },
} satisfies WorkerDefinition<'discovery'>

/** Loads a model when it is first asked for; where there is none, or it cannot be loaded, `otherwise` does without. */
function whenNeeded<M>(
  path: string | null,
  load: (path: string) => Promise<M>,
  otherwise: M,
  log: Log,
): () => Promise<M> {
  let loading: Promise<M> | undefined
  return () => {
    loading ??= path
      ? load(path).catch((error: unknown) => {
          log.warn({ path, error: String(error) }, 'a model cannot be loaded: posts are described without it')
          return otherwise
        })
      : Promise.resolve(otherwise)
    return loading
  }
}

if (import.meta.main) await runWorker(discovery)
