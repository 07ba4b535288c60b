// What follows from events in the user subgraph.
import { type ConsumerHandlers, each } from '#platform/bus.ts'
import type { FactModel } from '#platform/facts.ts'
import type { Mailer } from '#platform/mail.ts'
import type { Signer } from '#platform/secrets.ts'
import type { AccountFacts } from '#schema/facts.ts'
import { type MailStore, sendProof } from './domain/mail.ts'

interface Deps {
  accounts: FactModel<AccountFacts>
  store: MailStore
  mailer: Mailer
  /** Signs the tokens that go by mail. */
  signer: Signer
  /** Where our pages are, for links in mails. */
  publicUrl: string
}

export function createConsumers(deps: Deps): ConsumerHandlers<'user'> {
  return {
    // The writer has published the facts already; this is for the writer that died between commit and publishing.
    'user.facts': {
      'account.changed': (batch) =>
        deps.accounts.refresh([...new Set(batch.map((event) => event.payload.userId))]),
    },
    'user.mail': {
      'mail.requested': each(({ payload }) => sendProof(deps, payload.proofId, new Date())),
    },
  }
}
