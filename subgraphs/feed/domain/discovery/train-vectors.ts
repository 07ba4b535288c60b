// A training of the two towers: it takes a while, in which people refuse and leave, and posts come and go.

import type { Accounts } from '#platform/accounts.ts'
import { chunksOf } from '#platform/parallel.ts'
import type { TowerModelRow } from '../../store/towers.ts'
import type { Store } from '../../store.ts'
import { factorise } from './factorisation.ts'
import { measureRecall, splitDeeds } from './judge.ts'
import { trainTowers } from './two-tower.ts'

export interface TrainDeps {
  store: {
    signals: Pick<Store['signals'], 'newestDeeds'>
    descriptions: Pick<Store['descriptions'], 'all' | 'heads' | 'since'>
    towers: Pick<Store['towers'], 'insert' | 'put' | 'remove'>
  }
  accounts: Pick<Accounts, 'get'>
}

/** What a training came to; without a model there were too few deeds. */
export type Trained = Omit<TowerModelRow, 'projection'> | { _id: null; deeds: number }

/** The newest deeds that are read, and how few teach nothing. */
const mostDeeds = 500_000
export const fewestDeeds = 200
/** Clocks of processes differ. */
const overlapMs = 5_000
const batchSize = 1_000

/**
 * Trains the towers from what people did, and keeps them as a version. They are measured on the last deeds, which they were not trained
 * from, against a factorisation of the same deeds, and served when `serve` says so and they recall more.
 */
export async function trainVectors(deps: TrainDeps, { serve }: { serve: boolean }): Promise<Trained> {
  const { signals, descriptions, towers } = deps.store
  const begun = new Date(Date.now() - overlapMs)
  const all = await signals.newestDeeds(mostDeeds)
  const known = await knownAmong(deps, new Set(all.map(({ viewerId }) => viewerId)))
  // Who refuses to be known by what he does has no vector, and teaches none.
  const deeds = all.filter(({ viewerId }) => known.has(viewerId))
  if (deeds.length < fewestDeeds) return { _id: null, deeds: deeds.length }
  const posts = await descriptions.all()
  const { earlier, later } = splitDeeds(deeds)
  const ids = posts.map(({ id }) => id)
  const viewerIds = [...new Set(earlier.map(({ viewerId }) => viewerId))]
  const recall = measureRecall(trainTowers(posts, earlier), earlier, later)
  const factorisationRecall = measureRecall(factorise(viewerIds, ids, earlier), earlier, later)
  const createdAt = new Date()
  const model = {
    _id: `towers-${createdAt.toISOString()}`,
    served: serve && recall > factorisationRecall,
    createdAt,
    deeds: deeds.length,
    recall,
    factorisationRecall,
  }
  const trained = trainTowers(posts, deeds)
  const authorOf = new Map(posts.map(({ id, authorId }) => [id, authorId]))
  await towers.insert(model, trained, authorOf, async () => {
    const stillKnown = await knownAmong(deps, new Set(trained.viewers.keys()))
    const undescribed = await goneAmong(deps, [...trained.posts.keys()])
    return [...[...trained.viewers.keys()].filter((id) => !stillKnown.has(id)), ...undescribed]
  })
  if (model.served) {
    // What was described meanwhile was put into the version before.
    const late = await descriptions.since(begun)
    for (const post of late) await towers.put(post)
    const lateIds = late.map(({ _id }) => _id)
    for (const id of await goneAmong(deps, lateIds)) await towers.remove(id)
  }
  return model
}

/** Those who may be known by what they do. */
async function knownAmong(
  { accounts }: TrainDeps,
  viewerIds: ReadonlySet<string>,
): Promise<ReadonlySet<string>> {
  const facts = await accounts.get([...viewerIds])
  const may = [...facts.values()].filter((one) => one.status !== 'DELETED' && !one.refusesPersonalisation)
  return new Set(may.map(({ id }) => id))
}

/** Posts that are no longer described. */
async function goneAmong({ store }: TrainDeps, postIds: readonly string[]): Promise<string[]> {
  const gone: string[] = []
  for (const batch of chunksOf(postIds, batchSize)) {
    const found = await store.descriptions.heads(batch)
    gone.push(...batch.filter((id) => !found.has(id)))
  }
  return gone
}
