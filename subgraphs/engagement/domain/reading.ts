// Reading notifications.
import type { Transact } from '#platform/mongo.ts'
import { boundedList } from '#platform/validate.ts'
import type { ViewerRef } from '../model.ts'
import type { Store } from '../store.ts'

/** Notifications that one call names at most. */
const maxIds = 100

/**
 * Marks notifications as read: all up to now, or those that are named; names of others' mean nothing. Throws TOO_MANY beyond 100.
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
    if (ids) await deps.store.markSomeRead(tx, viewerId, ids, deps.now())
    else await deps.store.markRead(tx, viewerId, deps.now())
    return { id: viewerId }
  })
}
