import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { size } from '../../tests/size.ts'
import { password, type RunningUser, sessionFields, signUpInput, startUser } from './fixtures.ts'
import type { UserRow } from './model.ts'

let running: RunningUser
beforeAll(async () => {
  running = await startUser({ rateLimits: true })
})
afterAll(() => running.stack.disposeAsync())

const signsUp = (username: string, ip: string) =>
  running.asker({ ip }).does('signUp', signUpInput(username), sessionFields)
/** A sign-in from an address that nobody else asks from. */
let asked = 0
const signsIn = (login: string, given: string) => {
  asked += 1
  return running
    .asker({ ip: `198.51.${100 + (asked >> 8)}.${asked & 255}` })
    .does('signIn', { login, password: given }, 'session { id }')
}
const outcome = (answer: { session?: unknown; userErrors: { code: string }[] } | string[]) =>
  Array.isArray(answer) ? answer[0] : (answer.userErrors[0]?.code ?? 'OPEN')

test('A1: an account is tried ten times in a quarter of an hour, under whatever login and from wherever', async () => {
  const { viewer } = await signsUp('olga', '192.0.2.1')
  const logins = ['olga', 'OLGA', 'olga@example.org', ' Olga@Example.org ']
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, i) => signsIn(logins[i % 4] as string, 'wrong password')),
  )
  // What was typed is tried ten times, as it would be for nobody: two logins, ten each.
  expect(answers.map(outcome).toSorted()).toEqual([
    ...Array(20).fill('INVALID'),
    ...Array(10).fill('RATE_LIMITED'),
  ])
  // All tries are used up, a right one of the account's own session included.
  const olga = running.asker({ userId: viewer.id, sessionId: 'session_01j00000000000000000000000' })
  expect(
    await olga.does('changePassword', { currentPassword: password, newPassword: 'another one' }),
  ).toEqual(['RATE_LIMITED'])
})

test('A1: after ten wrong tries by one login the right password opens nothing by the other', async () => {
  await signsUp('nils', '192.0.2.2')
  const wrong = await Promise.all(Array.from({ length: 9 }, () => signsIn('nils', 'wrong password')))
  expect(wrong.map(outcome)).toEqual(Array(9).fill('INVALID'))
  expect(outcome(await signsIn('nils@example.org', password))).toBe('OPEN')
  expect(outcome(await signsIn('nils@example.org', password))).toBe('INVALID')
})

test('A1: of thousands of guesses ten are looked at, whatever the login’s spelling and the address they come from', async () => {
  await signsUp('vera', '192.0.2.8')
  const spelt = ['vera', 'VERA', ' vera ', 'vera@example.org', 'Vera@Example.ORG']
  const guess = (i: number, given: string) => signsIn(spelt[i % spelt.length] as string, given)
  const wrong = await Promise.all(Array.from({ length: 10 }, (_, i) => guess(i, 'wrong password')))
  expect(new Set(wrong.map(outcome))).toEqual(new Set(['INVALID']))
  // From here on every guess is right, and none of them opens anything.
  const outcomes = new Map<string | undefined, number>()
  const count = size(10_000, 200)
  for (let from = 0; from < count; from += 50) {
    const some = await Promise.all(Array.from({ length: 50 }, (_, i) => guess(from + i, password)))
    for (const one of some.map(outcome)) outcomes.set(one, (outcomes.get(one) ?? 0) + 1)
  }
  expect([...outcomes.keys()].toSorted()).toEqual(['INVALID', 'RATE_LIMITED'])
  // Ten a login say that the pair is wrong, as they would of nobody.
  expect(outcomes.get('INVALID')).toBe(10)
})

test('A1: a repeated sign-up is a try like any other', async () => {
  const input = signUpInput('maia', { idempotencyKey: 'the same' })
  const repeats = () => running.asker({ ip: '192.0.2.3' }).does('signUp', input, 'session { id }')
  expect(outcome(await repeats())).toBe('OPEN')
  const wrong = await Promise.all(Array.from({ length: 10 }, () => signsIn('maia', 'wrong password')))
  expect(wrong.map(outcome)).toEqual(Array(10).fill('INVALID'))
  expect(outcome(await repeats())).toBe('INVALID')
})

test('A2: limits answer alike for who exists and for nobody, and do not say whose address belongs to which name', async () => {
  await signsUp('lena', '192.0.2.4')
  const walk = async (name: string, address: string) => {
    const answers = []
    for (let i = 0; i < 12; i++) answers.push(outcome(await signsIn(name, 'wrong password')))
    for (let i = 0; i < 12; i++) answers.push(outcome(await signsIn(address, 'wrong password')))
    return answers
  }
  const existing = await walk('lena', 'lena@example.org')
  expect(existing).toEqual(await walk('nobody.here', 'somebody@example.net'))
  expect(existing.filter((answer) => answer === 'RATE_LIMITED')).toHaveLength(4)
})

test('A2: whoever asks about many people learns of none of them who is here', async () => {
  const count = size(200, 5)
  const names = Array.from({ length: count }, (_, i) => `here${i}`)
  const users = running.platform.db('user').collection<UserRow>('users')
  const like = (await users.findOne({ username: 'lena' })) as UserRow
  await users.insertMany(
    names.map((username) => {
      const email = `${username}@example.org`
      return { ...like, _id: newId('user'), username, usernameSkeleton: username, email, emailFolded: email }
    }),
  )
  const asks = async (login: string) => {
    asked += 1
    const asker = running.asker({ ip: `203.0.${asked >> 8}.${asked & 255}` })
    return JSON.stringify([
      await asker.does('signIn', { login, password: 'wrong password' }, 'session { id } twoFactorRequired'),
      await asker.does('requestPasswordReset', { login }),
    ])
  }
  const answers = new Set<string>()
  for (const name of names)
    for (const login of [name, `${name}@example.org`, `not${name}`, `not${name}@example.org`])
      answers.add(await asks(login))
  expect(answers.size).toBe(1)
}, 600_000)

test('A2: requests for a new password answer alike too, and an account gets five mails an hour under whatever login', async () => {
  await signsUp('kira', '192.0.2.5')
  const walk = async (name: string, address: string, ip: string) => {
    const answers = []
    for (const login of [...Array(6).fill(name), ...Array(6).fill(address)]) {
      answers.push(outcome(await running.asker({ ip }).does('requestPasswordReset', { login })))
    }
    return answers
  }
  const existing = await walk('kira', 'kira@example.org', '192.0.2.6')
  expect(existing).toEqual(await walk('nobody.else', 'other@example.net', '192.0.2.7'))
  expect(existing.filter((answer) => answer === 'RATE_LIMITED')).toHaveLength(2)
  const proofs = running.platform.db('user').collection('proofs')
  const { _id } = (await running.platform.db('user').collection('users').findOne({ username: 'kira' })) ?? {}
  expect(await proofs.countDocuments({ kind: 'RESET_PASSWORD', userId: String(_id) })).toBe(5)
})

test('A1: a network address tries fifty sign-ins in a quarter of an hour, and fifty sign-ups in an hour', async () => {
  const asker = (i: number) =>
    running.asker({ ip: `2001:db8:1:2::${i.toString(16)}`, userAgent: `client ${i % 6}` })
  const signIns = await Promise.all(
    Array.from({ length: 60 }, (_, i) => asker(i).does('signIn', { login: `nobody${i}`, password })),
  )
  expect(signIns.filter(Array.isArray)).toHaveLength(10)
  const signUps = await Promise.all(
    Array.from({ length: 55 }, (_, i) => asker(i).does('signUp', signUpInput('x', { password: 'short' }))),
  )
  expect(signUps.filter(Array.isArray)).toHaveLength(5)
})

test('A1: a device tries thirty sign-ins in a quarter of an hour, and under other names no more than its address has', async () => {
  const tries = (count: number, userAgent: (i: number) => string, ip = '192.0.2.20') =>
    Promise.all(
      Array.from({ length: count }, (_, i) =>
        running.asker({ ip, userAgent: userAgent(i) }).does('signIn', { login: `none.${i}`, password }),
      ),
    )
  const refused = (answers: unknown[]) => answers.filter(Array.isArray)
  expect(refused(await tries(40, () => 'a browser'))).toEqual(Array(10).fill(['RATE_LIMITED']))
  // The same browser elsewhere is another device.
  expect(refused(await tries(1, () => 'a browser', '192.0.2.21'))).toEqual([])
  // Twenty of the address are left, for its neighbours and for whoever changes the header with every try.
  expect(refused(await tries(40, (i) => `another browser ${i}`))).toEqual(Array(20).fill(['RATE_LIMITED']))
})

test('A1: neither a new session nor a new token buys an account another try', async () => {
  const { session, viewer } = await signsUp('tove', '192.0.2.22')
  const guesses = async (sessionId: string) =>
    outcome(
      await running
        .asker({ userId: viewer.id, sessionId, userAgent: `in ${sessionId}` })
        .does('changePassword', { currentPassword: 'wrong password', newPassword: 'another one' }),
    )
  for (let i = 0; i < 8; i++) expect(await guesses(session.id)).toBe('INVALID')
  const anew = await running
    .asker({ ip: '192.0.2.23', userAgent: 'another device' })
    .does('signIn', { login: 'tove', password }, sessionFields)
  const { refreshToken } = session
  const refreshed = await running
    .asker()
    .does('refreshSession', { refreshToken }, 'session { id refreshToken }')
  expect([anew, refreshed].map(outcome)).toEqual(['OPEN', 'OPEN'])
  expect(anew.session.id).not.toBe(session.id)
  expect(refreshed.session.refreshToken).not.toBe(refreshToken)
  // Eight guesses and the sign-in were nine tries; one is left, in whichever session.
  expect(await guesses(anew.session.id)).toBe('INVALID')
  for (const id of [anew.session.id, refreshed.session.id]) expect(await guesses(id)).toBe('RATE_LIMITED')
  expect(outcome(await signsIn('tove', password))).toBe('INVALID')
})

test('X3: without Redis nobody signs in, asks for a new password or signs up', async () => {
  const away = await startUser({ rateLimits: true })
  try {
    away.platform.cache.disconnect()
    const asker = away.asker()
    expect(await asker.does('signIn', { login: 'olga', password })).toEqual(['SERVICE_UNAVAILABLE'])
    expect(await asker.does('requestPasswordReset', { login: 'olga' })).toEqual(['SERVICE_UNAVAILABLE'])
    expect(await asker.does('signUp', signUpInput('olga'))).toEqual(['SERVICE_UNAVAILABLE'])
  } finally {
    await away.platform.cache.connect()
    await away.stack.disposeAsync()
  }
})
