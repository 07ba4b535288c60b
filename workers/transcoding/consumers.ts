// An upload becomes a job, one for each time that its owner says that the bytes are there.
import { type ConsumerHandlers, each } from '#platform/bus.ts'
import type { Platform } from '#platform/service.ts'

/** Handlers of the worker's consumers. */
export function createConsumers(platform: Pick<Platform, 'jobs'>): ConsumerHandlers<'transcoding'> {
  return {
    'transcoding.uploads': {
      'media.uploaded': each(({ id, payload }) =>
        platform.jobs.enqueue('transcoding.processMedia', id, { mediaId: payload.mediaId }),
      ),
    },
  }
}
