// The worker's one job. It may be killed anywhere and run again, also twice at once: every write to the item is fenced by the
// number of the run, and what was rendered lies under the hash of its bytes.
import { join } from 'node:path'
import type { JobHandlers, JobRun } from '#platform/queue.ts'
import type { Platform } from '#platform/service.ts'
import { type MediaRow, mediaPrefixes, uploadKey } from '#subgraphs/content/model.ts'
import { createStore } from '#subgraphs/content/store.ts'
import { MediaFailure } from './domain/failure.ts'
import { renderMedia } from './domain/media.ts'
import { contentHash, download, resultOf, upload } from './objects.ts'
import { createProgress } from './progress.ts'
import { createWorkFolder } from './work-folder.ts'

/** Shares of the progress, in percent, that are reached after rendering and after sending. */
const afterRendering = 90
const afterSending = 99

/** The worker's jobs. */
export function createJobs(platform: Platform): JobHandlers<'transcoding'> {
  const { config, storage, log, facts } = platform
  const binaries = { ffmpeg: config.ffmpegPath, ffprobe: config.ffprobePath }
  const store = createStore(platform.db('content'))
  const transact = platform.transact('content')

  const setProgress = (media: MediaRow, percent: number) =>
    transact(async (tx) => {
      if (!(await store.setProgress(media, percent, new Date(), tx.session))) return
      tx.emit('media.changed', { mediaId: media._id, ownerId: media.ownerId, status: 'PROCESSING' })
    })

  /** Renders, sends and finishes. Throws what went wrong. */
  const work = async (media: MediaRow, signal: AbortSignal): Promise<void> => {
    const { _id: mediaId, ownerId, contentType } = media
    await using folder = await createWorkFolder()
    const progress = createProgress((percent) => setProgress(media, percent))
    const inputPath = join(folder.path, 'upload')
    const outDir = join(folder.path, 'rendered')
    await download(storage, uploadKey(mediaId), inputPath, signal)
    const manifest = await renderMedia(inputPath, outDir, {
      contentType,
      binaries,
      signal,
      onProgress: (percent) => progress.report((percent * afterRendering) / 100),
    })
    const { files } = manifest
    const hash = await contentHash(outDir, files)
    const owner = (await facts.accounts.get([ownerId])).get(ownerId)
    // Unknown owners are private: a mistake then shows less, not more.
    const exposure = owner && !owner.isPrivate ? 'public' : 'private'
    const prefix = `${exposure}/media/${mediaId}/${hash}/`
    await upload(storage, prefix, outDir, files, signal, (done) =>
      progress.report(afterRendering + (done / files.length) * (afterSending - afterRendering)),
    )
    await progress.settled()
    await transact(async (tx) => {
      const result = resultOf(manifest, exposure, prefix)
      if (await store.finishProcessing(media, result, new Date(), tx.session)) {
        tx.emit('media.changed', { mediaId, ownerId, status: 'READY' })
      }
    })
    await tidy(mediaId)
  }

  const fail = (media: MediaRow, { code, message }: MediaFailure) =>
    transact(async (tx) => {
      if (await store.failProcessing(media, { code, message }, new Date(), tx.session)) {
        tx.emit('media.changed', { mediaId: media._id, ownerId: media.ownerId, status: 'FAILED' })
      }
    })

  /** Removes what an item in its present state must not have: the upload with its metadata, or everything of a deleted one. */
  const tidy = async (mediaId: string): Promise<void> => {
    const media = await store.getMedia(mediaId)
    if (media?.status === 'READY') await storage.removePrefix(uploadKey(mediaId))
    if (!media) await Promise.all(mediaPrefixes(mediaId).map((prefix) => storage.removePrefix(prefix)))
  }

  const processMedia = async (run: JobRun<'transcoding.processMedia'>): Promise<void> => {
    const { mediaId } = run.payload
    const media = await store.claimProcessing(mediaId)
    // Nothing to process: an earlier run came to its end and was killed before it had tidied up.
    if (!media) return tidy(mediaId)
    try {
      await work(media, run.signal)
    } catch (error) {
      run.signal.throwIfAborted()
      const failure =
        error instanceof MediaFailure ? error : new MediaFailure('INTERNAL', String(error), { cause: error })
      const { code, detail } = failure
      if (failure.retryable && !run.lastAttempt) throw failure
      log.warn({ mediaId, code, detail }, 'media failed')
      await fail(media, failure)
    }
  }

  return { 'transcoding.processMedia': processMedia }
}
