// Trains the two towers from what people did with public posts, and keeps them as a new version of vectors. They are measured on the
// last deeds, which they were not trained from, against a factorisation of the same deeds, and served with `--serve` when they recall more.
//
//   npm run train:vectors [-- --serve]
import { readConfig } from '#platform/config.ts'
import { startPlatform } from '#platform/service.ts'
import { factorise } from './domain/discovery/factorisation.ts'
import { measureRecall, splitDeeds } from './domain/discovery/judge.ts'
import { trainTowers } from './domain/discovery/two-tower.ts'
import { createStore } from './store.ts'

/** The newest deeds that are read, and how few teach nothing. */
const mostDeeds = 500_000
const fewestDeeds = 200

await using stack = new AsyncDisposableStack()
const platform = await startPlatform(readConfig(), 'train-vectors', stack)
const store = createStore(platform.db('feed'), platform.cache, platform.config.namespace)
const all = await store.signals.newestDeeds(mostDeeds)
const people = await platform.facts.accounts.get([...new Set(all.map(({ viewerId }) => viewerId))])
// Who refuses to be known by what he does has no vector, and teaches none.
const deeds = all.filter(({ viewerId }) => people.get(viewerId)?.refusesPersonalisation === false)
if (deeds.length < fewestDeeds) {
  process.stderr.write(`There are ${deeds.length} deeds; fewer than ${fewestDeeds} teach nothing.\n`)
  process.exitCode = 1
} else {
  const posts = await store.descriptions.all()
  const { earlier, later } = splitDeeds(deeds)
  const ids = posts.map(({ id }) => id)
  const viewerIds = [...new Set(earlier.map(({ viewerId }) => viewerId))]
  const recall = measureRecall(trainTowers(posts, earlier), earlier, later)
  const factorisationRecall = measureRecall(factorise(viewerIds, ids, earlier), earlier, later)
  const createdAt = new Date()
  const model = {
    _id: `towers-${createdAt.toISOString()}`,
    served: process.argv.includes('--serve') && recall > factorisationRecall,
    createdAt,
    deeds: deeds.length,
    recall,
    factorisationRecall,
  }
  const authorOf = new Map(posts.map(({ id, authorId }) => [id, authorId]))
  await store.towers.insert(model, trainTowers(posts, deeds), authorOf)
  process.stdout.write(`${JSON.stringify(model, null, 2)}\n`)
}
