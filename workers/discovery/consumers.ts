import type { ConsumerHandlers } from '#platform/bus.ts'
import type { JobQueue } from '#platform/queue.ts'
import type { DomainEvent } from '#schema/events.ts'

type PostEvent = DomainEvent<
  'post.published' | 'post.changed' | 'post.archived' | 'post.unarchived' | 'post.deleted'
>

/** Turns what happens to posts into jobs; the event's id is the job's key, so that a repeated delivery adds none. */
export function createConsumers(jobs: Pick<JobQueue, 'enqueue'>): ConsumerHandlers<'discovery'> {
  const describe = async (batch: readonly PostEvent[]) => {
    await Promise.all(
      batch.map(({ id, payload: { postId } }) => jobs.enqueue('discovery.describePost', id, { postId })),
    )
  }
  return {
    'discovery.posts': {
      'post.published': describe,
      'post.changed': describe,
      'post.archived': describe,
      'post.unarchived': describe,
      'post.deleted': describe,
    },
  }
}
