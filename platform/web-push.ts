// Web push (RFC 8030), encrypted for the device (RFC 8291), from a server that proves who it is (VAPID, RFC 8292).
import { createECDH, hkdfSync } from 'node:crypto'
import { request } from 'undici'
import webPush from 'web-push'
import type { Config } from './config.ts'

/** Where a device is reached, as its browser hands it out. */
export interface PushAddress {
  endpoint: string
  /** The device's public key, base64url. */
  p256dh: string
  /** The device's secret, base64url. */
  auth: string
}

export interface WebPush {
  /** What browsers ask for as `applicationServerKey`, base64url. */
  publicKey: string
  /** Whether an endpoint belongs to a push service that we send to. */
  accepts(endpoint: string): boolean
  /**
   * Hands a message to the device's push service. `gone` says that the device is not there any more. Throws when it should be
   * tried again.
   */
  send(address: PushAddress, payload: object, topic: string): Promise<'sent' | 'gone' | 'refused'>
}

/** Push services keep a message for a device that is off, in seconds. */
const keptSeconds = 86_400
const timeoutMs = 10_000

/** Order of the curve P-256 (SEC 2, 2.4.2). A private key is below it. */
const order = BigInt('0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551')

/** The server's key pair, derived from the one secret, so that it survives restarts and is the same in all processes. */
function vapidKeys(secret: string): { publicKey: string; privateKey: string } {
  for (let attempt = 0; ; attempt++) {
    const derived = Buffer.from(hkdfSync('sha256', secret, 'heliograph', `vapid:${attempt}`, 32))
    const value = BigInt(`0x${derived.toString('hex')}`)
    if (value === 0n || value >= order) continue
    const curve = createECDH('prime256v1')
    curve.setPrivateKey(derived)
    return { publicKey: curve.getPublicKey('base64url'), privateKey: derived.toString('base64url') }
  }
}

/** Sends to the push services of `PUSH_SERVICES`, and to no other address, whatever a client registers. */
export function createWebPush(config: Pick<Config, 'secret' | 'publicUrl' | 'pushServices'>): WebPush {
  const keys = vapidKeys(config.secret)
  const contact = config.publicUrl?.startsWith('https:')
    ? config.publicUrl
    : 'mailto:no-reply@localhost.localdomain'
  const accepts = (endpoint: string) => {
    if (!URL.canParse(endpoint)) return false
    const { origin, protocol, hostname, username, password } = new URL(endpoint)
    if (username || password) return false
    return config.pushServices.some((service) =>
      service.includes('://')
        ? origin === service
        : protocol === 'https:' && (hostname === service || hostname.endsWith(`.${service}`)),
    )
  }
  return {
    publicKey: keys.publicKey,
    accepts,
    async send({ endpoint, p256dh, auth }, payload, topic) {
      if (!accepts(endpoint)) return 'refused'
      const { method, headers, body } = webPush.generateRequestDetails(
        { endpoint, keys: { p256dh, auth } },
        JSON.stringify(payload),
        {
          vapidDetails: { subject: contact, ...keys },
          TTL: keptSeconds,
          topic,
          contentEncoding: 'aes128gcm',
        },
      )
      // A push service answers itself: whoever redirects wants the server to call somebody else.
      const answer = await request(endpoint, {
        ...{ method, headers, body },
        ...{ headersTimeout: timeoutMs, bodyTimeout: timeoutMs },
      }).catch(() => {
        // Clients name its host: one that is not there is no outage of ours, to be waited for.
        throw new Error('the push service cannot be reached')
      })
      await answer.body.dump()
      const { statusCode } = answer
      if (statusCode === 404 || statusCode === 410) return 'gone'
      if (statusCode === 429 || statusCode >= 500) throw new Error(`the push service answers ${statusCode}`)
      return statusCode < 300 ? 'sent' : 'refused'
    },
  }
}
