// Trains the ranking's weights from the looks at the home feed that were logged, and keeps them as a new version. It is served
// to all with `--serve`, and only when it foretells better than what is usual; otherwise an experiment's variant may name it.
//
//   npm run train:ranking [-- --serve]
import { readConfig } from '#platform/config.ts'
import { startPlatform } from '#platform/service.ts'
import { train } from './domain/ranking/train.ts'
import { createStore } from './store.ts'

/** The newest looks that are read, and how few teach nothing. */
const mostLooks = 200_000
const fewestLooks = 500

await using stack = new AsyncDisposableStack()
const platform = await startPlatform(readConfig(), 'train-ranking', stack)
const store = createStore(platform.db('feed'), platform.cache, platform.config.namespace)
const looks = await store.signals.loggedLooks(mostLooks)
if (looks.length < fewestLooks) {
  process.stderr.write(`There are ${looks.length} looks; fewer than ${fewestLooks} teach nothing.\n`)
  process.exitCode = 1
} else {
  const { weights, loss, usualLoss } = train(looks)
  const createdAt = new Date()
  const served = process.argv.includes('--serve') && loss < usualLoss
  const row = {
    ...weights,
    // A variant of an experiment may be called so.
    _id: `trained-${createdAt.toISOString().toLowerCase().replaceAll(/[:.]/g, '-')}`,
    served,
    createdAt,
    looks: looks.length,
  }
  await store.weights.insert({ ...row, loss, usualLoss })
  process.stdout.write(`${JSON.stringify({ ...row, loss, usualLoss }, null, 2)}\n`)
}
