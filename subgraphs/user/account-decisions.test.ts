import { afterAll, beforeAll, expect, test } from 'vitest'
import { claimEvents } from '#platform/bus.ts'
import type { DomainEvent } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import { applyAccountDecision } from './domain/standing.ts'
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
