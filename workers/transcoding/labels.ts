// The job that looks at what was drawn and labels it. Nothing waits for it: without a classifier, items wait for their look.
import type { JobHandlers } from '#platform/queue.ts'
import type { Platform } from '#platform/service.ts'
import { labelMedia, needsLook } from '#subgraphs/content/domain/media-labels.ts'
import { createStore } from '#subgraphs/content/store.ts'
import { loadPictureClassifier, type PictureClassifier } from './classifier.ts'
import { lookAt, picturesOf } from './looks.ts'

/** The job. A classifier that cannot be loaded is tried again with the next item. */
export function createLabelJobs(
  platform: Platform,
): Pick<JobHandlers<'transcoding'>, 'transcoding.labelMedia'> {
  const { config, facts, log, storage } = platform
  const { accounts, posts } = facts
  const store = createStore(platform.db('content'))
  const transact = platform.transact('content')
  const deps = { ...store, accounts, posts, transact, now: () => new Date(platform.now()) }
  let loading: Promise<PictureClassifier> | undefined
  const classifier = async (): Promise<PictureClassifier | null> => {
    if (!config.nsfwModelPath) return null
    loading ??= loadPictureClassifier(config.nsfwModelPath)
    try {
      return await loading
    } catch (error) {
      loading = undefined
      log.warn({ error: String(error) }, 'the classifier of pictures cannot be loaded: items wait for it')
      return null
    }
  }
  return {
    async 'transcoding.labelMedia'({ payload: { mediaId }, signal }) {
      const media = await store.getMedia(mediaId)
      if (!needsLook(media)) return
      const pictures = await picturesOf(storage, media)
      signal.throwIfAborted()
      await labelMedia(deps, mediaId, await lookAt(pictures, await classifier()))
    },
  }
}
