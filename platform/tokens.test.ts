import { generateKeyPairSync } from 'node:crypto'
import { SignJWT } from 'jose'
import { expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { createTokenIssuer, createTokenVerifier } from './tokens.ts'

const newKey = () => generateKeyPairSync('ed25519').privateKey
const configOf = (key: ReturnType<typeof newKey>, namespace = 'one') => ({
  authPrivateKey: JSON.stringify(key.export({ format: 'jwk' })),
  namespace,
})
const key = newKey()
const config = configOf(key)
const verifier = createTokenVerifier(config)
const session = { userId: newId('user'), sessionId: newId('session') }
const now = new Date()
const seconds = Math.floor(now.getTime() / 1000)

test('what is issued is verified, until it ends', async () => {
  const { token, expiresAt } = await createTokenIssuer(config).issue(session, now)
  expect(await verifier.verify(token, now)).toEqual({ ...session, expiresAt })
  expect(await verifier.verify(token, new Date(expiresAt.getTime() - 1))).toEqual({ ...session, expiresAt })
  expect(await verifier.verify(token, expiresAt)).toBeNull()
  expect(await createTokenIssuer(config).issue(session, now)).toEqual({ token, expiresAt })
})

const claims = {
  iss: 'one',
  aud: 'heliograph',
  sub: session.userId,
  sid: session.sessionId,
  iat: seconds,
  exp: seconds + 900,
}
const signed = (change: object, header: object = {}, by: Parameters<SignJWT['sign']>[0] = key) =>
  new SignJWT({ ...claims, ...change })
    .setProtectedHeader({ alg: 'EdDSA', typ: 'at+jwt', ...header })
    .sign(by)
const raw = (header: object, body: object, signature = '') =>
  [header, body]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .concat(signature)
    .join('.')

test('the claims alone are not what is refused below', async () => {
  expect(await verifier.verify(await signed({}), now)).not.toBeNull()
})

const publicJwk = JSON.stringify({ ...key.export({ format: 'jwk' }), d: undefined })

test.each<[string, () => string | Promise<string>]>([
  ['another key', () => signed({}, {}, newKey())],
  ['another issuer', () => signed({ iss: 'two' })],
  ['no issuer', () => signed({ iss: undefined })],
  ['another audience', () => signed({ aud: 'elsewhere' })],
  ['no audience', () => signed({ aud: undefined })],
  ['no subject', () => signed({ sub: undefined })],
  ['a subject that is no user', () => signed({ sub: newId('post') })],
  ['no session', () => signed({ sid: undefined })],
  ['a session that is no text', () => signed({ sid: { $gt: '' } })],
  ['no end', () => signed({ exp: undefined })],
  ['an end in the past', () => signed({ exp: seconds - 1 })],
  ['a beginning in the future', () => signed({ nbf: seconds + 60 })],
  ['another type of token', () => signed({}, { typ: 'JWT' })],
  ['no type of token', () => signed({}, { typ: undefined })],
  ['the public key as a shared secret', () => signed({}, { alg: 'HS256' }, Buffer.from(publicJwk))],
  ['algorithm none', () => raw({ alg: 'none', typ: 'at+jwt' }, claims)],
  ['algorithm None', () => raw({ alg: 'None', typ: 'at+jwt' }, claims)],
  ['no signature', async () => (await signed({})).replace(/[^.]+$/, '')],
  [
    'an altered body',
    async () => {
      const [head, , signature] = (await signed({})).split('.')
      const body = Buffer.from(JSON.stringify({ ...claims, sub: newId('user') })).toString('base64url')
      return `${head}.${body}.${signature}`
    },
  ],
  [
    'a key of its own in the header',
    () => {
      const own = newKey()
      return signed({}, { jwk: own.export({ format: 'jwk' }) }, own)
    },
  ],
  ['nothing', () => ''],
  ['three dots', () => '...'],
  ['a megabyte', () => 'x'.repeat(1_000_000)],
])('A3: a token with %s is refused', async (_what, make) => {
  expect(await verifier.verify(await make(), now)).toBeNull()
})

test('A3: a token with any one character changed is refused', async () => {
  const { token } = await createTokenIssuer(config).issue(session, now)
  const positions = Array.from({ length: 40 }, (_, i) => Math.floor((i * (token.length - 1)) / 40))
  for (const position of positions) {
    const other = token[position] === 'A' ? 'B' : 'A'
    const forged = token.slice(0, position) + other + token.slice(position + 1)
    expect(await verifier.verify(forged, now)).toBeNull()
  }
})
