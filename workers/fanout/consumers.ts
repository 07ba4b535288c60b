import type { ConsumerHandlers } from '#platform/bus.ts'
import type { DomainEvent } from '#schema/events.ts'
import { cleanTimeline } from '#subgraphs/feed/domain/timeline.ts'
import type { FanoutDeps } from './jobs.ts'

/** Turns events into jobs; the event's id is the job's key, so that a repeated delivery adds none. */
export function createConsumers(deps: FanoutDeps): ConsumerHandlers<'fanout'> {
  const backfill = (eventId: string, viewerId: string, authorId: string) =>
    deps.jobs.enqueue('fanout.backfill', eventId, { viewerId, authorId })
  const deliver = async (batch: DomainEvent<'post.published' | 'post.unarchived'>[]) => {
    const jobs = batch.map(({ id, at, payload: { postId, authorId } }) => {
      const first = { postId, authorId, afterFollowerId: null, askedAt: at.getTime() }
      return deps.jobs.enqueue('fanout.deliverPost', id, first)
    })
    await Promise.all(jobs)
  }
  return {
    'fanout.timelines': {
      'post.published': deliver,
      // A timeline that was built meanwhile does not hold it.
      'post.unarchived': deliver,
      'follow.created': async (batch) => {
        await Promise.all(batch.map(({ id, payload }) => backfill(id, payload.userId, payload.otherId)))
      },
      'follow.ended': async (batch) => {
        const clean = batch.map(async ({ id, payload: { userId, otherId } }) => {
          if (await cleanTimeline(deps, userId, otherId)) await backfill(id, userId, otherId)
        })
        await Promise.all(clean)
      },
    },
  }
}
