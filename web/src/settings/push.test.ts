import { expect, test } from 'vitest'
import { addressOf, bytesOf } from './push.ts'

test('a key in base64url is its bytes', () => {
  const bytes = Uint8Array.from({ length: 65 }, (_, i) => (i * 37 + 251) % 256)
  const text = Buffer.from(bytes).toString('base64url')
  expect(text).toMatch(/[-_]/)
  expect(bytesOf(text)).toEqual(bytes)
})

test.each([
  [
    { p256dh: 'k', auth: 'a' },
    { endpoint: 'https://push.example/1', p256dh: 'k', auth: 'a' },
  ],
  [{ p256dh: 'k' }, null],
  [undefined, null],
])('a subscription with keys %j has the address %j', (keys, address) => {
  const subscription = { endpoint: 'https://push.example/1', toJSON: () => ({ keys }) }
  expect(addressOf(subscription as never)).toEqual(address)
})
