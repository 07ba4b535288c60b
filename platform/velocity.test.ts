// How fast accounts may act.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { testPlatform } from '../tests/platform.ts'
import type { Platform } from './service.ts'
import { countAct, trustOf } from './velocity.ts'

const day = 86_400_000
const now = Date.parse('2026-06-01T12:00:00Z')
let platform: Platform
let stack: AsyncDisposableStack

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform({ rateLimits: true }))
})
afterAll(() => stack.disposeAsync())

const account = (ageDays: number, emailVerified = true): Parameters<typeof countAct>[1] => ({
  ...{ id: newId('user'), createdAt: now - ageDays * day, emailVerified },
  ...{ lessTrustedUntil: null, leastTrustedUntil: null },
})

test('trust comes with age and a proven address', () => {
  expect(trustOf(account(0.5), now)).toBe('LOW')
  expect(trustOf(account(400, false), now)).toBe('LOW')
  expect(trustOf(account(2), now)).toBe('NORMAL')
  expect(trustOf(account(31), now)).toBe('HIGH')
})

/** How many of so many acts in a row are let through. */
const allowed = async (
  who: ReturnType<typeof account>,
  times: number,
  mutation = 'followUser',
): Promise<number> => {
  for (let done = 0; done < times; done++) {
    const refused = await countAct(platform.limits, who, mutation, now).catch((error: unknown) => error)
    if (refused === undefined) continue
    expect(refused).toMatchObject({ code: 'RATE_LIMITED', retryAfterMs: expect.any(Number) })
    return done
  }
  return times
}

test('what was decided against an account takes a level of trust from it, or all, as long as it counts', () => {
  const [old, grown] = [account(90), account(2)]
  const less = { lessTrustedUntil: now + day }
  const least = { ...less, leastTrustedUntil: now + 1 }
  expect(trustOf({ ...old, ...less }, now)).toBe('NORMAL')
  expect(trustOf({ ...grown, ...less }, now)).toBe('LOW')
  expect(trustOf({ ...old, ...least }, now)).toBe('LOW')
  expect(trustOf({ ...old, ...least }, now + 1)).toBe('NORMAL')
  expect(trustOf({ ...old, ...least }, now + day)).toBe('HIGH')
})

test('who is trusted less acts more slowly at once, what he did before included, and as before when that is over', async () => {
  const busy = account(90)
  expect(await allowed(busy, 100)).toBe(100)
  const less = { ...busy, lessTrustedUntil: now + day }
  expect(await allowed(less, 40)).toBe(20)
  expect(await allowed({ ...less, leastTrustedUntil: now + day }, 1)).toBe(0)
  expect(await allowed({ ...account(90), leastTrustedUntil: now + day }, 40)).toBe(30)
  expect(await allowed(busy, 40)).toBe(40)
})

test('a new account follows thirty people in an hour, an old one two hundred and forty, and each act is counted by itself', async () => {
  const young = account(0)
  expect(await allowed(young, 40)).toBe(30)
  expect(await allowed(account(90), 300)).toBe(240)
  // Another act, and one that tells nobody anything, are none of that.
  await countAct(platform.limits, young, 'likePost', now)
  for (let i = 0; i < 50; i++) await countAct(platform.limits, young, 'markNotificationsRead', now)
})

test.each([
  ['followUser', 30],
  ['followHashtag', 30],
  ['createComment', 30],
  ['sharePost', 30],
  ['likePost', 150],
  ['likeComment', 150],
])('a new account gets through with %s %i times in an hour', async (mutation, most) => {
  expect(await allowed(account(0), most + 5, mutation)).toBe(most)
})
