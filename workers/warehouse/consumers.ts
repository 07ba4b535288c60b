// Turns events into deeds: into the sums that insights are read from, and into what waits for a file, in one transaction.
import type { ConsumerHandlers } from '#platform/bus.ts'
import type { FactModel } from '#platform/facts.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { Posts } from '#platform/posts.ts'
import type { JobQueue } from '#platform/queue.ts'
import type { DomainEvent } from '#schema/events.ts'
import type { AccountFacts } from '#schema/facts.ts'
import { newId } from '#schema/ids.ts'
import {
  deedsOf,
  namedBy,
  pseudonym,
  pseudonymous,
  unnamed,
  type WarehouseEvent,
} from '#subgraphs/engagement/domain/insights.ts'
import type { InsightStore } from '#subgraphs/engagement/store/insights.ts'

export interface WarehouseDeps {
  store: InsightStore
  transact: Transact<'engagement'>
  accounts: FactModel<AccountFacts>
  posts: Posts
  jobs: JobQueue
  /** From which pseudonyms are made. */
  secret: string
  /** Those of a batch that nobody has counted yet, claimed in the transaction. */
  claim<E extends DomainEvent>(tx: Transaction, batch: readonly E[]): Promise<E[]>
}

/** Counts a batch; an event counts once, however often it comes. What it left to be written is told to the writer. */
export async function countEvents(deps: WarehouseDeps, batch: readonly WarehouseEvent[]): Promise<void> {
  const { accountIds, postIds } = namedBy(batch)
  const [accounts, posts] = await Promise.all([deps.accounts.get(accountIds), deps.posts.get(postIds)])
  const named = { accounts, authors: new Map([...posts].map(([id, { authorId }]) => [id, authorId])) }
  const refusing = new Set(
    [...accounts.values()]
      .filter(({ refusesAnalytics }) => refusesAnalytics)
      .map(({ id }) => pseudonym(deps.secret, id)),
  )
  const chunks = await deps.transact(async (tx) => {
    const fresh = await deps.claim(tx, batch)
    const deeds = fresh.flatMap((event) => deedsOf(event, named, deps.secret))
    const isFollow = ({ kind }: { kind: string }) => kind === 'FOLLOW' || kind === 'UNFOLLOW'
    const follows = await deps.store.applyFollows(tx, deeds.filter(isFollow))
    const counted = [...deeds.filter((deed) => !isFollow(deed)), ...follows]
    return deps.store.addDeeds(
      tx,
      counted.map((deed) => (refusing.has(deed.actor) ? unnamed(deed) : deed)),
      () => newId('chunk'),
      (deed) => pseudonymous(deps.secret, deed),
    )
  })
  // A crash right here leaves chunks to the next job of their day and kind.
  for (const { _id } of chunks) await deps.jobs.enqueue('warehouse.writeFile', _id, { chunkId: _id })
}

/** The handlers of the warehouse's consumer. */
export function createConsumers(deps: WarehouseDeps): ConsumerHandlers<'warehouse'> {
  const count = (batch: readonly WarehouseEvent[]) => countEvents(deps, batch)
  return {
    'warehouse.events': {
      'post.liked': (batch) => count(batch),
      'post.unliked': (batch) => count(batch),
      'post.saved': (batch) => count(batch),
      'post.unsaved': (batch) => count(batch),
      'post.shared': (batch) => count(batch),
      'comment.created': (batch) => count(batch),
      'comment.deleted': (batch) => count(batch),
      'follow.created': (batch) => count(batch),
      'follow.ended': (batch) => count(batch),
      'impressions.recorded': (batch) => count(batch),
    },
  }
}
