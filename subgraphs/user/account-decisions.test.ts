import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimEvents } from '#platform/bus.ts'
import type { DomainEvent } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import { applyAccountDecision, applyTrust } from './domain/standing.ts'
import { type RunningUser, sessionFields, signUpInput, startUser } from './fixtures.ts'
import { createStore } from './store.ts'

let running: RunningUser
beforeAll(async () => {
  running = await startUser()
})
afterAll(() => running.stack.disposeAsync())

test('what a review decides about an account happens once for each event, and is taken back (V19, V23, C10)', async () => {
  const { platform } = running
  const { viewer } = await running.asker().does('signUp', signUpInput('decided'), sessionFields)
  const userId: string = viewer.id
  const decided = (change: 'SUSPENDED' | 'SHADOW_BANNED', on: boolean): DomainEvent<'account.decided'> => ({
    ...{ id: newId('event'), name: 'account.decided', at: new Date() },
    payload: { userId, moderatorId: newId('user'), change, on },
  })
  const follows = (event: DomainEvent<'account.decided'>) =>
    applyAccountDecision(
      {
        store: createStore(platform.db('user')),
        transact: platform.transact('user'),
        accounts: platform.facts.accounts,
        now: new Date(),
        claim: async (tx) =>
          (await claimEvents(tx, platform.db('user'), 'user.moderation', [event])).length > 0,
      },
      event.payload,
    )
  const facts = async () => (await platform.facts.accounts.get([userId])).get(userId)
  const ban = decided('SHADOW_BANNED', true)
  await follows(ban)
  expect(await facts()).toMatchObject({ shadowBanned: true, status: 'ACTIVE' })
  await follows(decided('SHADOW_BANNED', false))
  await follows(ban)
  expect(await facts()).toMatchObject({ shadowBanned: false })
  const suspension = decided('SUSPENDED', true)
  await follows(suspension)
  expect(await facts()).toMatchObject({ status: 'SUSPENDED' })
  await follows(decided('SUSPENDED', false))
  await follows(suspension)
  expect(await facts()).toMatchObject({ status: 'ACTIVE' })
})

test('an account is trusted as what was decided last says, however often and in whatever order that is told (C10)', async () => {
  const { platform } = running
  const { viewer } = await running.asker().does('signUp', signUpInput('weighed'), sessionFields)
  const userId: string = viewer.id
  const { accounts } = platform.facts
  const deps = {
    store: createStore(platform.db('user')),
    transact: platform.transact('user'),
    accounts,
  }
  const [early, late] = [Date.now() + 3_600_000, Date.now() + 7_200_000]
  const tells = (sequence: number, lessTrustedUntil: number | null, leastTrustedUntil: number | null) =>
    applyTrust(deps, { userId, sequence, lessTrustedUntil, leastTrustedUntil })
  const facts = async () => (await accounts.get([userId])).get(userId)
  await tells(7, early, null)
  expect(await facts()).toMatchObject({ lessTrustedUntil: early, leastTrustedUntil: null })
  await tells(9, late, early)
  await tells(7, early, null)
  await tells(8, null, null)
  expect(await facts()).toMatchObject({ lessTrustedUntil: late, leastTrustedUntil: early })
  const rows = platform.db('user').collection<{ _id: string; version: number; weighedAs: number }>('users')
  const before = await rows.findOne({ _id: userId })
  await tells(9, late, early)
  expect(await rows.findOne({ _id: userId })).toEqual(before)
  // What changes nothing is no news, and still not overtaken by what was decided before it.
  const changes = () =>
    platform
      .db('user')
      .collection('outbox')
      .countDocuments({ name: 'account.changed', 'payload.userId': userId })
  const told = await changes()
  await tells(11, late, early)
  await tells(10, null, null)
  expect(await rows.findOne({ _id: userId })).toEqual({ ...before, weighedAs: 11 })
  expect(await changes()).toBe(told)
  await tells(12, null, null)
  expect(await changes()).toBe(told + 1)
  expect(await facts()).toMatchObject({ lessTrustedUntil: null, leastTrustedUntil: null })
})
