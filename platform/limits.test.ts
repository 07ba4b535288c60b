import { afterAll, beforeAll, expect, test } from 'vitest'
import { testPlatform } from '../tests/platform.ts'
import { createLimits, type Limits, networkOf } from './limits.ts'
import type { Platform } from './service.ts'

let platform: Platform
let stack: AsyncDisposableStack
let limits: Limits
beforeAll(async () => {
  ;({ platform, stack } = await testPlatform({ rateLimits: true }))
  limits = platform.limits
})
afterAll(() => stack.disposeAsync())

const limit = { name: 'test', max: 3, windowMs: 60_000, withoutRedis: 'closed' } as const
const keyOf = (key: string) => `${platform.config.namespace}:window:test:${key}`
/** Makes all counted uses of a key lie so much longer ago. */
const ages = async (key: string, ms: number) => {
  const times = await platform.cache.lrange(keyOf(key), 0, -1)
  await platform.cache.del(keyOf(key))
  await platform.cache.rpush(keyOf(key), ...times.map((time) => String(Number(time) - ms)))
}
const uses = async (key: string, count: number) => {
  let allowed = 0
  for (let i = 0; i < count; i++) if (await limits.allows(limit, key)) allowed++
  return allowed
}

test('A1: no stretch of a window’s length holds more than the limit, wherever it begins', async () => {
  expect(await uses('a', 2)).toBe(2)
  // Late in the first window a third one, and then a window later than the first two: a fixed window would begin anew.
  await ages('a', 59_000)
  expect(await uses('a', 5)).toBe(1)
  await ages('a', 1_500)
  expect(await uses('a', 5)).toBe(2)
  await ages('a', 58_000)
  expect(await uses('a', 5)).toBe(0)
  await ages('a', 600)
  expect(await uses('a', 5)).toBe(1)
})

test('A1: of a hundred at once as many pass as may, each key for itself; refusals say how long to wait', async () => {
  const answers = await Promise.all(Array.from({ length: 100 }, () => limits.allows(limit, 'b')))
  expect(answers.filter(Boolean)).toHaveLength(3)
  expect(await uses('c', 1)).toBe(1)
  const refusal = await limits.use(limit, 'b').catch((error) => error)
  expect(refusal).toMatchObject({ code: 'RATE_LIMITED' })
  expect(refusal.retryAfterMs).toBeGreaterThan(0)
  expect(refusal.retryAfterMs).toBeLessThanOrEqual(60_000)
})

test('A1: a use that is given back may be made again, once, and by its key alone', async () => {
  expect([await uses('e', 3), await uses('f', 3)]).toEqual([3, 3])
  await limits.giveBack(limit, 'e')
  expect([await uses('e', 2), await uses('f', 1)]).toEqual([1, 0])
})

test('X3: without Redis a limit that is closed refuses, and an open one lets through', async () => {
  const cache = platform.cache.duplicate()
  cache.disconnect()
  const blind = createLimits(cache, platform.config.namespace, true)
  await expect(blind.use(limit, 'd')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
  await expect(blind.allows(limit, 'd')).rejects.toMatchObject({ code: 'SERVICE_UNAVAILABLE' })
  await blind.use({ ...limit, withoutRedis: 'open' }, 'd')
  await blind.giveBack(limit, 'd')
})

test.each([
  ['192.0.2.7', '192.0.2.7'],
  ['::ffff:192.0.2.7', '192.0.2.7'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:db8:1:2::', '2001:db8:1:2::/64'],
  ['::1', '::/64'],
  ['', ''],
])('A1: %s counts as %s', (ip, network) => {
  expect(networkOf(ip)).toBe(network)
})
