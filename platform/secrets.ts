// Keys for one purpose each, derived from the one secret, so that a signature made for one purpose is worth nothing for another.
import { createHmac, createSecretKey, hkdfSync, timingSafeEqual } from 'node:crypto'

export type KeyPurpose =
  | 'cursor'
  | 'viewer'
  | 'playlist'
  | 'refresh-token'
  | 'proof'
  | 'two-factor'
  | 'challenge'
  | 'idempotency'
  | 'app-secret'
  | 'approval'
  | 'cookie'

export interface Signer {
  /** Signature of a text, base64url, 22 characters (128 bits of HMAC-SHA-256). */
  sign(text: string): string
  /** Whether `signature` is the text's; takes the same time either way. */
  verify(text: string, signature: string): boolean
}

/** Signs and verifies for one purpose. Derivation: HKDF-SHA-256 (RFC 5869) with the purpose as `info`. */
export function createSigner(secret: string, purpose: KeyPurpose): Signer {
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, 'heliograph', purpose, 32)))
  const sign = (text: string) =>
    createHmac('sha256', key).update(text).digest().subarray(0, 16).toString('base64url')
  return {
    sign,
    verify(text, signature) {
      const expected = Buffer.from(sign(text))
      const given = Buffer.from(signature)
      return expected.length === given.length && timingSafeEqual(expected, given)
    },
  }
}
