// The worker's jobs. Processing may be killed anywhere and run again, also twice at once: every write to the item is fenced by the
// number of the run, and what was rendered lies under the hash of its bytes.
import { join } from 'node:path'
import { isOutage } from '#platform/outage.ts'
import type { JobEnds, JobHandlers, JobRun } from '#platform/queue.ts'
import type { Platform } from '#platform/service.ts'
import type { Exposure } from '#platform/storage.ts'
import { newId } from '#schema/ids.ts'
import { writeCaptionedMaster } from '#subgraphs/content/domain/captioned-playlist.ts'
import { wantedExposure } from '#subgraphs/content/domain/media-exposure.ts'
import { type MediaRow, uploadKey, workPrefix } from '#subgraphs/content/model.ts'
import { createStore } from '#subgraphs/content/store.ts'
import { MediaFailure } from './domain/failure.ts'
import type { MediaFile, MediaManifest } from './domain/manifest.ts'
import { renderMedia } from './domain/media.ts'
import { createExposureJobs } from './exposure.ts'
import { createLabelJobs } from './labels.ts'
import { contentHash, download, opaqueResult, resultOf, upload } from './objects.ts'
import { createOutcomes } from './outcomes.ts'
import { createPieceStore } from './piece-store.ts'
import { createProgress } from './progress.ts'
import { createWorkFolder } from './work-folder.ts'

/** The file that was uploaded, in the work folder. */
const uploadedFile: MediaFile = { path: 'upload', contentType: 'application/octet-stream', byteSize: 0 }

/** Shares of the progress, in percent, that are reached after rendering and after sending. */
const afterRendering = 90
const afterSending = 99

/** The worker's jobs. */
export function createJobs(platform: Platform): JobHandlers<'transcoding'> {
  const { config, storage, log, facts } = platform
  const binaries = { ffmpeg: config.ffmpegPath, ffprobe: config.ffprobePath }
  const store = createStore(platform.db('content'))
  const transact = platform.transact('content')
  const { finish, fail, tidy } = createOutcomes(platform)

  const setProgress = (media: MediaRow, percent: number) =>
    transact(async (tx) => {
      if (!(await store.setProgress(media, percent, new Date(), tx.session))) return
      tx.emit('media.changed', { mediaId: media._id, ownerId: media.ownerId, status: 'PROCESSING' })
    })

  /** Where the bytes are that an item is made of: what was uploaded, or, when it is drawn anew, the picture that was kept. */
  const sourceOf = async (media: MediaRow): Promise<{ key: string; keep: boolean }> => {
    const key = uploadKey(media._id)
    if (media.originalKey === null || (await storage.head(key))) return { key, keep: false }
    return { key: media.originalKey, keep: true }
  }

  /** Where what was made belongs. A run after the first has a prefix of its own, even when it makes the same bytes. */
  const placeOf = async (media: MediaRow, hash: string): Promise<{ exposure: Exposure; prefix: string }> => {
    const { _id: mediaId, ownerId } = media
    const owner = (await facts.accounts.get([ownerId])).get(ownerId)
    const exposure = wantedExposure(owner, (await store.findPublicUses([mediaId])).has(mediaId))
    const suffix = media.prefix === null ? '' : `.${(media.moves ?? 0) + 1}`
    return { exposure, prefix: `${exposure}/media/${mediaId}/${hash}${suffix}/` }
  }

  /** Makes a video READY by its lowest rung, unless all are to be waited for, or an earlier run has done so. */
  const publishFirst = async (
    media: MediaRow,
    manifest: MediaManifest,
    hash: string,
    outDir: string,
    signal: AbortSignal,
  ): Promise<void> => {
    if (config.publishAt !== 'FIRST' || media.status === 'READY') return
    const { _id: mediaId, ownerId } = media
    const { exposure, prefix } = await placeOf(media, hash)
    await upload(storage, prefix, outDir, manifest.files, signal, () => {})
    await transact(async (tx) => {
      const result = resultOf(manifest, exposure, prefix)
      if (await store.finishProcessing(media, result, new Date(), tx.session, true)) {
        tx.emit('media.changed', { mediaId, ownerId, status: 'READY' })
      }
    })
  }

  /**
   * Adds what was made since the lowest rung to a video that is READY by it, wherever its objects lie by now; whether it is such a
   * video, and still this run's.
   */
  const finishRest = async (
    media: MediaRow,
    manifest: MediaManifest,
    outDir: string,
    signal: AbortSignal,
  ): Promise<boolean> => {
    const { _id: mediaId, ownerId } = media
    for (;;) {
      const row = await store.getMedia(mediaId)
      if (row?.status !== 'READY' || !row.unfinished || row.prefix === null || row.exposure === null)
        return false
      const { prefix, exposure } = row
      const there = new Set(await storage.listAll(prefix))
      const missing = manifest.files.filter((file) => !there.has(prefix + file.path))
      await upload(storage, prefix, outDir, missing, signal, () => {})
      const result = resultOf(manifest, exposure, prefix)
      const captionedHlsKey = await writeCaptionedMaster(storage, result, row.captions ?? [])
      const done = await transact(async (tx) => {
        const all = { ...result, captionedHlsKey }
        if (!(await store.finishRest({ ...row, fence: media.fence }, all, new Date(), tx.session)))
          return false
        tx.emit('media.changed', { mediaId, ownerId, status: 'READY' })
        return true
      })
      if (!done && row.fence === media.fence) continue
      await tidy(mediaId)
      return true
    }
  }

  /** An encrypted file is kept as it came: the store copies it, nobody here reads it. */
  const keepAsItIs = async (media: MediaRow): Promise<void> => {
    const key = uploadKey(media._id)
    const { byteSize } = (await storage.head(key)) ?? { byteSize: 0 }
    if (byteSize === 0) throw new MediaFailure('EMPTY')
    const prefix = `private/media/${media._id}/${newId('media').slice(-16)}/`
    const fileKey = `${prefix}file.bin`
    await storage.copy(key, fileKey)
    await finish(media, opaqueResult(prefix, fileKey))
  }

  /** Renders, sends and finishes. Throws what went wrong. */
  const work = async (media: MediaRow, signal: AbortSignal): Promise<void> => {
    const { contentType } = media
    await using folder = await createWorkFolder()
    const progress = createProgress((percent) => setProgress(media, percent))
    const inputPath = join(folder.path, 'upload')
    const outDir = join(folder.path, 'rendered')
    const { key, keep } = await sourceOf(media)
    await download(storage, key, inputPath, signal)
    // A video's first files are served before its last are made, so it goes by the hash of what was uploaded.
    const uploaded = media.kind === 'VIDEO' ? await contentHash(folder.path, [uploadedFile]) : null
    const hashOf = async (files: readonly MediaFile[]) => uploaded ?? contentHash(outDir, files)
    const manifest = await renderMedia(inputPath, outDir, {
      contentType,
      binaries,
      signal,
      keep,
      ...(uploaded
        ? {
            pieces: createPieceStore(storage, `${workPrefix(media._id)}${uploaded}/`, signal),
            onFirst: (first) => publishFirst(media, first, uploaded, outDir, signal),
          }
        : {}),
      edit: { filter: media.filter ?? 'ORIGINAL', crop: media.crop ?? null },
      onProgress: (percent) => progress.report((percent * afterRendering) / 100),
    })
    const { files } = manifest
    if (media.kind === 'VIDEO' && (await finishRest(media, manifest, outDir, signal))) return
    const hash = await hashOf(files)
    const { exposure, prefix } = await placeOf(media, hash)
    await upload(storage, prefix, outDir, files, signal, (done) =>
      progress.report(afterRendering + (done / files.length) * (afterSending - afterRendering)),
    )
    await progress.settled()
    await finish(media, resultOf(manifest, exposure, prefix))
  }

  const processMedia = async (run: JobRun<'transcoding.processMedia'>): Promise<void> => {
    const { mediaId } = run.payload
    const media = await store.claimProcessing(mediaId, run.id)
    // Nothing to process: an earlier run came to its end and was killed before it had tidied up.
    if (!media) return tidy(mediaId)
    try {
      await (media.kind === 'CIPHERTEXT' ? keepAsItIs(media) : work(media, run.signal))
    } catch (error) {
      run.signal.throwIfAborted()
      const failure =
        error instanceof MediaFailure ? error : new MediaFailure('INTERNAL', String(error), { cause: error })
      const { code, detail } = failure
      if (failure.retryable && (!run.lastAttempt || isOutage(failure))) throw failure
      log.warn({ mediaId, code, detail }, 'media failed')
      await fail(media, failure)
    }
  }

  return {
    'transcoding.processMedia': processMedia,
    ...createExposureJobs(platform),
    ...createLabelJobs(platform),
  }
}

/** What becomes of an item when its job is given up: whoever uploaded it is told. */
export function createEnds(platform: Platform): JobEnds<'transcoding'> {
  const store = createStore(platform.db('content'))
  const { fail } = createOutcomes(platform)
  return {
    async 'transcoding.processMedia'({ id, payload: { mediaId } }) {
      const media = await store.claimGivenUp(mediaId, id)
      if (media) await fail(media, new MediaFailure('INTERNAL', 'its job was given up'))
    },
  }
}
