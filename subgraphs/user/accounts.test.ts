import { afterAll, beforeAll, expect, test } from 'vitest'
import { createRequest } from '#platform/subgraph.ts'
import { createTokenVerifier } from '#platform/tokens.ts'
import { newId } from '#schema/ids.ts'
import { referredAccount } from './domain/accounts.ts'
import { password, type RunningUser, sessionFields, signUpInput, startUser } from './fixtures.ts'
import { createLoaders } from './loaders.ts'
import type { UserRow } from './model.ts'
import { createStore } from './store.ts'

let running: RunningUser
beforeAll(async () => {
  running = await startUser()
})
afterAll(() => running.stack.disposeAsync())

const refusals = (payload: { userErrors: { code: string; field: string[] }[] }) =>
  payload.userErrors.map(({ code, field }) => `${code} ${field.join('.')}`)

test('a sign-up opens an account and a session', async () => {
  const payload = await running
    .asker()
    .does('signUp', signUpInput('Alice', { displayName: ' Alice ' }), sessionFields)
  expect(payload.userErrors).toEqual([])
  expect(payload.viewer).toMatchObject({ username: 'alice', email: 'Alice@example.org' })
  expect(payload.session).toMatchObject({ current: true })

  const claims = await createTokenVerifier(running.platform.config).verify(payload.session.accessToken)
  expect(claims).toMatchObject({ userId: payload.viewer.id, sessionId: payload.session.id })

  const row = await running.platform.db('user').collection<UserRow>('users').findOne({ username: 'alice' })
  expect(row?.passwordHash).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
  expect(row?.displayName).toBe('Alice')

  const alice = running.asker({ userId: payload.viewer.id, sessionId: payload.session.id })
  const { data } = await alice.asks(
    '{ viewer { id settings { isPrivate } user { displayName avatar { url } } sessions { id device current accessToken } } }',
  )
  expect(data.viewer).toEqual({
    id: payload.viewer.id,
    settings: { isPrivate: false },
    user: { displayName: 'Alice', avatar: null },
    sessions: [{ id: payload.session.id, device: 'a test', current: true, accessToken: null }],
  })
})

test('what is out of bounds is refused with its field', async () => {
  const refused = async (change: Record<string, unknown>) =>
    refusals(await running.asker().does('signUp', signUpInput('zoe', change), 'session { id } viewer { id }'))
  expect(await refused({ username: 'no spaces' })).toEqual(['INVALID input.username'])
  expect(await refused({ username: 'admin' })).toEqual(['TAKEN input.username'])
  expect(await refused({ password: 'short' })).toEqual(['INVALID input.password'])
  expect(await refused({ password: 'x'.repeat(129) })).toEqual(['TOO_LONG input.password'])
  expect(await refused({ birthDate: '2024-01-01' })).toEqual(['INVALID input.birthDate'])
  expect(await refused({ displayName: 'x'.repeat(65) })).toEqual(['TOO_LONG input.displayName'])
  expect(await refused({ idempotencyKey: 'x'.repeat(129) })).toEqual(['INVALID input.idempotencyKey'])
})

test('C8: of a race for a name, in any case, one wins', async () => {
  const payloads = await Promise.all(
    Array.from({ length: 20 }, (_, i) =>
      running
        .asker()
        .does(
          'signUp',
          signUpInput(i % 2 ? 'racer' : 'RACER', { email: `racer${i}@example.org` }),
          'session { id }',
        ),
    ),
  )
  expect(payloads.filter((payload) => payload.session)).toHaveLength(1)
  expect(payloads.flatMap(refusals)).toEqual(Array(19).fill('TAKEN input.username'))
  const rows = await running.platform.db('user').collection('users').countDocuments({ username: 'racer' })
  expect(rows).toBe(1)
})

test('an e-mail address belongs to one account, in any case', async () => {
  await running.signsUp('first')
  const second = signUpInput('second', { email: 'FIRST@Example.org' })
  expect(refusals(await running.asker().does('signUp', second))).toEqual(['TAKEN input.email'])
})

test('a sign-up repeated under its key opens a new session of the same account, and needs the password', async () => {
  const input = signUpInput('again', { idempotencyKey: 'key' })
  const [first, ...repeated] = await Promise.all(
    Array.from({ length: 5 }, () => running.asker().does('signUp', input, sessionFields)),
  )
  const late = await running.asker().does('signUp', input, sessionFields)
  for (const payload of [...repeated, late]) {
    expect(payload.viewer).toEqual(first.viewer)
    expect(payload.session.id).not.toBe(first.session.id)
  }
  const other = await running.asker().does('signUp', { ...input, password: 'another password' })
  expect(refusals(other)).toEqual(['IDEMPOTENCY_MISMATCH input.idempotencyKey'])

  const kept = await running.platform.db('user').collection('idempotency').find().toArray()
  expect(JSON.stringify(kept)).not.toContain(password)
  expect(JSON.stringify(kept)).not.toContain(first.session.refreshToken)

  // The password was changed since: the old call no longer opens anything.
  await running.platform
    .db('user')
    .collection('users')
    .updateOne({ username: 'again' }, { $set: { passwordHash: await otherHash() } })
  expect(refusals(await running.asker().does('signUp', input))).toEqual(['INVALID '])
})

async function otherHash(): Promise<string> {
  await running.signsUp('hashed')
  const row = await running.platform.db('user').collection<UserRow>('users').findOne({ username: 'hashed' })
  const { hash } = await import('@node-rs/argon2')
  return row ? hash('changed') : ''
}

test('A2: a sign-in tells nothing about who exists', async () => {
  await running.signsUp('carol')
  const signsIn = (login: string, given: string) =>
    running.asker().does('signIn', { login, password: given }, sessionFields)
  const wrong = await signsIn('carol', 'wrong password')
  const absent = await signsIn('nobody-at-all', 'wrong password')
  expect(wrong).toEqual(absent)
  expect(refusals(wrong)).toEqual(['INVALID '])
  expect(await signsIn('x'.repeat(100_000), 'x'.repeat(100_000))).toEqual(absent)

  for (const login of ['carol', 'CAROL', ' carol ', 'Carol@EXAMPLE.org']) {
    expect((await signsIn(login, password)).viewer).toMatchObject({ username: 'carol' })
  }
})

test('an account is found by exactly one of id and username', async () => {
  const dora = await running.signsUp('dora')
  const found = async (args: string) => running.asker().asks(`{ user(${args}) { id username } }`)
  const expected = { user: { id: dora.id, username: 'dora' } }
  expect((await found(`id: "${dora.id}"`)).data).toEqual(expected)
  expect((await found('username: "DORA"')).data).toEqual(expected)
  for (const absent of [
    'username: "nobody"',
    'username: "$gt"',
    `id: "${newId('user')}"`,
    'id: "x"',
    'id: ""',
  ]) {
    expect(await found(absent)).toEqual({ data: { user: null }, codes: [] })
  }
  expect((await found(`id: "${dora.id}", username: "dora"`)).codes).toEqual(['BAD_USER_INPUT'])
  expect((await found('username: null')).codes).toEqual(['BAD_USER_INPUT'])
})

test('V1: a block hides both from each other; the blocker still resolves a reference that Graph made', async () => {
  const eve = await running.signsUp('eve')
  const finn = await running.signsUp('finn')
  await running.blocks(eve.id, finn.id)
  for (const [asker, other] of [
    [eve, finn],
    [finn, eve],
  ] as const) {
    const { data } = await asker.asks(`{ byId: user(id: "${other.id}") { id } }`)
    expect(data).toEqual({ byId: null })
  }
  const refersTo = async (asker: typeof eve, reference: object) =>
    (
      await asker.asks(
        'query ($refs: [_Any!]!) { _entities(representations: $refs) { ... on User { username } ... on Viewer { email } } }',
        { refs: [reference] },
      )
    ).data._entities
  expect(await refersTo(eve, { __typename: 'User', id: finn.id })).toEqual([{ username: 'finn' }])
  expect(await refersTo(eve, { __typename: 'User', id: finn.id, lookup: true })).toEqual([null])
  expect(await refersTo(finn, { __typename: 'User', id: eve.id })).toEqual([null])
  expect(await refersTo(finn, { __typename: 'Viewer', id: eve.id })).toEqual([null])
  expect(await refersTo(finn, { __typename: 'Viewer', id: finn.id })).toEqual([{ email: 'finn@example.org' }])
})

test('V19: who is suspended elsewhere is gone from the list of the blocked at once, however busy this process is', async () => {
  const una = await running.signsUp('una')
  const vic = await running.signsUp('vic')
  await running.blocks(una.id, vic.id)
  const { platform } = running
  const { accounts } = platform.facts
  const store = createStore(platform.db('user'))
  const listed = () => {
    const request = createRequest(platform, una.viewer, true)
    return referredAccount({ ...request, accounts, loaders: createLoaders(store, request) }, { id: vic.id })
  }
  for (const account of await Promise.all(Array.from({ length: 100 }, listed))) {
    expect(account).toMatchObject({ username: 'vic' })
  }
  await accounts.changing([vic.id], () =>
    platform
      .db('user')
      .collection<UserRow>('users')
      .updateOne({ _id: vic.id }, { $set: { status: 'SUSPENDED' }, $inc: { version: 1 } }),
  )
  expect(await listed()).toBeNull()
})

test('the settings change, and the facts with them', async () => {
  const gus = await running.signsUp('gus')
  const { accounts } = running.platform.facts
  expect((await accounts.get([gus.id])).get(gus.id)?.isPrivate).toBe(false)
  const fields = 'viewer { settings { isPrivate } user { isPrivate } }'
  const payload = await gus.does('updateSettings', { isPrivate: true }, fields)
  expect(payload.viewer).toEqual({ settings: { isPrivate: true }, user: { isPrivate: true } })
  expect((await accounts.get([gus.id])).get(gus.id)?.isPrivate).toBe(true)
  expect((await gus.does('updateSettings', {}, fields)).viewer.settings.isPrivate).toBe(true)
  expect(await running.asker().does('updateSettings', { isPrivate: true })).toEqual(['UNAUTHENTICATED'])
})
