// Asking identity providers, over OpenID Connect Core 1.0: authorisation code with PKCE, state and nonce.
import { createPrivateKey } from 'node:crypto'
import { SignJWT } from 'jose'
import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  discovery,
} from 'openid-client'
import type { Log } from '#platform/log.ts'
import type { SocialProvider } from '#platform/social-providers.ts'
import { AppError } from '#schema/errors.ts'
import type { ProvenIdentity } from './model.ts'

/** What only the two ends of one sign-in know. */
export interface FlowSecrets {
  state: string
  nonce: string
  codeVerifier: string
}

export interface IdentityProviders {
  /** The configured ones, in order. */
  list: readonly Pick<SocialProvider, 'id' | 'name'>[]
  /** Whether people may come back to an address. */
  acceptsRedirect(providerId: string, redirectUri: string): boolean
  /** Where someone goes to prove who he is. Throws INVALID for an unknown provider, SERVICE_UNAVAILABLE. */
  authorizationUrl(providerId: string, redirectUri: string, secrets: FlowSecrets): Promise<string>
  /** Who he is, by the address that he came back to. Null when the provider did not say, or said it to somebody else. */
  identify(providerId: string, callbackUrl: string, secrets: FlowSecrets): Promise<ProvenIdentity | null>
}

const discoveryMs = 3_600_000
const appleSecretSeconds = 300
const timeoutSeconds = 5

/** The providers of the configuration; people come back to pages under `publicUrl`. */
export function createIdentityProviders(
  providers: readonly SocialProvider[],
  publicUrl: string,
  log: Log,
): IdentityProviders {
  const byId = new Map(providers.map((provider) => [provider.id, provider]))
  const discovered = new Map<string, { configuration: Configuration; at: number }>()
  const ours = new URL(publicUrl).origin

  const configurationOf = async (providerId: string): Promise<[SocialProvider, Configuration]> => {
    const provider = byId.get(providerId)
    if (!provider) {
      throw new AppError('INVALID', 'There is no such provider.', { field: ['input', 'provider'] })
    }
    const known = discovered.get(providerId)
    // What Apple takes for a secret is signed anew each time.
    if (known && !provider.appleKey && Date.now() - known.at < discoveryMs)
      return [provider, known.configuration]
    const issuer = new URL(provider.issuer)
    const isLocal = ['127.0.0.1', 'localhost', '[::1]'].includes(issuer.hostname)
    try {
      const configuration = await discovery(
        issuer,
        provider.clientId,
        undefined,
        ClientSecretPost(provider.appleKey ? await appleSecret(provider) : provider.clientSecret),
        { timeout: timeoutSeconds, ...(isLocal ? { execute: [allowInsecureRequests] } : {}) },
      )
      discovered.set(providerId, { configuration, at: Date.now() })
      return [provider, configuration]
    } catch (error) {
      log.warn({ provider: providerId, error: String(error) }, 'an identity provider does not answer')
      throw new AppError('SERVICE_UNAVAILABLE', 'The provider does not answer. Try again in a moment.')
    }
  }

  return {
    list: providers.map(({ id, name }) => ({ id, name })),

    acceptsRedirect(providerId, redirectUri) {
      const { origin, hash } = new URL(redirectUri)
      return (
        (origin === ours && hash === '') || (byId.get(providerId)?.redirectUris ?? []).includes(redirectUri)
      )
    },

    async authorizationUrl(providerId, redirectUri, { state, nonce, codeVerifier }) {
      const [provider, configuration] = await configurationOf(providerId)
      const url = buildAuthorizationUrl(configuration, {
        redirect_uri: redirectUri,
        scope: provider.scope,
        state,
        nonce,
        code_challenge: await calculatePKCECodeChallenge(codeVerifier),
        code_challenge_method: 'S256',
        // Apple gives an address to those only who take it by POST.
        ...(provider.id === 'apple' ? { response_mode: 'form_post' } : {}),
      })
      return url.href
    },

    async identify(providerId, callbackUrl, { state, nonce, codeVerifier }) {
      const [provider, configuration] = await configurationOf(providerId)
      try {
        const tokens = await authorizationCodeGrant(configuration, new URL(callbackUrl), {
          pkceCodeVerifier: codeVerifier,
          expectedState: state,
          expectedNonce: nonce,
          idTokenExpected: true,
        })
        const claims = tokens.claims()
        if (!claims) return null
        const { sub, email, email_verified, name } = claims
        return {
          issuer: provider.issuer,
          subject: sub,
          email: typeof email === 'string' && email.length <= 254 ? email : null,
          // Apple says it in letters.
          emailVerified: email_verified === true || email_verified === 'true',
          name: typeof name === 'string' ? [...name].slice(0, 64).join('') : nameIn(callbackUrl),
        }
      } catch (error) {
        log.info({ provider: providerId, error: String(error) }, 'a sign-in at an identity provider failed')
        return null
      }
    },
  }
}

/**
 * The name that Apple sends beside its answer, the first time only; null without one. Nobody has signed it: it is what somebody may call
 * himself, and proves nothing.
 */
function nameIn(callbackUrl: string): string | null {
  try {
    const { name } = JSON.parse(new URL(callbackUrl).searchParams.get('user') ?? '{}') as {
      name?: { firstName?: unknown; lastName?: unknown }
    }
    const parts = [name?.firstName, name?.lastName].filter((part) => typeof part === 'string')
    return [...parts.join(' ').trim()].slice(0, 64).join('') || null
  } catch {
    return null
  }
}

/** The client secret that Apple asks for: a JWT for five minutes. */
async function appleSecret({ appleKey, clientId, issuer }: SocialProvider): Promise<string> {
  if (!appleKey) throw new Error('there is no key')
  return new SignJWT()
    .setProtectedHeader({ alg: 'ES256', kid: appleKey.keyId })
    .setIssuer(appleKey.teamId)
    .setSubject(clientId)
    .setAudience(issuer)
    .setIssuedAt()
    .setExpirationTime(`${appleSecretSeconds} s`)
    .sign(createPrivateKey(appleKey.privateKey))
}
