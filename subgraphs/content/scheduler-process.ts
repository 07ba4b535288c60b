// Content's scheduler as a process of its own, for tests that kill it.
import { readConfig } from '#platform/config.ts'
import { startPlatform } from '#platform/service.ts'
import { startScheduler } from './scheduler.ts'
import { createStore } from './store.ts'

const stack = new AsyncDisposableStack()
const platform = await startPlatform(readConfig(), 'scheduler', stack)
startScheduler({
  ...createStore(platform.db('content')),
  transact: platform.transact('content'),
  posts: platform.facts.posts,
  now: () => new Date(),
  log: platform.log,
})
