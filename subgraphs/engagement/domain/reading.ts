// Reading notifications.
import type { Transact } from '#platform/mongo.ts'
import type { ViewerRef } from '../model.ts'
import type { Store } from '../store.ts'

/** Marks all notifications up to now as read. */
export function markNotificationsRead(
  deps: { store: Pick<Store, 'markRead'>; transact: Transact<'engagement'>; now(): Date },
  viewerId: string,
): Promise<ViewerRef> {
  return deps.transact(async (tx) => {
    await deps.store.markRead(tx, viewerId, deps.now())
    return { id: viewerId }
  })
}
