import { afterAll, beforeAll, expect, test } from 'vitest'
import { eraseDueAccounts } from './domain/account-deletion.ts'
import { graceMs } from './domain/standing.ts'
import { password, type RunningUser, signUpInput, startUser } from './fixtures.ts'
import type { UserRow } from './model.ts'
import { createStore } from './store.ts'

let running: RunningUser
beforeAll(async () => {
  running = await startUser()
})
afterAll(() => running.stack.disposeAsync())

const erase = (now: Date) =>
  eraseDueAccounts({
    store: createStore(running.platform.db('user')),
    transact: running.platform.transact('user'),
    accounts: running.platform.facts.accounts,
    now,
  })
const users = () => running.platform.db('user').collection<UserRow>('users')
const erasures = (userId: string) =>
  running.platform
    .db('user')
    .collection('outbox')
    .countDocuments({ name: 'account.erased', 'payload.userId': userId })
const later = (ms: number) => new Date(Date.now() + ms)

test('an account is erased when its 30 days are over, once, whoever looks (A9)', async () => {
  const someone = await running.signsUp('leaver')
  expect((await someone.does('deleteAccount', { password })).userErrors).toEqual([])
  expect(await erase(later(graceMs - 60_000))).toBe(0)
  expect(await erasures(someone.id)).toBe(0)

  const due = later(graceMs + 60_000)
  const erased = await Promise.all(Array.from({ length: 8 }, () => erase(due)))
  expect(erased.reduce((sum, count) => sum + count, 0)).toBe(1)
  expect(await erase(due)).toBe(0)
  expect(await erasures(someone.id)).toBe(1)

  const row = await users().findOne({ _id: someone.id })
  expect(row).toMatchObject({ status: 'DELETED', displayName: null, passwordHash: null })
  expect(JSON.stringify(row)).not.toMatch(/leaver|1990|argon2/)
  expect((await running.platform.facts.accounts.get([someone.id])).get(someone.id)?.status).toBe('DELETED')
})

test('nobody signs in to a tombstone, by whatever name, and the name is free', async () => {
  const row = await users().findOne({ status: 'DELETED', deletionAt: new Date(0) })
  for (const login of ['leaver', 'leaver@example.org', row?.username]) {
    const { session } = await running.asker().does('signIn', { login, password }, 'session { id }')
    expect(session).toBeNull()
  }
  const { userErrors } = await running.asker().does('signUp', signUpInput('leaver'))
  expect(userErrors).toEqual([])
})

test('a deletion that is taken back in time never happens', async () => {
  const someone = await running.signsUp('stayer')
  await someone.does('deleteAccount', { password })
  const { session, viewer } = await running
    .asker()
    .does('signIn', { login: 'stayer', password }, 'session { id } viewer { id }')
  const back = running.asker({ userId: viewer.id, sessionId: session.id })
  expect((await back.does('cancelAccountDeletion', {})).userErrors).toEqual([])
  expect(await erase(later(2 * graceMs))).toBe(0)
  expect(await users().findOne({ _id: someone.id })).toMatchObject({ username: 'stayer', status: 'ACTIVE' })
})

test('a copy of one’s data is not for whoever finds a device unlocked', async () => {
  const someone = await running.signsUp('careful')
  const { userErrors } = await someone.does('requestDataExport', { password: 'a guess' })
  expect(userErrors).toMatchObject([{ code: 'INVALID' }])
})
