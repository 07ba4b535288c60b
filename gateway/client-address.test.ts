import type { IncomingMessage } from 'node:http'
import { expect, test } from 'vitest'
import { parseTrustedProxies } from '#platform/trusted-proxies.ts'
import { trustProxies } from './client-address.ts'

const request = (remoteAddress: string, forwarded?: string) =>
  ({
    socket: { remoteAddress },
    headers: forwarded === undefined ? {} : { 'x-forwarded-for': forwarded },
  }) as unknown as IncomingMessage

const address = (setting: string | null, peer: string, forwarded?: string) =>
  trustProxies(setting === null ? null : parseTrustedProxies(setting))(request(peer, forwarded))

test.each([
  [null, '9.9.9.9', '1.1.1.1', '9.9.9.9'],
  [null, '::ffff:9.9.9.9', undefined, '9.9.9.9'],
  ['1', '10.0.0.1', '1.1.1.1', '1.1.1.1'],
  ['1', '10.0.0.1', '6.6.6.6, 1.1.1.1', '1.1.1.1'],
  ['2', '10.0.0.1', '6.6.6.6, 1.1.1.1, 10.0.0.2', '1.1.1.1'],
  ['2', '10.0.0.1', undefined, '10.0.0.1'],
  ['1', '10.0.0.1', '1.1.1.1, nonsense', '10.0.0.1'],
  ['10.0.0.0/8', '10.0.0.1', '6.6.6.6, 1.1.1.1, 10.2.3.4', '1.1.1.1'],
  ['10.0.0.0/8, fd00::/8', 'fd00::7', '1.1.1.1,10.0.0.9', '1.1.1.1'],
  ['10.0.0.0/8', '9.9.9.9', '1.1.1.1', '9.9.9.9'],
  ['10.0.0.0/8', '::ffff:10.0.0.1', '2001:db8::1', '2001:db8::1'],
])('with %s a request from %s for %s is of %s (A1)', (setting, peer, forwarded, client) => {
  expect(address(setting, peer, forwarded)).toBe(client)
})

test.each(['0', '-1', '1000', 'yes', '10.0.0.0/33', '10.0.0', '1.2.3.4/', 'fd00::/129'])(
  '%s is no setting',
  (text) => {
    expect(parseTrustedProxies(text)).toBeNull()
  },
)
