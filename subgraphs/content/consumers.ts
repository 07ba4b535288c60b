// What Content does on events, its own and its worker's.
import { type ConsumerHandlers, each } from '#platform/bus.ts'
import type { Platform } from '#platform/service.ts'
import { publishWaiting, removeMediaOf } from './domain/publishing.ts'
import { createStore } from './store.ts'

/** Handlers of the subgraph's consumers. */
export function createConsumers(platform: Platform): ConsumerHandlers<'content'> {
  const { posts } = platform.facts
  const deps = {
    ...createStore(platform.db('content')),
    transact: platform.transact('content'),
    storage: platform.storage,
    posts,
    now: () => new Date(),
  }
  const refresh = async (batch: { payload: { postId: string } }[]) =>
    posts.refresh([...new Set(batch.map((event) => event.payload.postId))])
  return {
    'content.facts': { 'post.published': refresh, 'post.deleted': refresh },
    'content.publishing': {
      async 'media.changed'(batch) {
        const ready = batch.filter(({ payload }) => payload.status === 'READY')
        if (ready.length > 0)
          await publishWaiting(deps, [...new Set(ready.map(({ payload }) => payload.mediaId))])
      },
      'post.deleted': each((event) => removeMediaOf(deps, event.payload.postId)),
    },
  }
}
