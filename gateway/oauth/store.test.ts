import { afterAll, beforeAll, expect, test } from 'vitest'
import type { AccountRow } from '#platform/accounts.ts'
import { type AppRow, type Approval, createApps } from '#platform/apps.ts'
import type { Platform } from '#platform/service.ts'
import { newId } from '#schema/ids.ts'
import { testPlatform } from '../../tests/platform.ts'
import { accountRow } from '../../tests/rows.ts'
import { createOauthStore } from './store.ts'

let platform: Platform
let stack: AsyncDisposableStack
beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
})
afterAll(() => stack.disposeAsync())

interface Row {
  _id: string
  userId: string
  appId: string | null
  endedAt: Date | null
}
const sessions = () => platform.db('user').collection<Row>('sessions')
const users = () => platform.db('user').collection<AccountRow>('users')

/** Someone signed in, who has said yes to an app. */
async function approving() {
  const userId = newId('user')
  const sessionId = newId('session')
  await users().insertOne(accountRow({ _id: userId }))
  await sessions().insertOne({ _id: sessionId, userId, appId: null, endedAt: null })
  const approval = { sessionId, userId, scopes: ['public'] } as unknown as Approval
  const store = createOauthStore(
    platform,
    createApps(platform.mongo, platform.config.namespace),
    platform.signer('app-secret'),
  )
  const authorize = () => store.insertAuthorization(approval, { _id: newId('app') } as AppRow, null)
  /** As a suspension does it. */
  const suspend = () =>
    platform.transact('user')(async ({ session }) => {
      await users().updateOne({ _id: userId }, { $set: { status: 'SUSPENDED' } }, { session })
      const open = await sessions().find({ userId, endedAt: null }, { session }).toArray()
      const ids = open.map((row) => row._id)
      await sessions().updateMany({ _id: { $in: ids } }, { $set: { endedAt: new Date() } }, { session })
    })
  return { userId, sessionId, authorize, suspend }
}

test('an app is authorised for an account in use, and for no other', async () => {
  const { userId, authorize } = await approving()
  expect(await authorize()).toMatch(/^session_/)
  // Its session is open still, as it would be for a moment.
  await users().updateOne({ _id: userId }, { $set: { status: 'SUSPENDED' } })
  expect(await authorize()).toBeNull()
})

test('an authorisation never outlives a suspension of the same moment (T4)', async () => {
  for (let round = 0; round < 25; round += 1) {
    const { userId, authorize, suspend } = await approving()
    await Promise.all(round % 2 === 0 ? [authorize(), suspend()] : [suspend(), authorize()])
    expect(await sessions().countDocuments({ userId, endedAt: null })).toBe(0)
  }
})
