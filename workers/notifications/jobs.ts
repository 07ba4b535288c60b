// Sends pushes. What a push service reads is encrypted, and holds no names: the device asks for them, as its owner.
import { createHash } from 'node:crypto'
import type { Transact } from '#platform/mongo.ts'
import type { JobHandlers } from '#platform/queue.ts'
import type { WebPush } from '#platform/web-push.ts'
import { isQuiet } from '#subgraphs/engagement/domain/notification-settings.ts'
import { tellReel } from '#subgraphs/engagement/domain/reel-notices.ts'
import type { NotificationRow } from '#subgraphs/engagement/model.ts'
import type { Store } from '#subgraphs/engagement/store.ts'
import type { PushDeps } from './consumers.ts'
import { isVisible } from './consumers.ts'

/** What a device gets. */
export interface PushPayload {
  /** Id of a notification, or of a digest. */
  notificationId: string
  kind: NotificationRow['kind'] | 'DIGEST'
  /** How many people did it; of a digest, how many notifications wait. */
  actorCount: number
  subjectId: string | null
}

export function createJobs(
  deps: PushDeps & {
    webPush: Pick<WebPush, 'send'>
    transact: Transact<'engagement'>
    store: Store
  },
): JobHandlers<'notifications'> {
  const { store, webPush } = deps
  return {
    'notifications.sendPush': async ({ payload: { notificationId, subscriptionId } }) => {
      const [row, device] = await Promise.all([
        store.findNotification(notificationId),
        store.findSubscription(subscriptionId),
      ])
      // Taken back, read, hidden or another person's device by now.
      if (!row || row.withdrawnAt || row.readAt || device?.userId !== row.recipientId) return
      if (!(await isVisible(deps, row))) return
      const { kind, actorCount, sealed } = row
      const subjectId = sealed ? null : row.subjectId
      const payload: PushPayload = { notificationId, kind, actorCount, subjectId }
      const outcome = await webPush.send(device, payload, topicOf(notificationId))
      if (outcome === 'gone') await store.removeSubscription(subscriptionId, device.userId)
    },
    'notifications.sendDigest': async ({ payload: { digestId, subscriptionId } }) => {
      const [digest, device, settings] = await Promise.all([
        store.findTrial(digestId),
        store.findSubscription(subscriptionId),
        store.findSettings(digestId.split(':', 1)[0] ?? ''),
      ])
      if (!digest?.sent || device?.userId !== digest.userId) return
      // He may have come, or want quiet, by now.
      if ((await store.listActiveDays(digest.actor, [digest.day])).size > 0) return
      if (settings?.pushDigest === false || isQuiet(settings?.quietHours, deps.now())) return
      const payload: PushPayload = {
        notificationId: digestId,
        kind: 'DIGEST',
        actorCount: digest.count,
        subjectId: null,
      }
      const outcome = await webPush.send(device, payload, topicOf(`digest of ${digest.userId}`))
      if (outcome === 'gone') await store.removeSubscription(subscriptionId, device.userId)
    },
    'notifications.tellReel': async ({ payload }) => {
      const afterId = await tellReel(deps, payload)
      if (afterId === null) return
      await deps.jobs.enqueue('notifications.tellReel', `${payload.postId}:${afterId}`, {
        ...payload,
        afterId,
      })
    },
  }
}

/** A later push of a notification replaces an earlier one that waits (RFC 8030, 5.4: at most 32 characters). */
function topicOf(notificationId: string): string {
  return createHash('sha256').update(notificationId).digest('base64url').slice(0, 32)
}
