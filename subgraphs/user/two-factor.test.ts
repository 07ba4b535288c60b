import { generateSync } from 'otplib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Asker } from '../../tests/asker.ts'
import { codes, password, type RunningUser, signUpInput, startUser } from './fixtures.ts'
import type { TwoFactorRow } from './model.ts'

let running: RunningUser
let limited: RunningUser
beforeAll(async () => {
  running = await startUser()
  limited = await startUser({ rateLimits: true })
})
afterAll(async () => {
  await running.stack.disposeAsync()
  await limited.stack.disposeAsync()
})

const rows = (of = running) => of.platform.db('user').collection<TwoFactorRow>('twoFactors')
/** Code of the app, so many steps from now. */
const codeOf = (secret: string, steps = 0) =>
  generateSync({ secret, epoch: Math.floor(Date.now() / 1000) + steps * 30 })
const signsIn = (login: string, code?: string, of = running) =>
  of.asker({ ip: '192.0.2.9' }).does('signIn', { login, password, code }, 'session { id } twoFactorRequired')

/**
 * Turns the second factor on, with the present code. The next sign-in takes the next step's: it counts already, and still does
 * if the clock moves on meanwhile.
 */
async function turnsOn(who: Asker): Promise<{ secret: string; code: string; recoveryCodes: string[] }> {
  const { otpauthUri } = await who.does('startTwoFactor', {}, 'otpauthUri')
  const secret = new URL(otpauthUri).searchParams.get('secret') ?? ''
  const code = codeOf(secret)
  const { recoveryCodes, userErrors } = await who.does('confirmTwoFactor', { code }, 'recoveryCodes')
  expect(userErrors).toEqual([])
  return { secret, code, recoveryCodes }
}

test('a secret that is not confirmed asks for nothing; confirmed, it does until it is off', async () => {
  const rosa = await running.signsUp('rosa')
  const { otpauthUri } = await rosa.does('startTwoFactor', {}, 'otpauthUri')
  expect(otpauthUri).toMatch(/^otpauth:\/\/totp\/Heliograph:rosa\?/)
  expect((await signsIn('rosa')).session).not.toBeNull()
  for (const code of ['', '000000', 'x'.repeat(10_000)]) {
    expect(codes(await rosa.does('confirmTwoFactor', { code }))).toEqual(['INVALID'])
  }
  const { secret } = await turnsOn(rosa)
  expect(await signsIn('rosa')).toEqual({ session: null, twoFactorRequired: true, userErrors: [] })
  expect(codes(await rosa.does('startTwoFactor', {}))).toEqual(['CONFLICT'])
  const signed = await signsIn('rosa', codeOf(secret, 1))
  expect(signed).toEqual({ session: { id: expect.any(String) }, twoFactorRequired: false, userErrors: [] })

  expect(codes(await rosa.does('disableTwoFactor', { password: 'wrong password' }))).toEqual(['INVALID'])
  expect(codes(await rosa.does('disableTwoFactor', { password }))).toEqual([])
  expect(codes(await rosa.does('disableTwoFactor', { password }))).toEqual(['CONFLICT'])
  expect((await signsIn('rosa')).session).not.toBeNull()
})

test('a wrong password says nothing about a second factor', async () => {
  await turnsOn(await running.signsUp('saul'))
  const answer = await running
    .asker()
    .does('signIn', { login: 'saul', password: 'wrong password' }, 'session { id } twoFactorRequired')
  expect(answer).toMatchObject({ session: null, twoFactorRequired: false, userErrors: [{ code: 'INVALID' }] })
})

test('A7: a code counts once, also for twenty at the same moment, and none of before it counts', async () => {
  const tara = await running.signsUp('tara')
  const { secret, code } = await turnsOn(tara)
  expect(codes(await signsIn('tara', code))).toEqual(['INVALID'])
  const next = codeOf(secret, 1)
  const answers = await Promise.all(Array.from({ length: 20 }, () => signsIn('tara', next)))
  expect(answers.filter(({ session }) => session)).toHaveLength(1)
  expect(codes(await signsIn('tara', codeOf(secret)))).toEqual(['INVALID'])
  for (const wrong of [codeOf(secret, 5), codeOf(secret, -5), '', '12345', '1234567']) {
    expect((await signsIn('tara', wrong)).session).toBeNull()
  }
})

test('a recovery code is good once, in place of the app', async () => {
  const { recoveryCodes } = await turnsOn(await running.signsUp('ulla'))
  expect(new Set(recoveryCodes).size).toBe(10)
  const [first = '', second = ''] = recoveryCodes
  const answers = await Promise.all(Array.from({ length: 5 }, () => signsIn('ulla', first.toUpperCase())))
  expect(answers.filter(({ session }) => session)).toHaveLength(1)
  expect((await signsIn('ulla', second)).session).not.toBeNull()
})

test('nothing stored makes a code', async () => {
  const vera = await running.signsUp('vera')
  const { secret, recoveryCodes } = await turnsOn(vera)
  const stored = JSON.stringify([
    await rows().findOne({ _id: vera.id }),
    await running.platform.db('user').collection('idempotency').find().toArray(),
  ])
  expect(stored).not.toContain(secret)
  for (const code of recoveryCodes) expect(stored).not.toContain(code)
})

test('a repeated sign-up is no way around the second factor', async () => {
  const input = { ...signUpInput('wim'), idempotencyKey: 'sign-up-of-wim' }
  const { session, viewer } = await running.asker().does('signUp', input, 'session { id } viewer { id }')
  await turnsOn(running.asker({ userId: viewer.id, sessionId: session.id }))
  expect(codes(await running.asker().does('signUp', input))).toEqual(['INVALID'])
})

test('A7: of many guesses five are evaluated in a quarter of an hour', async () => {
  const { session, viewer } = await limited
    .asker()
    .does('signUp', signUpInput('xena'), 'session { id } viewer { id }')
  const xena = limited.asker({ userId: viewer.id, sessionId: session.id })
  await xena.does('startTwoFactor', {}, 'otpauthUri')
  const guesses = await Promise.all(
    Array.from({ length: 1_000 }, (_, i) => xena.does('confirmTwoFactor', { code: String(100_000 + i) })),
  )
  expect(guesses.filter(Array.isArray)).toEqual(Array(995).fill(['RATE_LIMITED']))
  expect((await rows(limited).findOne({ _id: viewer.id }))?.confirmedAt).toBeNull()

  // At the door likewise, under whatever login and from wherever; wrong passwords aside.
  await rows(limited).updateOne({ _id: viewer.id }, { $set: { confirmedAt: new Date() } })
  expect(await signsIn('xena', '000000', limited)).toEqual(['RATE_LIMITED'])
  expect(await signsIn('XENA', '000001', limited)).toEqual(['RATE_LIMITED'])
})
