// What nobody asks for any more: uploads that were never completed, and objects that moves left for those who still held a
// signed address. Several workers may sweep at once.
import { startChores } from '#platform/chores.ts'
import type { Platform } from '#platform/service.ts'
import { signedUrlSeconds } from '#platform/storage.ts'
import { sweepUploads } from '#subgraphs/content/domain/media-deletion.ts'
import { createStore } from '#subgraphs/content/store.ts'

const sweepMs = 600_000
const batch = 100

/** Clears away what is due now. */
export async function sweep(platform: Platform, now: () => Date = () => new Date()): Promise<void> {
  const store = createStore(platform.db('content'))
  while (await sweepUploads({ ...store, storage: platform.storage, now }, batch));
  const due = new Date(now().getTime() - 2 * signedUrlSeconds * 1000)
  const mediaIds = await store.listLeaving(due, batch)
  if (mediaIds.length === 0) return
  const key = `sweep:${mediaIds[0]}:${Math.floor(now().getTime() / sweepMs)}`
  await platform.jobs.enqueue('transcoding.settleExposure', key, { mediaIds })
}

/** Sweeps now and then, until stopped. */
export function startSweeper(platform: Platform): { stop(): void } {
  const chores = startChores(
    [{ name: 'media-sweep', everyMs: sweepMs, run: () => sweep(platform) }],
    platform.log,
  )
  return { stop: () => void chores.stop() }
}
