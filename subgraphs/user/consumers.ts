// What follows from events in the user subgraph.
import { type ConsumerHandlers, each } from '#platform/bus.ts'
import type { Experiments } from '#platform/experiments.ts'
import type { FactModel } from '#platform/facts.ts'
import type { Mailer } from '#platform/mail.ts'
import type { Transact, Transaction } from '#platform/mongo.ts'
import type { Signer } from '#platform/secrets.ts'
import type { DomainEvent } from '#schema/events.ts'
import type { AccountFacts } from '#schema/facts.ts'
import { type DigestStore, sendDigestMail } from './domain/digest-mail.ts'
import { type ClaimDeeds, countDeeds, type Deed, noteExposures } from './domain/experiments.ts'
import { type MailStore, sendProof } from './domain/mail.ts'
import { applyAccountDecision, applyTrust } from './domain/standing.ts'
import type { ExperimentStore } from './store/experiments.ts'

interface Deps {
  transact: Transact<'user'>
  /** Claims events for the counting of experiments. */
  claimDeeds: ClaimDeeds
  accounts: FactModel<AccountFacts>
  experiments: Experiments
  store: ExperimentStore &
    MailStore &
    DigestStore &
    Parameters<typeof applyAccountDecision>[0]['store'] &
    Parameters<typeof applyTrust>[0]['store']
  /** Claims decisions of moderators; those that are met for the first time. */
  claimDecisions(tx: Transaction<'user'>, batch: readonly DomainEvent[]): Promise<readonly DomainEvent[]>
  mailer: Mailer
  /** Signs the tokens that go by mail. */
  signer: Signer
  /** Where our pages are, for links in mails. */
  publicUrl: string
}

export function createConsumers(deps: Deps): Omit<ConsumerHandlers<'user'>, 'user.lifecycle'> {
  const count = (batch: readonly Deed[]) => countDeeds({ ...deps, claim: deps.claimDeeds }, batch)
  return {
    // The writer has published the facts already; this is for the writer that died between commit and publishing.
    'user.facts': {
      'account.changed': (batch) =>
        deps.accounts.refresh([...new Set(batch.map((event) => event.payload.userId))]),
    },
    'user.experiments': {
      'post.liked': (batch) => count(batch),
      'post.saved': (batch) => count(batch),
      'post.shared': (batch) => count(batch),
      'comment.created': (batch) => count(batch),
      'follow.created': (batch) => count(batch),
      'impressions.recorded': (batch) => count(batch),
    },
    'user.exposures': {
      'experiment.met': (batch) => noteExposures(deps, batch),
    },
    'user.moderation': {
      'account.decided': each((event) =>
        applyAccountDecision(
          {
            ...deps,
            now: new Date(),
            claim: async (tx) => (await deps.claimDecisions(tx, [event])).length > 0,
          },
          event.payload,
        ),
      ),
      'account.weighed': each(({ payload }) => applyTrust(deps, payload)),
    },
    'user.mail': {
      'mail.requested': each(({ payload }) => sendProof(deps, payload.proofId, new Date())),
      'digest.due': each(({ payload }) => sendDigestMail(deps, payload, new Date())),
    },
  }
}
