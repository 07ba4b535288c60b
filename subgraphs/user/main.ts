// The user subgraph: accounts, profiles, sessions.
import { createAccountLifecycle } from '#platform/account-lifecycle.ts'
import { claimEvents } from '#platform/bus.ts'
import type { Chore } from '#platform/chores.ts'
import { publicUrlOf } from '#platform/config.ts'
import { createMailer, type Mailer } from '#platform/mail.ts'
import type { Platform } from '#platform/service.ts'
import { runSubgraph, type SubgraphDefinition } from '#platform/subgraph.ts'
import { createConsumers } from './consumers.ts'
import { type Context, createContexts } from './context.ts'
import { eraseDueAccounts } from './domain/account-deletion.ts'
import { endDeletedApp } from './domain/apps.ts'
import { tendExports } from './domain/data-export.ts'
import { assembleExport } from './export-archive.ts'
import { resolvers } from './resolvers.ts'
import { createAccountPart } from './store/account-part.ts'
import { createStore, prepare, type Store } from './store.ts'

/** What happens to accounts that end, and to copies of their data that people ask for. */
function accountLifecycle(platform: Platform, store: Store, mailer: Mailer, publicUrl: string) {
  const { storage } = platform
  const { accounts } = platform.facts
  const db = platform.db('user')
  const transact = platform.transact('user')
  const now = () => new Date(platform.now())
  const part = createAccountPart({
    db,
    storage,
    endApp: (appId) => endDeletedApp({ store, transact, now: now() }, appId),
    refresh: (userId) => accounts.refresh([userId]),
  })
  const lifecycle = createAccountLifecycle(platform, 'user', part)
  const chores: Chore[] = [
    lifecycle.chore,
    {
      name: 'deletions',
      everyMs: 2_000,
      async run(signal) {
        await eraseDueAccounts({ store, transact, accounts, now: now() }, signal)
      },
    },
    {
      name: 'exports',
      everyMs: 1_000,
      run: (signal) =>
        tendExports(
          {
            ...{ store, storage, mailer, publicUrl, now: now() },
            assemble: (row) => assembleExport(storage, row),
          },
          signal,
        ),
    },
  ]
  return { handlers: lifecycle.handlers, chores }
}

export const user = {
  name: 'user',
  resolvers,
  prepare,
  start: (platform) => {
    const db = platform.db('user')
    const store = createStore(db)
    const mailer = createMailer(platform.config, db, platform.log)
    const publicUrl = publicUrlOf(platform.config)
    const lifecycle = accountLifecycle(platform, store, mailer, publicUrl)
    const consumers = createConsumers({
      accounts: platform.facts.accounts,
      experiments: platform.experiments,
      transact: platform.transact('user'),
      claimDeeds: (tx, batch) => claimEvents(tx, db, 'user.experiments', batch),
      claimDecisions: (tx, batch) => claimEvents(tx, db, 'user.moderation', batch),
      store,
      mailer,
      signer: platform.signer('proof'),
      publicUrl,
    })
    return {
      context: createContexts(platform),
      consumers: { ...consumers, 'user.lifecycle': lifecycle.handlers },
      chores: lifecycle.chores,
    }
  },
} satisfies SubgraphDefinition<'user', Context>

if (import.meta.main) await runSubgraph(user)
