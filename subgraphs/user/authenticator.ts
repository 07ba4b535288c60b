// An authenticator for tests, made of Node's crypto: discoverable credentials on P-256 (WebAuthn Level 3, FIDO CTAP2).
import { createHash, createSign, generateKeyPairSync, type KeyObject, randomBytes } from 'node:crypto'

interface Credential {
  id: string
  userHandle: string
  privateKey: KeyObject
}

export interface Authenticator {
  /** What it says to the options of a registration. */
  registers(optionsJson: string, change?: Change): string
  /** What it says to the options of a sign-in. */
  signs(optionsJson: string, change?: Change): string
  /** How often it signed; 0 and staying there where it does not count. */
  counter: number
}

interface Change {
  origin?: string
  rpId?: string
  userVerified?: boolean
  userHandle?: string
  tampered?: boolean
}

const sha256 = (data: string | Buffer) => createHash('sha256').update(data).digest()

/** CBOR (RFC 8949) of the few kinds of values that a registration holds. */
function cbor(value: number | string | Buffer | Map<number | string, unknown>): Buffer {
  const head = (major: number, count: number) => {
    if (count < 24) return Buffer.from([(major << 5) | count])
    return count < 256
      ? Buffer.from([(major << 5) | 24, count])
      : Buffer.from([(major << 5) | 25, count >> 8, count & 255])
  }
  if (typeof value === 'number') return value >= 0 ? head(0, value) : head(1, -1 - value)
  if (typeof value === 'string') return Buffer.concat([head(3, Buffer.byteLength(value)), Buffer.from(value)])
  if (Buffer.isBuffer(value)) return Buffer.concat([head(2, value.length), value])
  return Buffer.concat([
    head(5, value.size),
    ...[...value].flatMap(([key, item]) => [cbor(key), cbor(item as Parameters<typeof cbor>[0])]),
  ])
}

/** An authenticator that asks its owner nothing. */
export function createAuthenticator(origin: string): Authenticator {
  const credentials: Credential[] = []

  const authData = (rpId: string, flags: number, counter: number, attested = Buffer.alloc(0)) => {
    const count = Buffer.alloc(4)
    count.writeUInt32BE(counter)
    return Buffer.concat([sha256(rpId), Buffer.from([flags]), count, attested])
  }
  const clientData = (type: string, challenge: string, change: Change) =>
    Buffer.from(JSON.stringify({ type, challenge, origin: change.origin ?? origin, crossOrigin: false }))
  const present = 0x01
  const verified = (change: Change) => (change.userVerified === false ? 0 : 0x04)

  const authenticator: Authenticator = {
    counter: 0,
    registers(optionsJson, change = {}) {
      const { rp, user, challenge } = JSON.parse(optionsJson)
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
      const { x = '', y = '' } = publicKey.export({ format: 'jwk' })
      const id = randomBytes(32)
      credentials.push({ id: id.toString('base64url'), userHandle: user.id, privateKey })
      const key = cbor(
        new Map<number, unknown>([
          [1, 2],
          [3, -7],
          [-1, 1],
          [-2, Buffer.from(x, 'base64url')],
          [-3, Buffer.from(y, 'base64url')],
        ]),
      )
      const attested = Buffer.concat([Buffer.alloc(16), Buffer.from([0, id.length]), id, key])
      const data = authData(change.rpId ?? rp.id, present | verified(change) | 0x40, 0, attested)
      const attestationObject = cbor(
        new Map<string, unknown>([
          ['fmt', 'none'],
          ['attStmt', new Map()],
          ['authData', data],
        ]),
      )
      return JSON.stringify({
        id: id.toString('base64url'),
        rawId: id.toString('base64url'),
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: clientData('webauthn.create', challenge, change).toString('base64url'),
          attestationObject: attestationObject.toString('base64url'),
          transports: ['internal'],
        },
      })
    },
    signs(optionsJson, change = {}) {
      const { rpId, challenge } = JSON.parse(optionsJson)
      const credential = credentials.at(-1)
      if (!credential) throw new Error('nothing is registered')
      const client = clientData('webauthn.get', challenge, change)
      const data = authData(change.rpId ?? rpId, present | verified(change), authenticator.counter)
      const signature = createSign('sha256')
        .update(Buffer.concat([data, sha256(client)]))
        .sign(credential.privateKey)
      if (change.tampered) signature[signature.length - 1] = (signature.at(-1) ?? 0) ^ 1
      return JSON.stringify({
        id: credential.id,
        rawId: credential.id,
        type: 'public-key',
        clientExtensionResults: {},
        response: {
          clientDataJSON: client.toString('base64url'),
          authenticatorData: data.toString('base64url'),
          signature: signature.toString('base64url'),
          userHandle: change.userHandle ?? credential.userHandle,
        },
      })
    },
  }
  return authenticator
}
