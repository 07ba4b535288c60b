// What Content does on events, its own and its worker's.
import { type ConsumerHandlers, claimEvents, each } from '#platform/bus.ts'
import { createComments } from '#platform/comments.ts'
import { createMessageMedia } from '#platform/message-media.ts'
import { createProfiles } from '#platform/profiles.ts'
import { createReportables } from '#platform/reportables.ts'
import type { Platform } from '#platform/service.ts'
import { createPaces } from '#platform/text-safety/pace.ts'
import { createRecentDeeds, createRecentTexts } from '#platform/text-safety/recent.ts'
import type { DomainEvent } from '#schema/events.ts'
import { reviewPaces } from './domain/clockwork.ts'
import { reviewReportedMessages } from './domain/message-reports.ts'
import { publishWaiting, removeMediaOf, removeRestOfStory, removeTraces } from './domain/publishing.ts'
import { isOpening, reviewCrowds } from './domain/rings.ts'
import { refreshers, type SearchIndex } from './domain/search-index.ts'
import { publishWaitingStories } from './domain/stories.ts'
import { flagBursts, reviewComments, reviewMessages, reviewProfiles } from './domain/text-review.ts'
import { foldTopics, followAuthor } from './domain/topics.ts'
import { createStore } from './store.ts'

/** Handlers of the subgraph's consumers. */
export function createConsumers(
  platform: Platform,
  search: SearchIndex,
): Omit<ConsumerHandlers<'content'>, 'content.lifecycle'> {
  const { accounts, posts, stories } = platform.facts
  const deps = {
    ...createStore(platform.db('content')),
    transact: platform.transact('content'),
    storage: platform.storage,
    messageMedia: createMessageMedia(platform.mongo, platform.config.namespace),
    accounts,
    posts,
    stories,
    now: () => new Date(platform.now()),
  }
  const refresh = async (batch: { payload: { postId: string } }[]) =>
    posts.refresh([...new Set(batch.map((event) => event.payload.postId))])
  const refreshStories = async (batch: { payload: { storyId: string } }[]) =>
    stories.refresh([...new Set(batch.map((event) => event.payload.storyId))])
  const fold = async (batch: { payload: { postId: string } }[]) =>
    foldTopics(deps, [...new Set(batch.map((event) => event.payload.postId))])
  const safety = {
    ...deps,
    comments: createComments(platform.mongo, platform.config.namespace),
    reportables: createReportables(platform.mongo, platform.config.namespace),
    profiles: createProfiles(platform.mongo, platform.config.namespace),
    texts: createRecentTexts(platform.cache, platform.config.namespace, platform.now),
    deeds: createRecentDeeds(platform.cache, platform.config.namespace, platform.now),
    paces: createPaces(platform.cache, platform.config.namespace),
    limited: platform.config.rateLimits,
  }
  /** Notes who did what, and when. Without Redis nobody does. */
  const noteDeeds = async <E extends DomainEvent>(
    batch: readonly E[],
    deedOf: (payload: E['payload']) => { accountId: string; key: string },
  ) => {
    if (!safety.limited) return
    const deeds = batch.map(({ at, payload }) => ({ ...deedOf(payload), at: at.getTime() }))
    await safety.deeds.note(deeds).catch(() => {})
    await reviewPaces(safety, deeds)
  }
  return {
    'content.safety': {
      'account.changed': (batch) =>
        reviewProfiles(
          safety,
          batch.map(({ payload }) => payload.userId),
        ),
      async 'comment.created'(batch) {
        const comments = await reviewComments(
          safety,
          batch.map(({ payload }) => payload.commentId),
        )
        await reviewCrowds(
          safety,
          batch.map(({ at, payload: { commentId: textId, authorId: writerId } }) => {
            return { textId, writerId, at, text: comments.get(textId) ?? '' }
          }),
        )
        await reviewPaces(
          safety,
          batch.map(({ at, payload }) => ({ accountId: payload.authorId, at: at.getTime() })),
        )
      },
      async 'post.published'(batch) {
        const captions = await posts.textsOf(batch.map(({ payload }) => payload.postId))
        const texts = batch.map(({ at, payload: { postId: textId, authorId: writerId } }) => {
          return { textId, writerId, at, text: captions.get(textId)?.caption ?? '' }
        })
        await flagBursts(
          safety,
          texts.map(({ textId, writerId, text }) => ({ _id: textId, authorId: writerId, text })),
        )
        await reviewCrowds(safety, texts)
      },
      'post.liked': (batch) =>
        noteDeeds(batch, ({ userId, postId }) => ({ accountId: userId, key: `like:${postId}` })),
      'follow.created': (batch) =>
        noteDeeds(batch, ({ userId, otherId }) => ({ accountId: userId, key: `follow:${otherId}` })),
      async 'comment.changed'(batch) {
        await reviewComments(
          safety,
          batch.flatMap(({ payload }) => (payload.change === 'EDITED' ? [payload.commentId] : [])),
        )
      },
      async 'message.sent'(batch) {
        const messages = await reviewMessages(
          safety,
          batch.map(({ payload }) => payload.messageId),
        )
        await reviewCrowds(
          safety,
          batch
            .filter(({ payload }) => isOpening(payload.ordinal ?? payload.sequence))
            .map(({ at, payload: { messageId: textId, senderId: writerId } }) => {
              return { textId, writerId, at, text: messages.get(textId) ?? '' }
            }),
        )
      },
      'message.reported': (batch) =>
        reviewReportedMessages(
          { ...safety, claim: (tx, one) => claimEvents(tx, platform.db('content'), 'content.safety', one) },
          batch,
        ),
    },
    'content.search': searchHandlers(search),
    'content.facts': {
      'post.published': refresh,
      'post.changed': refresh,
      'post.archived': refresh,
      'post.unarchived': refresh,
      'post.deleted': refresh,
      'story.published': refreshStories,
      'story.changed': refreshStories,
      'story.deleted': refreshStories,
    },
    'content.topics': {
      async 'account.changed'(batch) {
        for (const userId of new Set(batch.map(({ payload }) => payload.userId))) {
          await followAuthor(deps, userId)
        }
      },
      'post.published': fold,
      'post.changed': fold,
      'post.archived': fold,
      'post.unarchived': fold,
      'post.deleted': fold,
    },
    'content.publishing': {
      async 'media.changed'(batch) {
        const ready = batch.filter(({ payload }) => payload.status === 'READY')
        if (ready.length === 0) return
        const mediaIds = [...new Set(ready.map(({ payload }) => payload.mediaId))]
        await publishWaiting(deps, mediaIds)
        await publishWaitingStories(deps, mediaIds)
      },
      'post.deleted': each(async ({ payload: { postId } }) => {
        await removeMediaOf(deps, postId)
        await removeTraces(deps, postId)
      }),
      'story.deleted': each((event) => removeRestOfStory(deps, event.payload.storyId)),
    },
  }
}

/** An embedded index of another process hears for itself; this one is awaited, so that what fails is tried again. */
function searchHandlers(search: SearchIndex): ConsumerHandlers<'content'>['content.search'] {
  const handlers = Object.entries(refreshers).map(([name, refresh]) => [
    name,
    async (batch: DomainEvent[]) => {
      await refresh(search, batch.map(({ payload }) => payload) as never)
      for (const { at } of batch) search.noteLag(Date.now() - at.getTime())
    },
  ])
  return Object.fromEntries(handlers)
}
