import { randomBytes } from 'node:crypto'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signedOut, type Viewer } from '#platform/viewer.ts'
import { type CostBucketOptions, type CostBuckets, createCostBuckets } from './cost-bucket.ts'
import { OperationError } from './executor/errors.ts'

const redis = new Redis(process.env.REDIS_URL as string)
const namespace = `t${randomBytes(5).toString('hex')}`
const opened: CostBuckets[] = []

afterAll(async () => {
  await Promise.all(opened.map((buckets) => buckets.close()))
  const keys = await redis.keys(`${namespace}:*`)
  if (keys.length > 0) await redis.del(keys)
  redis.disconnect()
})

/** What one gateway process would make. */
function createProcess(options: Partial<CostBucketOptions> = {}): CostBuckets {
  const buckets = createCostBuckets({ redis, namespace, enforced: true, limit: 1_000, ...options })
  opened.push(buckets)
  return buckets
}

let people = 0
const someone = (): Viewer => ({
  userId: `user_${people++}`,
  sessionId: null,
  appId: null,
  scopes: null,
  ip: '',
  userAgent: null,
})
const from = (ip: string) => signedOut(ip)

async function refusal(work: () => unknown): Promise<OperationError> {
  try {
    await work()
  } catch (error) {
    if (error instanceof OperationError) return error
    throw error
  }
  throw new Error('nothing was refused')
}

beforeAll(() => redis.ping())

test('all processes share a bucket, and it never overflows', async () => {
  const [a, b] = [createProcess(), createProcess()]
  const viewer = someone()
  let taken = 0
  await Promise.all(
    Array.from({ length: 300 }, async (_, i) => {
      try {
        await (i % 2 ? a : b).take(viewer, 7)
        taken += 7
      } catch (error) {
        expect(error).toBeInstanceOf(OperationError)
      }
    }),
  )
  expect(taken).toBeGreaterThan(990)
  // It leaks while the test runs.
  expect(taken).toBeLessThan(1_010)
})

test('a refusal says when to come back, takes nothing, and is no other viewer’s', async () => {
  const buckets = createProcess()
  const viewer = someone()
  await buckets.take(viewer, 900)
  const { code, errors, retryAfterMs } = await refusal(() => buckets.take(viewer, 200))
  expect(code).toBe('RATE_LIMITED')
  // A hundred points too many come back in a tenth of an hour.
  expect(retryAfterMs).toBeGreaterThan(350_000)
  expect(retryAfterMs).toBeLessThanOrEqual(360_000)
  expect(errors[0]?.extensions).toEqual({ code: 'RATE_LIMITED', retryAfterMs })
  await buckets.take(viewer, 100)
  await refusal(() => buckets.check(viewer))
  await buckets.take(someone(), 1_000)
})

test('far from the limit nothing waits for Redis, and the others learn of it all the same', async () => {
  const [a, b] = [createProcess({ limit: 50_000 }), createProcess({ limit: 50_000 })]
  const viewer = someone()
  for (let i = 0; i < 20; i++) expect(a.take(viewer, 5)).toBeUndefined()
  await a.close()
  const { limit, used, remaining, resetAt } = await b.budget(viewer)
  expect([limit, remaining]).toEqual([50_000, 50_000 - used])
  expect(used).toBeGreaterThan(90)
  expect(used).toBeLessThanOrEqual(100)
  expect(resetAt.getTime() - Date.now()).toBeGreaterThan(6_000)
})

test('where nothing is refused, it is counted', async () => {
  const buckets = createProcess({ enforced: false })
  const viewer = someone()
  for (let i = 0; i < 3; i++) await buckets.take(viewer, 900)
  buckets.check(viewer)
  expect(await buckets.budget(viewer)).toMatchObject({ used: 2_700, remaining: 0 })
})

test('X3: while Redis is away each process limits what it sees, and tells Redis afterwards', async () => {
  const away = new Redis(process.env.REDIS_URL as string, { lazyConnect: true })
  const [a, b] = [createProcess({ redis: away }), createProcess()]
  const viewer = someone()
  await a.take(viewer, 900)
  expect((await refusal(() => a.take(viewer, 200))).code).toBe('RATE_LIMITED')
  await away.connect()
  expect((await a.budget(viewer)).used).toBe(900)
  expect((await b.budget(viewer)).used).toBe(900)
  away.disconnect()
})

test('a household shares the first 64 bits of its IPv6 addresses, and IPv4 is not mapped to one', async () => {
  const buckets = createProcess()
  await buckets.take(from('2001:db8:1:2::1'), 500)
  await buckets.take(from('2001:db8:1:2:aaaa:bbbb:cccc:dddd'), 500)
  await refusal(() => buckets.take(from('2001:db8:1:2::'), 500))
  await buckets.take(from('2001:db8:1:3::1'), 1_000)
  await buckets.take(from('::1'), 1_000)
  await buckets.take(from('::ffff:192.0.2.1'), 600)
  await refusal(() => buckets.take(from('192.0.2.1'), 600))
  await buckets.take(from('::ffff:192.0.2.2'), 600)
})

test('an app’s requests for a person have a bucket of their own: a noisy app takes nothing from anybody else (T5)', async () => {
  const buckets = createProcess()
  const person = someone()
  const noisy = { ...person, appId: 'app_noisy', scopes: [] }
  const quiet = { ...person, appId: 'app_quiet', scopes: [] }
  const neighbour = { ...someone(), appId: 'app_noisy', scopes: [] }
  let refused = 0
  for (let i = 0; i < 100; i++) {
    try {
      await buckets.take(noisy, 100)
    } catch (error) {
      if (!(error instanceof OperationError)) throw error
      refused += 1
    }
  }
  expect(refused).toBeGreaterThanOrEqual(90)
  expect((await refusal(() => buckets.take(noisy, 100))).code).toBe('RATE_LIMITED')
  for (const other of [person, quiet, neighbour]) {
    expect((await buckets.budget(other)).used).toBe(0)
    await buckets.take(other, 900)
  }
})
