// Decides which notifications are pushed, and makes a job for each device.
import { type ConsumerHandlers, each } from '#platform/bus.ts'
import type { JobQueue } from '#platform/queue.ts'
import type { Facts } from '#platform/visibility.ts'
import { isQuiet, settingOf } from '#subgraphs/engagement/domain/notification-settings.ts'
import { pushLevel } from '#subgraphs/engagement/domain/pushing.ts'
import { readerOf, visibleNotifications } from '#subgraphs/engagement/domain/visible-notifications.ts'
import type { NotificationRow } from '#subgraphs/engagement/model.ts'
import type { CommentStore } from '#subgraphs/engagement/store/comments.ts'
import type { NotificationSettingsStore } from '#subgraphs/engagement/store/notification-settings.ts'
import type { NotificationStore } from '#subgraphs/engagement/store/notifications.ts'

export interface PushDeps {
  store: NotificationSettingsStore & NotificationStore & Pick<CommentStore, 'gatherComments'>
  facts: Facts
  jobs: JobQueue
  now(): Date
}

/** Pushes a notification to all devices of its recipient, if he wants that, now, and it has grown enough since the last time. */
export async function pushNotification(deps: PushDeps, notificationId: string): Promise<void> {
  const { store } = deps
  const row = await store.findNotification(notificationId)
  if (!row || row.withdrawnAt || row.readAt) return
  const settings = await store.findSettings(row.recipientId)
  if (!settingOf(settings, row.kind).channels.includes('PUSH') || isQuiet(settings?.quietHours, deps.now()))
    return
  const devices = await store.listSubscriptions(row.recipientId)
  if (devices.length === 0 || !(await isVisible(deps, row))) return
  // What has no actors is said once.
  const level = Math.max(1, pushLevel(row.messages ?? row.actorCount))
  if ((await store.findPushLevel(notificationId)) >= level) return
  for (const { _id } of devices) {
    await deps.jobs.enqueue('notifications.sendPush', `${notificationId}:${level}:${_id}`, {
      notificationId,
      subscriptionId: _id,
    })
  }
  // Last, so that who dies before is asked again: jobs that are there are not added twice.
  await store.raisePush(notificationId, level, deps.now())
}

/** Whether the recipient may know of it by now (N4): of what it is about, and of somebody who did it. */
export async function isVisible(
  deps: Pick<PushDeps, 'store' | 'facts'>,
  row: NotificationRow,
): Promise<boolean> {
  return (await visibleNotifications(readerOf(deps, row.recipientId), [row])).length > 0
}

export function createConsumers(deps: PushDeps): ConsumerHandlers<'notifications'> {
  return {
    'notifications.push': {
      'notification.changed': each(({ payload }) => pushNotification(deps, payload.notificationId)),
      'digest.pushed': each(async ({ payload: { userId, digestId } }) => {
        for (const { _id } of await deps.store.listSubscriptions(userId)) {
          await deps.jobs.enqueue('notifications.sendDigest', `${digestId}:${_id}`, {
            digestId,
            subscriptionId: _id,
          })
        }
      }),
    },
  }
}
