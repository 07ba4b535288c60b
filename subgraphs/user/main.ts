// The user subgraph: accounts, profiles, sessions.
import { claimEvents } from '#platform/bus.ts'
import { createMailer } from '#platform/mail.ts'
import { runSubgraph, type SubgraphDefinition } from '#platform/subgraph.ts'
import { createConsumers } from './consumers.ts'
import { type Context, createContexts } from './context.ts'
import { resolvers } from './resolvers.ts'
import { createExperimentStore } from './store/experiments.ts'
import { createStore, prepare } from './store.ts'

export const user = {
  name: 'user',
  resolvers,
  prepare,
  start: (platform) => ({
    context: createContexts(platform),
    consumers: createConsumers({
      accounts: platform.facts.accounts,
      transact: platform.transact('user'),
      experiments: createExperimentStore(platform.db('user')),
      claimDeeds: (tx, batch) => claimEvents(tx, platform.db('user'), 'user.experiments', batch),
      store: createStore(platform.db('user')),
      digests: createStore(platform.db('user')),
      mailer: createMailer(platform.config, platform.db('user'), platform.log),
      signer: platform.signer('proof'),
      publicUrl: platform.config.publicUrl ?? `http://localhost:${platform.config.port}`,
    }),
  }),
} satisfies SubgraphDefinition<'user', Context>

if (import.meta.main) await runSubgraph(user)
