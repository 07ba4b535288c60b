import { runWorker, type WorkerDefinition } from '#platform/worker.ts'
import { type TextModel, wordModel } from '#subgraphs/feed/domain/discovery/vectors.ts'
import { createStore } from '#subgraphs/feed/store.ts'
import { createConsumers } from './consumers.ts'
import { createJobs } from './jobs.ts'
import { loadSentenceModel } from './sentence-model.ts'

/** The discovery worker: works out what posts are about. */
export const discovery = {
  name: 'discovery',
  start(platform) {
    const { cache, config, facts, jobs, log } = platform
    const store = createStore(platform.db('feed'), cache, config.namespace)
    const { textModelPath } = config
    let loading: Promise<TextModel> | undefined
    const model = () => {
      loading ??= textModelPath
        ? loadSentenceModel(textModelPath).catch((error: unknown) => {
            log.warn(
              { error: String(error) },
              'the text model cannot be loaded: captions are told apart by words',
            )
            return wordModel
          })
        : Promise.resolve(wordModel)
      return loading
    }
    const { posts, accounts } = facts
    return { consumers: createConsumers(jobs), jobs: createJobs({ store, posts, accounts, model }) }
  },
} satisfies WorkerDefinition<'discovery'>

if (import.meta.main) await runWorker(discovery)
