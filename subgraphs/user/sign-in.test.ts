import { afterAll, beforeAll, expect, test } from 'vitest'
import { provePassword, signIn } from './domain/sign-in.ts'
import { type RunningUser, startUser } from './fixtures.ts'
import type { UserRow } from './model.ts'
import { createPasswords, type Passwords } from './passwords.ts'
import { createStore } from './store.ts'

let running: RunningUser
beforeAll(async () => {
  running = await startUser({ rateLimits: true })
})
afterAll(() => running.stack.disposeAsync())

const passwords = createPasswords(60_000)

/** How a try to sign in ends, and how many passwords were verified for it. */
async function tries(login: string, ip: string): Promise<[string, number]> {
  let verified = 0
  const deps = {
    store: createStore(running.platform.db('user')),
    limits: running.platform.limits,
    passwords: {
      ...passwords,
      admit: <T>(visit: (own: Passwords) => Promise<T>) =>
        passwords.admit((own) =>
          visit({
            ...own,
            verify(hash, given) {
              verified += 1
              return own.verify(hash, given)
            },
          }),
        ),
    },
    now: new Date(),
  }
  const opened = signIn(deps, { login, password: 'wrong password' }, { ip, userAgent: null })
  return [
    await opened.then(
      () => 'OPEN',
      (error: { code: string }) => error.code,
    ),
    verified,
  ]
}

test('A2: a failed sign-in verifies one password, whether there is such an account, it has one, or it may be tried', async () => {
  await running.signsUp('olga')
  const { id } = await running.signsUp('without')
  await running.platform
    .db('user')
    .collection<UserRow>('users')
    .updateOne({ _id: id }, { $set: { passwordHash: null } })
  for (const login of ['olga', 'nobody', 'without', 'nobody@example.org'])
    expect([login, ...(await tries(login, '192.0.2.1'))]).toEqual([login, 'INVALID', 1])
  for (let i = 0; i < 9; i++) await tries('olga', '192.0.2.2')
  // No try of the account is left, which her other login must not tell.
  expect(await tries('olga@example.org', '192.0.2.3')).toEqual(['INVALID', 1])
  // What anyone meets alike comes before the work.
  expect(await tries('olga', '192.0.2.3')).toEqual(['RATE_LIMITED', 0])
})

test('who is refused since too many wait has spent no try, and who only comes to be counted has his place', async () => {
  const { id } = await running.signsUp('patient')
  const { platform } = running
  // Everyone whose password may be worked on is there, and one who waits; nobody has asked for his turn yet.
  const crowded = createPasswords(0)
  const { promise: over, resolve: leave } = Promise.withResolvers<void>()
  const crowd = Array.from({ length: 8 }, () => crowded.admit(() => over).catch(() => 'refused'))
  const shared = { store: createStore(platform.db('user')), limits: platform.limits, now: new Date() }
  const tooMany = { code: 'SERVICE_UNAVAILABLE' }
  const origin = { ip: '192.0.2.9', userAgent: null }
  const wrong = { login: 'patient', password: 'wrong password' }
  for (let i = 0; i < 12; i++) {
    const deps = { ...shared, passwords: crowded }
    await expect(signIn(deps, wrong, origin)).rejects.toMatchObject(tooMany)
    await expect(provePassword(deps, id, wrong.password, 'password')).rejects.toMatchObject(tooMany)
  }
  leave()
  expect(await Promise.all(crowd)).toContain('refused')
  const deps = { ...shared, passwords }
  for (let i = 0; i < 10; i++) {
    await expect(signIn(deps, wrong, origin)).rejects.toMatchObject({ code: 'INVALID' })
  }
  // Each of those was counted.
  const proves = provePassword(deps, id, wrong.password, 'password')
  await expect(proves).rejects.toMatchObject({ code: 'RATE_LIMITED' })
})

test('A2: nobody’s password is wrong, whatever it is', async () => {
  const hash = await passwords.hash('a password')
  expect(await passwords.verify(hash, 'a password')).toBe(true)
  for (const given of ['', 'a password', hash]) expect(await passwords.verify(null, given)).toBe(false)
})
