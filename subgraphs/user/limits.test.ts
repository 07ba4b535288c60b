import { afterAll, beforeAll, expect, test } from 'vitest'
import { password, type RunningUser, signUpInput, startUser } from './fixtures.ts'

let running: RunningUser
beforeAll(async () => {
  running = await startUser({ rateLimits: true })
})
afterAll(() => running.stack.disposeAsync())

test('A1: an account is tried ten times in a quarter of an hour, under whatever login and from wherever', async () => {
  await running.asker({ ip: '192.0.2.1' }).does('signUp', signUpInput('olga'))
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => {
      const login = ['olga', 'OLGA', 'olga@example.org', ' Olga@Example.org '][i % 4] as string
      return running.asker({ ip: `198.51.100.${i}` }).does('signIn', { login, password: 'wrong password' })
    }),
  )
  const evaluated = answers.filter((answer) => !Array.isArray(answer))
  expect(evaluated).toHaveLength(10)
  expect(answers.filter(Array.isArray)).toEqual(Array(20).fill(['RATE_LIMITED']))
  // The right password does not help either.
  const right = await running.asker({ ip: '203.0.113.9' }).does('signIn', { login: 'olga', password })
  expect(right).toEqual(['RATE_LIMITED'])
})

test('a network address tries fifty sign-ins in a quarter of an hour, and fifty sign-ups in an hour', async () => {
  const asker = running.asker({ ip: '192.0.2.77' })
  const signIns = await Promise.all(
    Array.from({ length: 60 }, (_, i) => asker.does('signIn', { login: `nobody${i}`, password })),
  )
  expect(signIns.filter(Array.isArray)).toHaveLength(10)
  const signUps = await Promise.all(
    Array.from({ length: 55 }, () => asker.does('signUp', signUpInput('x', { password: 'short' }))),
  )
  expect(signUps.filter(Array.isArray)).toHaveLength(5)
})
