// Walks the audit log of moderation: `node subgraphs/content/check-audit-log.ts`. Ends with 2 where an entry was changed, moved or
// taken out, and with 1 where that could not be found out.
import { readConfig } from '#platform/config.ts'
import { startPlatform } from '#platform/service.ts'
import { findTampering } from './domain/moderation-audit.ts'
import { createStore } from './store.ts'

if (import.meta.main) {
  await using stack = new AsyncDisposableStack()
  const platform = await startPlatform(readConfig(), 'check-audit-log', stack)
  const store = createStore(platform.db('content'))
  const { sequence } = await store.auditHead()
  const broken = await findTampering(store)
  if (broken === null) process.stdout.write(`The audit log is whole: ${sequence} entries.\n`)
  else {
    process.stdout.write(`The audit log was changed: entry ${broken} of ${sequence} does not fit.\n`)
    process.exitCode = 2
  }
}
