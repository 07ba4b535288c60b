// The jobs that move objects between the public and the private prefix.
import type { JobHandlers } from '#platform/queue.ts'
import type { Platform } from '#platform/service.ts'
import { settleExposure } from '#subgraphs/content/domain/media-exposure.ts'
import { createStore } from '#subgraphs/content/store.ts'

const pageSize = 50

/** Both jobs: of items, and of an account page by page. */
export function createExposureJobs(
  platform: Platform,
): Pick<JobHandlers<'transcoding'>, 'transcoding.settleExposure' | 'transcoding.settleAccount'> {
  const store = createStore(platform.db('content'))
  const { accounts } = platform.facts
  const deps = { ...store, accounts, storage: platform.storage, now: () => new Date() }
  /** The account as its row says: what the cache holds may be from before the change that is to be carried out. */
  const refreshOwners = async (mediaIds: readonly string[]) => {
    const owners = new Set((await store.findMedia(mediaIds)).map((media) => media.ownerId))
    if (owners.size > 0) await accounts.refresh([...owners])
  }
  const settleAll = async (mediaIds: readonly string[], signal: AbortSignal) => {
    await refreshOwners(mediaIds)
    for (const mediaId of mediaIds) await settleExposure(deps, mediaId, signal)
  }
  return {
    'transcoding.settleExposure': ({ payload, signal }) => settleAll(payload.mediaIds, signal),
    async 'transcoding.settleAccount'({ id, payload, signal }) {
      const { ownerId, exposure, afterMediaId } = payload
      const mediaIds = await store.listByExposure(ownerId, exposure, afterMediaId, pageSize)
      await settleAll(mediaIds, signal)
      const last = mediaIds.at(-1)
      if (last === undefined || mediaIds.length < pageSize) return
      const root = id.slice(id.indexOf(':') + 1).split('>')[0]
      await platform.jobs.enqueue('transcoding.settleAccount', `${root}>${last}`, {
        ...{ ownerId, exposure, afterMediaId: last },
      })
    },
  }
}
