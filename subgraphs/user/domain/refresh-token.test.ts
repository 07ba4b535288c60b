import { expect, test } from 'vitest'
import { createSigner } from '#platform/secrets.ts'
import { newId } from '#schema/ids.ts'
import { isGenuine, judgeRefresh, parseRefreshToken, refreshTokenOf } from './refresh-token.ts'

const signer = createSigner('s'.repeat(43), 'refresh-token')
const session = { _id: newId('session'), seed: 'seed' }

test('a token can be read and is genuine for its session and generation alone', () => {
  const token = parseRefreshToken(refreshTokenOf(signer, session, 3))
  expect(token).toMatchObject({ sessionId: session._id, generation: 3 })
  if (!token) return
  expect(isGenuine(signer, session, token)).toBe(true)
  expect(isGenuine(signer, session, { ...token, generation: 4 })).toBe(false)
  expect(isGenuine(signer, { ...session, seed: 'other' }, token)).toBe(false)
  expect(isGenuine(signer, { ...session, _id: newId('session') }, token)).toBe(false)
  expect(isGenuine(createSigner('t'.repeat(43), 'refresh-token'), session, token)).toBe(false)
})

test.each([
  '',
  'x',
  `${session._id}.1`,
  `${session._id}.01.${'a'.repeat(22)}`,
  `${session._id}.-1.${'a'.repeat(22)}`,
  'a'.repeat(100_000),
])('%.40j is no token', (text) => {
  expect(parseRefreshToken(text)).toBeNull()
})

const rotatedAt = new Date('2026-01-01T00:00:00Z')
const after = (ms: number) => new Date(rotatedAt.getTime() + ms)

test.each([
  [5, 0, 'exchange'],
  [5, 86_400_000, 'exchange'],
  [4, 0, 'repeat'],
  [4, 10_000, 'repeat'],
  [4, 10_001, 'reuse'],
  [3, 0, 'reuse'],
  [0, 0, 'reuse'],
  [6, 0, 'reuse'],
])('of generation 5, a token of generation %i after %i ms is good for: %s', (generation, ms, verdict) => {
  expect(judgeRefresh({ generation: 5, rotatedAt }, generation, after(ms))).toBe(verdict)
})
