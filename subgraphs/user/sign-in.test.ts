import { afterAll, beforeAll, expect, test } from 'vitest'
import { signIn } from './domain/sign-in.ts'
import { type RunningUser, startUser } from './fixtures.ts'
import type { UserRow } from './model.ts'
import { createPasswords } from './passwords.ts'
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
    verifyPassword(hash: string | null, given: string) {
      verified += 1
      return passwords.verify(hash, given)
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

test('A2: nobody’s password is wrong, whatever it is', async () => {
  const hash = await passwords.hash('a password')
  expect(await passwords.verify(hash, 'a password')).toBe(true)
  for (const given of ['', 'a password', hash]) expect(await passwords.verify(null, given)).toBe(false)
})
