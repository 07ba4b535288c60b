// Reading notifications.
import type { Transact } from '#platform/mongo.ts'
import { boundedList } from '#platform/validate.ts'
import type { ViewerRef } from '../model.ts'
import type { Store } from '../store.ts'

/** Notifications that one call names at most. */
const maxIds = 100

/**
 * Marks notifications as read: all up to now, or those that are named; names of others' mean nothing. His other devices hear of it,
 * and with it how many are unread by now. Throws TOO_MANY beyond 100.
 */
export function markNotificationsRead(
  deps: {
    store: Pick<Store, 'markRead' | 'markSomeRead'>
    transact: Transact<'engagement'>
    now(): Date
  },
  viewerId: string,
  input: { notificationIds?: readonly string[] | null | undefined },
): Promise<ViewerRef> {
  const ids = input.notificationIds
  if (ids) boundedList(ids, { field: 'notificationIds', max: maxIds })
  return deps.transact(async (tx) => {
    const newestId = ids
      ? await deps.store.markSomeRead(tx, viewerId, ids, deps.now())
      : await deps.store.markRead(tx, viewerId, deps.now())
    // One event is enough: whoever hears it counts anew. What is read is not pushed.
    if (newestId) tx.emit('notification.changed', { notificationId: newestId, recipientId: viewerId })
    return { id: viewerId }
  })
}
