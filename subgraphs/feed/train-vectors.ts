// Trains the two towers from what people did with public posts, and keeps them as a new version of vectors. They are measured on the
// last deeds, which they were not trained from, against a factorisation of the same deeds, and served with `--serve` when they recall more.
//
//   npm run train:vectors [-- --serve]
import { readConfig } from '#platform/config.ts'
import { startPlatform } from '#platform/service.ts'
import { fewestDeeds, trainVectors } from './domain/discovery/train-vectors.ts'
import { createStore } from './store.ts'

await using stack = new AsyncDisposableStack()
const platform = await startPlatform(readConfig(), 'train-vectors', stack)
const store = createStore(platform.db('feed'), platform.cache, platform.config.namespace)
const { accounts } = platform.facts
const model = await trainVectors({ store, accounts }, { serve: process.argv.includes('--serve') })
if (model._id === null) {
  process.stderr.write(`There are ${model.deeds} deeds; fewer than ${fewestDeeds} teach nothing.\n`)
  process.exitCode = 1
} else process.stdout.write(`${JSON.stringify(model, null, 2)}\n`)
