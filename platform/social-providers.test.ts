import { generateKeyPairSync } from 'node:crypto'
import { expect, test } from 'vitest'
import { socialProvider } from './social-providers.ts'

const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const appleKey = { teamId: 'TEAM', keyId: 'KEY', privateKey: pem }
const secret = { clientId: 'a client', clientSecret: 'a secret' }

test.each([
  [
    'google is known',
    { id: 'google', ...secret },
    { issuer: 'https://accounts.google.com', name: 'Google', scope: 'openid email profile' },
  ],
  [
    'apple is known, and has a key in place of a secret',
    { id: 'apple', clientId: 'a client', appleKey },
    { issuer: 'https://appleid.apple.com', name: 'Apple', scope: 'openid email name', appleKey },
  ],
  [
    'what is said of a known one counts',
    { id: 'apple', ...secret, issuer: 'http://127.0.0.1:9', name: 'Apfel' },
    { issuer: 'http://127.0.0.1:9', name: 'Apfel', scope: 'openid email name' },
  ],
  [
    'one of one’s own is called by its id, and gets the usual scopes',
    { id: 'our-school', ...secret, issuer: 'https://id.example.org' },
    { issuer: 'https://id.example.org', name: 'our-school', scope: 'openid email profile' },
  ],
])('%s', (_what, given, expected) => {
  expect(socialProvider.parse(given)).toEqual({ redirectUris: [], ...given, ...expected })
})

test.each([
  ['an unknown one without an issuer', { id: 'our-school', ...secret }, 'our-school has no issuer'],
  [
    'neither secret nor key',
    { id: 'google', clientId: 'a client' },
    'google has neither clientSecret nor appleKey',
  ],
  ['an empty secret', { id: 'google', ...secret, clientSecret: '' }, 'clientSecret'],
  [
    'a key that is none',
    { id: 'apple', clientId: 'a client', appleKey: { ...appleKey, privateKey: 'a secret' } },
    'privateKey',
  ],
  [
    'a key without its team',
    { id: 'apple', clientId: 'a client', appleKey: { keyId: 'KEY', privateKey: pem } },
    'teamId',
  ],
  ['no client id', { id: 'google', clientSecret: 'a secret' }, 'clientId'],
  ['an id that is no name', { id: 'Our School', ...secret, issuer: 'https://id.example.org' }, 'id'],
  ['an issuer that is no address', { id: 'google', ...secret, issuer: 'accounts.google.com' }, 'issuer'],
  ['a page that is no address', { id: 'google', ...secret, redirectUris: ['back'] }, 'redirectUris'],
])('%s is refused', (_what, given, expected) => {
  const { success, error } = socialProvider.safeParse(given)
  expect(success).toBe(false)
  const issue = error?.issues[0]
  expect([issue?.message, ...(issue?.path ?? [])]).toContain(expected)
})
