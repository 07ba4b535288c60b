// What a request of the user subgraph works with.
import type { FactModel } from '#platform/facts.ts'
import type { Limits } from '#platform/limits.ts'
import { createMediaFacts, type MediaFacts } from '#platform/media.ts'
import type { Signer } from '#platform/secrets.ts'
import type { Platform } from '#platform/service.ts'
import type { Storage } from '#platform/storage.ts'
import type { BaseContext } from '#platform/subgraph.ts'
import { createTokenIssuer, type TokenIssuer } from '#platform/tokens.ts'
import type { AccountFacts } from '#schema/facts.ts'
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
  passwords: Passwords
  issuer: TokenIssuer
  /** Signs refresh tokens. */
  signer: Signer
  /** Signs the tokens that go by mail. */
  proofSigner: Signer
  /** Makes one-time passwords and recovery codes. */
  twoFactorSigner: Signer
  /** When the request came. */
  now: Date
}

/** Makes contexts of requests from what lives as long as the process. */
export function createContexts(platform: Platform): (base: BaseContext<'user'>) => Context {
  const store = createStore(platform.db('user'))
  const shared = {
    store,
    accounts: platform.facts.accounts,
    media: createMediaFacts(platform.mongo, platform.config.namespace),
    storage: platform.storage,
    limits: platform.limits,
    passwords: createPasswords(),
    issuer: createTokenIssuer(platform.config),
    signer: platform.signer('refresh-token'),
    proofSigner: platform.signer('proof'),
    twoFactorSigner: platform.signer('two-factor'),
  }
  return (base) => ({ ...base, ...shared, loaders: createLoaders(store), now: new Date() })
}
