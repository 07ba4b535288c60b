import { startChores } from '#platform/chores.ts'
import { runWorker, type WorkerDefinition } from '#platform/worker.ts'
import { modelName, type PictureModel } from '#subgraphs/feed/domain/discovery/describe.ts'
import { type TextModel, wordModel } from '#subgraphs/feed/domain/discovery/vectors.ts'
import { createStore } from '#subgraphs/feed/store.ts'
import { createConsumers } from './consumers.ts'
import { createJobs } from './jobs.ts'
import { loadPictureModel, pictureModelName } from './picture-model.ts'
import { requestRenewals } from './renewal.ts'
import { loadSentenceModel, sentenceModelName } from './sentence-model.ts'
import { renewTopics } from './topics.ts'

/** The discovery worker: works out what posts are about. */
export const discovery = {
  name: 'discovery',
  start(platform) {
    const { cache, config, facts, jobs, log, storage } = platform
    const { posts, accounts } = facts
    const store = createStore(platform.db('feed'), cache, config.namespace)
    const model = whenNeeded<TextModel>(config.textModelPath, loadSentenceModel, wordModel)
    const pictures = whenNeeded<PictureModel | null>(
      config.nsfwModelPath,
      (path) => loadPictureModel(path, storage, log),
      null,
    )
    const name = modelName(
      config.textModelPath ? sentenceModelName : wordModel.name,
      config.nsfwModelPath ? pictureModelName : null,
    )
    const chores = startChores(
      [
        {
          name: 'descriptions by other models',
          everyMs: 60_000,
          run: async () => void (await requestRenewals({ store, jobs, now: () => platform.now() }, name)),
        },
        {
          name: 'topics of posts',
          everyMs: 60_000,
          async run(signal) {
            await renewTopics({ store, posts, accounts, now: () => platform.now() }, name, signal)
          },
        },
      ],
      log,
    )
    return {
      stop: () => chores.stop(),
      consumers: createConsumers(jobs),
      jobs: createJobs({ store, posts, accounts, model, pictures, log }),
    }
  },
} satisfies WorkerDefinition<'discovery'>

/**
 * Loads a model when it is first asked for; where none is configured, `otherwise` does without. One that cannot be loaded rejects, and
 * is tried again when it is next asked for: vectors made without it would be compared with nobody's.
 */
function whenNeeded<M>(
  path: string | null,
  load: (path: string) => Promise<M>,
  otherwise: M,
): () => Promise<M> {
  let loading: Promise<M> | undefined
  return () => {
    loading ??= path
      ? load(path).catch((error: unknown) => {
          loading = undefined
          throw new Error(`the model at ${path} cannot be loaded: ${error}`)
        })
      : Promise.resolve(otherwise)
    return loading
  }
}

if (import.meta.main) await runWorker(discovery)
