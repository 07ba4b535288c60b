import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSigner } from './secrets.ts'
import { signViewer, verifyViewer } from './viewer.ts'

const signer = createSigner(randomBytes(32).toString('base64url'), 'viewer')
const viewer = {
  userId: 'user_1',
  sessionId: 'session_1',
  appId: null,
  scopes: null,
  ip: '127.0.0.1',
  userAgent: null,
}
const body = '{"query":"{ viewer { id } }"}'
const now = Date.now()

test('a viewer’s header is good for the body that it was made for, for ten seconds (V22)', () => {
  const header = signViewer(signer, viewer, body, now)
  expect(verifyViewer(signer, header, body, now)).toEqual(viewer)
  expect(verifyViewer(signer, header, body, now + 10_000)).toEqual(viewer)
  expect(verifyViewer(signer, header, body, now + 10_001)).toBeNull()
  expect(verifyViewer(signer, header, body, now - 10_001)).toBeNull()
  expect(verifyViewer(signer, header, `${body} `, now)).toBeNull()
})

test('nor is one that was forged, cut, or signed for another purpose', () => {
  const [head, signature] = signViewer(signer, viewer, body, now).split('.')
  const other = Buffer.from(JSON.stringify({ ...viewer, userId: 'user_2', at: now })).toString('base64url')
  const forged = [
    undefined,
    '',
    head,
    `${head}.`,
    `.${signature}`,
    `${other}.${signature}`,
    `${head}.${signature}A`,
  ]
  for (const header of forged) expect(verifyViewer(signer, header, body, now)).toBeNull()
  const elsewhere = createSigner(randomBytes(32).toString('base64url'), 'viewer')
  expect(verifyViewer(signer, signViewer(elsewhere, viewer, body, now), body, now)).toBeNull()
})
