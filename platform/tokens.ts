// Access tokens: JSON Web Tokens (RFC 7519, profile of RFC 9068) signed with Ed25519 (RFC 8037). User issues them, the
// gateway verifies them; nothing else reads one.
import { type CryptoKey, importJWK, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose'
import { isId } from '#schema/ids.ts'
import type { Config } from './config.ts'

/** How long an access token lasts. */
export const accessTokenSeconds = 900

const algorithm = 'EdDSA'
const tokenType = 'at+jwt'
const audience = 'heliograph'
/** Longer than any token of ours. */
const maxTokenLength = 1_024
const maxRemembered = 10_000

/** What an access token says. */
export interface AccessToken {
  userId: string
  sessionId: string
  expiresAt: Date
}

export interface TokenIssuer {
  /** A token of a session from `at` on. The same session and second give the same token: Ed25519 is deterministic. */
  issue(session: { userId: string; sessionId: string }, at: Date): Promise<{ token: string; expiresAt: Date }>
}

export interface TokenVerifier {
  /** What a token says; null unless it is one of ours, unaltered and not ended. */
  verify(token: string, now?: Date): Promise<AccessToken | null>
}

type TokenConfig = Pick<Config, 'authPrivateKey' | 'namespace'>

/** Issues access tokens with the configured key. The namespace is the issuer: two systems do not accept each other's. */
export function createTokenIssuer(config: TokenConfig): TokenIssuer {
  const key = importJWK(JSON.parse(config.authPrivateKey) as JWK, algorithm)
  // Awaited, and so reported, by whoever issues the first token.
  key.catch(() => {})
  return {
    async issue({ userId, sessionId }, at) {
      const issuedAt = Math.floor(at.getTime() / 1000)
      const endsAt = issuedAt + accessTokenSeconds
      const token = await new SignJWT({ sid: sessionId })
        .setProtectedHeader({ alg: algorithm, typ: tokenType })
        .setIssuer(config.namespace)
        .setAudience(audience)
        .setSubject(userId)
        .setIssuedAt(issuedAt)
        .setExpirationTime(endsAt)
        .sign(await key)
      return { token, expiresAt: new Date(endsAt * 1000) }
    },
  }
}

/** Verifies access tokens with the public half of the configured key. */
export function createTokenVerifier(config: TokenConfig): TokenVerifier {
  const { d: _private, ...jwk } = JSON.parse(config.authPrivateKey) as JWK
  const key = importJWK(jwk, algorithm)
  key.catch(() => {})
  // A client sends the same token with every request of a quarter of an hour.
  const remembered = new Map<string, AccessToken>()

  return {
    async verify(token, now = new Date()) {
      if (token.length > maxTokenLength) return null
      let said = remembered.get(token) ?? null
      if (!said) {
        said = await read(token, await key, config.namespace, now)
        if (!said) return null
        if (remembered.size >= maxRemembered) remembered.clear()
        remembered.set(token, said)
      }
      return said.expiresAt > now ? said : null
    },
  }
}

async function read(
  token: string,
  key: CryptoKey | Uint8Array,
  issuer: string,
  now: Date,
): Promise<AccessToken | null> {
  let payload: JWTPayload
  try {
    const verified = await jwtVerify(token, key, {
      algorithms: [algorithm],
      typ: tokenType,
      issuer,
      audience,
      requiredClaims: ['sub', 'sid', 'iat', 'exp'],
      currentDate: now,
    })
    payload = verified.payload
  } catch {
    return null
  }
  const { sub, sid, exp } = payload
  if (typeof sub !== 'string' || typeof sid !== 'string' || typeof exp !== 'number') return null
  if (!isId(sub, 'user') || !isId(sid, 'session')) return null
  return { userId: sub, sessionId: sid, expiresAt: new Date(exp * 1000) }
}
