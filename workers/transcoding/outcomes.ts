// How the processing of an item ends: what its row says, who is told, and what must not stay in the object store.
import type { Platform } from '#platform/service.ts'
import {
  type MediaResult,
  type MediaRow,
  mediaPrefixes,
  uploadKey,
  workPrefix,
} from '#subgraphs/content/model.ts'
import { createStore } from '#subgraphs/content/store.ts'
import type { MediaFailure } from './domain/failure.ts'

export interface Outcomes {
  /** READY with everything that was made, when the run is still the item's. */
  finish(media: MediaRow, result: MediaResult): Promise<void>
  /** FAILED, when the run is still the item's. What is shown by its lowest rung stays shown. */
  fail(media: MediaRow, failure: MediaFailure): Promise<void>
  /**
   * Removes what an item in its present state must not have: the upload with its metadata, what runs left that were overtaken, or
   * everything of a deleted one.
   */
  tidy(mediaId: string): Promise<void>
}

/** The ends that runs of the worker come to. */
export function createOutcomes(platform: Pick<Platform, 'db' | 'storage' | 'transact'>): Outcomes {
  const { storage } = platform
  const store = createStore(platform.db('content'))
  const transact = platform.transact('content')

  const tidy = async (mediaId: string): Promise<void> => {
    const folders = [`public/media/${mediaId}/`, `private/media/${mediaId}/`]
    const keys = (await Promise.all(folders.map(storage.listAll))).flat()
    // Read after the keys: what a run wrote that began later is not among them.
    const media = await store.getMedia(mediaId)
    if (media?.status === 'READY' && !media.unfinished) {
      await storage.removePrefix(uploadKey(mediaId))
      await storage.removePrefix(workPrefix(mediaId))
      const { prefix, moving, leaving = [] } = media
      const known = [prefix, moving, ...leaving.map((left) => left.prefix)]
      const strays = new Set(keys.map((key) => `${key.split('/').slice(0, 4).join('/')}/`))
      for (const one of known) if (one) strays.delete(one)
      for (const stray of strays) await storage.removePrefix(stray)
    }
    if (!media) await Promise.all(mediaPrefixes(mediaId).map((prefix) => storage.removePrefix(prefix)))
  }

  const finish = async (media: MediaRow, result: MediaResult): Promise<void> => {
    const { _id: mediaId, ownerId } = media
    await transact(async (tx) => {
      if (await store.finishProcessing(media, result, new Date(), tx.session)) {
        tx.emit('media.changed', { mediaId, ownerId, status: 'READY' })
      }
    })
    await tidy(mediaId)
  }

  const fail = async (media: MediaRow, { code, message }: MediaFailure): Promise<void> => {
    await store.giveUpRest(media)
    await storage.removePrefix(workPrefix(media._id))
    await transact(async (tx) => {
      if (await store.failProcessing(media, { code, message }, new Date(), tx.session)) {
        tx.emit('media.changed', { mediaId: media._id, ownerId: media.ownerId, status: 'FAILED' })
      }
    })
    await tidy(media._id)
  }

  return { finish, fail, tidy }
}
