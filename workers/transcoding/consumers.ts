// What the worker does on events: an upload becomes a job, one for each time that its owner says that the bytes are there; and
// whatever changes who may see media becomes a job that moves their objects.
import { type ConsumerHandlers, each } from '#platform/bus.ts'
import type { Platform } from '#platform/service.ts'
import { removeObjects } from '#subgraphs/content/domain/media-deletion.ts'
import { createStore } from '#subgraphs/content/store.ts'

const maxPerJob = 100

/** Handlers of the worker's consumers. */
export function createConsumers(
  platform: Pick<Platform, 'jobs' | 'db' | 'storage'>,
): ConsumerHandlers<'transcoding'> {
  const { jobs } = platform
  const store = createStore(platform.db('content'))
  const settle = async (key: string, mediaIds: readonly string[]) => {
    for (let at = 0; at < mediaIds.length; at += maxPerJob) {
      const part = mediaIds.slice(at, at + maxPerJob)
      await jobs.enqueue('transcoding.settleExposure', `${key}:${at}`, { mediaIds: part })
    }
  }
  const settlePosts = async (batch: readonly { id: string; payload: { postId: string } }[]) => {
    const [first] = batch
    if (!first) return
    await settle(first.id, await store.findMediaIdsOfPosts(batch.map(({ payload }) => payload.postId)))
  }
  return {
    'transcoding.uploads': {
      'media.uploaded': each(({ id, payload }) =>
        jobs.enqueue('transcoding.processMedia', id, { mediaId: payload.mediaId }),
      ),
    },
    'transcoding.exposure': {
      // Which way is settled by the job: by then the account may have changed again.
      'account.changed': each(async ({ id, payload }) => {
        for (const exposure of ['public', 'private'] as const) {
          const ownerId = payload.userId
          if ((await store.listByExposure(ownerId, exposure, null, 1)).length === 0) continue
          await jobs.enqueue('transcoding.settleAccount', `${id}:${exposure}`, {
            ...{ ownerId, exposure, afterMediaId: null },
          })
        }
      }),
      'post.published': settlePosts,
      'post.changed': settlePosts,
      'post.archived': settlePosts,
      'post.unarchived': settlePosts,
      'post.deleted': settlePosts,
      'media.deleted': each(({ payload }) => removeObjects(platform.storage, payload.mediaId)),
      async 'media.changed'(batch) {
        const ready = batch.filter(({ payload }) => payload.status === 'READY')
        const [first] = ready
        if (!first) return
        const mediaIds = [...new Set(ready.map(({ payload }) => payload.mediaId))]
        await settle(first.id, mediaIds)
        for (const mediaId of mediaIds) {
          await jobs.enqueue('transcoding.labelMedia', `${first.id}:${mediaId}`, { mediaId })
        }
      },
    },
  }
}
