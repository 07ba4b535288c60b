// How fast accounts may act.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { testPlatform } from '../tests/platform.ts'
import type { Platform } from './service.ts'
import { countAct, slowDown, trustOf } from './velocity.ts'

const day = 86_400_000
const now = Date.parse('2026-06-01T12:00:00Z')
let platform: Platform
let stack: AsyncDisposableStack

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform({ rateLimits: true }))
})
afterAll(() => stack.disposeAsync())

const account = (ageDays: number, emailVerified = true) => ({
  ...{ id: newId('user'), createdAt: now - ageDays * day, emailVerified },
})

test('trust comes with age and a proven address', () => {
  expect(trustOf(account(0.5), now)).toBe('LOW')
  expect(trustOf(account(400, false), now)).toBe('LOW')
  expect(trustOf(account(2), now)).toBe('NORMAL')
  expect(trustOf(account(31), now)).toBe('HIGH')
})

/** How many of so many follows in a row are let through. */
const allowed = async (who: ReturnType<typeof account>, times: number): Promise<number> => {
  for (let done = 0; done < times; done++) {
    const refused = await countAct(platform.limits, who, 'followUser', now).catch((error: unknown) => error)
    if (refused === undefined) continue
    expect(refused).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) })
    return done
  }
  return times
}

test('an account that is slowed down acts like a new one for an hour, what it did before included', async () => {
  const [old, busy, young] = [account(90), account(90), account(0)]
  expect(await allowed(busy, 20)).toBe(20)
  for (const who of [old, busy, young]) await slowDown(platform.limits, who, now)
  expect(await allowed(old, 40)).toBe(30)
  expect(await allowed(busy, 40)).toBe(10)
  expect(await allowed(young, 40)).toBe(30)
})

test('a new account follows thirty people in an hour, an old one two hundred and forty, and each act is counted by itself', async () => {
  const young = account(0)
  expect(await allowed(young, 40)).toBe(30)
  expect(await allowed(account(90), 300)).toBe(240)
  // Another act, and one that tells nobody anything, are none of that.
  await countAct(platform.limits, young, 'likePost', now)
  for (let i = 0; i < 50; i++) await countAct(platform.limits, young, 'markNotificationsRead', now)
})
