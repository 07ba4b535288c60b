import type { ConsumerHandlers } from '#platform/bus.ts'
import { forgetRefusing, type LearnDeps, learn, type SignalEvent } from './domain/signals.ts'

/** The ranking learns from what viewers do. */
export function createConsumers(deps: LearnDeps): Omit<ConsumerHandlers<'feed'>, 'feed.lifecycle'> {
  const study = (batch: readonly SignalEvent[]) => learn(deps, batch)
  return {
    'feed.signals': {
      'post.liked': study,
      'post.unliked': study,
      'post.saved': study,
      'post.unsaved': study,
      'post.shared': study,
      'comment.created': study,
      'content.reported': study,
      'impressions.recorded': study,
    },
    'feed.consents': {
      'consents.changed': (batch) =>
        forgetRefusing(deps, [...new Set(batch.map(({ payload }) => payload.userId))]),
    },
  }
}
