// Vectors of different models cannot be compared: when the models change, every post is described again, some at a time.
import type { JobQueue } from '#platform/queue.ts'
import type { Store } from '#subgraphs/feed/store.ts'

/** Posts of one turn at most: what is new does not wait long behind them. */
const perTurn = 200

/** Has some posts described again that were described by others than a model, each once an hour at most. Answers how many. */
export async function requestRenewals(
  deps: { store: Pick<Store, 'descriptions'>; jobs: Pick<JobQueue, 'enqueue'>; now(): number },
  model: string,
): Promise<number> {
  const postIds = await deps.store.descriptions.ofOthers(model, perTurn)
  const hour = Math.floor(deps.now() / 3_600_000)
  for (const postId of postIds)
    await deps.jobs.enqueue('discovery.describePost', `${postId}:${model}:${hour}`, { postId })
  return postIds.length
}
