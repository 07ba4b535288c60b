import { expect, test } from 'vitest'
import { AppError } from '#schema/errors.ts'
import { redirectUriOf } from './apps.ts'

test.each([
  'https://app.example/callback',
  'https://app.example/callback?from=heliograph',
  'http://localhost:8765/callback',
  'http://127.0.0.1/callback',
  'http://[::1]:8765/callback',
])('any app may be sent codes at %s', (uri) => {
  expect(redirectUriOf(uri, 'CONFIDENTIAL')).toBe(uri)
  expect(redirectUriOf(uri, 'PUBLIC')).toBe(uri)
})

test('what runs on a device may have a scheme of its own, if it is a name turned round', () => {
  expect(redirectUriOf('org.example.app:/done', 'PUBLIC')).toBe('org.example.app:/done')
  expect(() => redirectUriOf('org.example.app:/done', 'CONFIDENTIAL')).toThrow(AppError)
})

test.each([
  'http://app.example/callback',
  'http://localhost.evil.example/',
  'https://app.example/callback#fragment',
  'https://app.example/callback#',
  'https://user@app.example/',
  'https://*.example/',
  'https://app.example/with space',
  'https:\\\\app.example',
  'javascript:alert(1)',
  'data:text/html,hello',
  'myapp:/done',
  '/callback',
  '',
])('no app is sent a code at %j', (uri) => {
  for (const kind of ['PUBLIC', 'CONFIDENTIAL'] as const) {
    expect(() => redirectUriOf(uri, kind)).toThrow(AppError)
  }
})
