// Keys for one purpose each, derived from the one secret, so that a signature made for one purpose is worth nothing for another.
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto'

export type KeyPurpose =
  | 'cursor'
  | 'sealed-cursor'
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

/** The key for one purpose: HKDF-SHA-256 (RFC 5869) with the purpose as `info`. */
const keyFor = (secret: string, purpose: KeyPurpose) =>
  createSecretKey(Buffer.from(hkdfSync('sha256', secret, 'heliograph', purpose, 32)))

/** Signs and verifies for one purpose. */
export function createSigner(secret: string, purpose: KeyPurpose): Signer {
  const key = keyFor(secret, purpose)
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

export interface Sealer {
  /** A text that only `open` with the same `place` reads, base64url. */
  seal(place: string, text: string): string
  /** The text that was sealed; null for one that was made up, changed, or sealed for another place. */
  open(place: string, sealed: string): string | null
}

const nonceBytes = 12
const tagBytes = 16

/** Encrypts for one purpose: AES-256-GCM, as nonce, tag and ciphertext; the place is authenticated with it. */
export function createSealer(secret: string, purpose: KeyPurpose): Sealer {
  const key = keyFor(secret, purpose)
  return {
    seal(place, text) {
      const nonce = randomBytes(nonceBytes)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(place))
      const ciphertext = Buffer.concat([cipher.update(text), cipher.final()])
      return Buffer.concat([nonce, cipher.getAuthTag(), ciphertext]).toString('base64url')
    },
    open(place, sealed) {
      const bytes = Buffer.from(sealed, 'base64url')
      const head = nonceBytes + tagBytes
      if (bytes.length < head || bytes.toString('base64url') !== sealed) return null
      const nonce = bytes.subarray(0, nonceBytes)
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: tagBytes })
      decipher.setAAD(Buffer.from(place)).setAuthTag(bytes.subarray(nonceBytes, head))
      try {
        return Buffer.concat([decipher.update(bytes.subarray(head)), decipher.final()]).toString('utf8')
      } catch {
        return null
      }
    },
  }
}
