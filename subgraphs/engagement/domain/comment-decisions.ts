// What moderators decide about comments: taken down, one is there for its writer and the post's author only; brought back, it stands
// as the post's author had left it.
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { DomainEvent } from '#schema/events.ts'
import { toldOf } from '../model.ts'
import type { Store } from '../store.ts'

interface DecisionDeps {
  store: Pick<Store, 'listComments' | 'markRemoved'>
  transact: Transact<'engagement'>
  /** Those that are met for the first time. */
  claim<E extends DomainEvent>(tx: Transaction, batch: readonly E[]): Promise<readonly E[]>
  now(): Date
}

/** Does what was decided, once for each event, in their order. */
export async function followDecisions(
  deps: DecisionDeps,
  batch: readonly DomainEvent<'comment.decided'>[],
): Promise<void> {
  await deps.transact(async (tx) => {
    for (const { payload } of await deps.claim(tx, batch)) {
      const { commentId, removed } = payload
      const [comment] = await deps.store.listComments([commentId], tx)
      if (!comment || (comment.removedAt !== undefined) === removed) continue
      await deps.store.markRemoved(tx, commentId, removed ? deps.now() : null)
      tx.emit('comment.changed', { ...toldOf(comment), change: removed ? 'HIDDEN' : 'SHOWN' })
    }
  })
}
