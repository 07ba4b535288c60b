// What Messaging does when it hears of events of others.
import { type ConsumerHandlers, each } from '#platform/bus.ts'
import type { Platform } from '#platform/service.ts'
import { createShares } from '#platform/shares.ts'
import { createVisibility } from '#platform/visibility.ts'
import { AppError } from '#schema/errors.ts'
import type { Services } from './context.ts'
import { previewLink } from './domain/link-previews.ts'
import { sendMessage } from './domain/messages.ts'
import { createPageFetcher, type FetchPage } from './previews/page.ts'
import { firstLink, summaryOf } from './previews/summary.ts'

const parallelFetches = 8

/** The handlers of Messaging's consumers: a share is a message in each of its conversations, once however often it is told. */
export function createConsumers(
  platform: Platform,
  services: Services,
  fetchPage: FetchPage = createPageFetcher().fetchPage,
): Omit<ConsumerHandlers<'messaging'>, 'messaging.lifecycle'> {
  const shares = createShares(platform.mongo, platform.config.namespace)
  const transact = platform.transact('messaging')
  const preview = async (url: string) => {
    const page = await fetchPage(url)
    return page && summaryOf(page)
  }
  const previewing = { ...services.store, transact, limits: services.limits, firstLink, preview }
  return {
    'messaging.previews': {
      'message.linked': async (batch) => {
        const messageIds = [...new Set(batch.map(({ payload }) => payload.messageId))]
        for (let i = 0; i < messageIds.length; i += parallelFetches) {
          const some = messageIds.slice(i, i + parallelFetches)
          await Promise.all(some.map((messageId) => previewLink(previewing, messageId)))
        }
      },
    },
    'messaging.shares': {
      'post.shared': each(async ({ payload: { shareId } }) => {
        const share = await shares.get(shareId)
        if (!share) return
        const deps = {
          ...services.store,
          ...services,
          transact,
          visibility: createVisibility(platform.facts, share.userId),
        }
        for (const conversationId of share.conversationIds) {
          const draft = {
            conversationId,
            clientMessageId: shareId,
            text: share.text,
            sharedPostId: share.targetId,
          }
          try {
            await sendMessage(deps, share.userId, draft)
          } catch (error) {
            // What may not be sent is not sent; what cannot be sent now comes again.
            if (!(error instanceof AppError) || error.code === 'SERVICE_UNAVAILABLE') throw error
          }
        }
      }),
    },
  }
}
