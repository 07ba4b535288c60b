// What nobody asks for any more: uploads that were never completed, objects that moves left for those who still held a signed
// address, and originals that go to cheaper storage; what still waits for its labels, when the classifier was away; and rings of
// accounts, which take a while to find. Several workers may sweep at once.
import { startChores } from '#platform/chores.ts'
import type { Platform } from '#platform/service.ts'
import { signedUrlSeconds } from '#platform/storage.ts'
import { createRecentDeeds } from '#platform/text-safety/recent.ts'
import { coolOriginals } from '#subgraphs/content/domain/media-cooling.ts'
import { sweepUploads } from '#subgraphs/content/domain/media-deletion.ts'
import { reviewRings } from '#subgraphs/content/domain/rings.ts'
import { createStore } from '#subgraphs/content/store.ts'

const sweepMs = 600_000
const ringsMs = 300_000
const batch = 100
/** Items that wait for their labels, as many as are tried again at once. */
const unlabelledBatch = 500
/** When an item that could not be looked at is tried again, so that such items do not stand before others. */
const lookAgainMs = 3_600_000

/** Clears away what is due now. */
export async function sweep(platform: Platform, now: () => Date = () => new Date()): Promise<void> {
  const store = createStore(platform.db('content'))
  while (await sweepUploads({ ...store, storage: platform.storage, now }, batch));
  // Without a classifier nothing can be made up for: what is like a picture that was taken down was found by the first look.
  const waiting = platform.config.nsfwModelPath ? await store.listUnlabelled(now(), unlabelledBatch) : []
  for (const mediaId of waiting) {
    const round = Math.floor(now().getTime() / sweepMs)
    await platform.jobs.enqueue('transcoding.labelMedia', `sweep:${mediaId}:${round}`, { mediaId })
  }
  await store.deferLooks(waiting, new Date(now().getTime() + lookAgainMs))
  const due = new Date(now().getTime() - 2 * signedUrlSeconds * 1000)
  const mediaIds = await store.listLeaving(due, batch)
  if (mediaIds.length === 0) return
  const key = `sweep:${mediaIds[0]}:${Math.floor(now().getTime() / sweepMs)}`
  await platform.jobs.enqueue('transcoding.settleExposure', key, { mediaIds })
}

/** Has originals that are old enough go to cheaper storage, where the configuration names one. */
export async function cool(platform: Platform, now: () => Date = () => new Date()): Promise<void> {
  const { cold } = platform.config
  const store = createStore(platform.db('content'))
  if (cold) while (await coolOriginals({ ...store, storage: platform.storage, now }, cold, batch));
}

/** Has accounts that acted as one lately looked at. */
function findRingsNow(platform: Platform): Promise<void> {
  const { cache, config, facts, now } = platform
  return reviewRings({
    ...createStore(platform.db('content')),
    transact: platform.transact('content'),
    accounts: facts.accounts,
    deeds: createRecentDeeds(cache, config.namespace, now),
    limited: config.rateLimits,
    now: () => new Date(now()),
  })
}

/** Sweeps now and then, until stopped. */
export function startSweeper(platform: Platform): { stop(): void } {
  const chores = startChores(
    [
      { name: 'media-sweep', everyMs: sweepMs, run: () => sweep(platform) },
      { name: 'cold-originals', everyMs: sweepMs, run: () => cool(platform) },
      { name: 'rings', everyMs: ringsMs, run: () => findRingsNow(platform) },
    ],
    platform.log,
  )
  return { stop: () => void chores.stop() }
}
