// What a request of the user subgraph works with.
import { publicUrlOf } from '#platform/config.ts'
import type { Experiments } from '#platform/experiments.ts'
import type { FactModel } from '#platform/facts.ts'
import type { Limits } from '#platform/limits.ts'
import { createMediaFacts, type MediaFacts } from '#platform/media.ts'
import type { Signer } from '#platform/secrets.ts'
import type { Platform } from '#platform/service.ts'
import type { Storage } from '#platform/storage.ts'
import type { BaseContext } from '#platform/subgraph.ts'
import { createTokenIssuer, type TokenIssuer } from '#platform/tokens.ts'
import type { AccountFacts } from '#schema/facts.ts'
import { type RelyingParty, relyingPartyOf } from './domain/passkeys.ts'
import type { PaymentConfig } from './domain/payment.ts'
import { createIdentityProviders, type IdentityProviders } from './identity-providers.ts'
import { createLoaders, type Loaders } from './loaders.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import { createStore, type Store } from './store.ts'

export interface Context extends BaseContext<'user'> {
  store: Store
  loaders: Loaders
  accounts: FactModel<AccountFacts>
  media: MediaFacts
  storage: Storage
  limits: Limits
  experiments: Experiments
  passwords: Passwords
  issuer: TokenIssuer
  /** Signs refresh tokens. */
  signer: Signer
  /** Signs the tokens that go by mail. */
  proofSigner: Signer
  /** Makes one-time passwords and recovery codes. */
  twoFactorSigner: Signer
  /** Makes the secrets of apps. */
  appSigner: Signer
  /** Signs people's word that an app may act for them. */
  approvalSigner: Signer
  /** Makes what authenticators sign. */
  challengeSigner: Signer
  identityProviders: IdentityProviders
  /** How paid verification is offered. */
  payment: PaymentConfig
  /** Who passkeys are for. */
  relyingParty: RelyingParty
  /** When the request came. */
  now: Date
}

/** Makes contexts of requests from what lives as long as the process. */
export function createContexts(platform: Platform): (base: BaseContext<'user'>) => Context {
  const store = createStore(platform.db('user'))
  const publicUrl = publicUrlOf(platform.config)
  const shared = {
    store,
    accounts: platform.facts.accounts,
    media: createMediaFacts(platform.mongo, platform.config.namespace),
    storage: platform.storage,
    limits: platform.limits,
    experiments: platform.experiments,
    passwords: createPasswords(platform.config.passwordWaitMs),
    issuer: createTokenIssuer(platform.config),
    signer: platform.signer('refresh-token'),
    proofSigner: platform.signer('proof'),
    twoFactorSigner: platform.signer('two-factor'),
    challengeSigner: platform.signer('challenge'),
    relyingParty: relyingPartyOf(publicUrl),
    payment: {
      webhookSecret: platform.config.verificationWebhookSecret,
      checkoutUrl: platform.config.verificationCheckoutUrl,
    },
    identityProviders: createIdentityProviders(platform.config.socialProviders, publicUrl, platform.log),
    appSigner: platform.signer('app-secret'),
    approvalSigner: platform.signer('approval'),
  }
  return (base) => ({
    ...base,
    ...shared,
    loaders: createLoaders(store, base),
    now: new Date(platform.now()),
  })
}
