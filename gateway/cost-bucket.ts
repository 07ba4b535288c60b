// Who has spent how much: one leaky bucket for each viewer and app, shared by all gateway processes through Redis.
import { networkOf } from '#platform/limits.ts'
import type { CacheClient } from '#platform/redis.ts'
import type { Viewer } from '#platform/viewer.ts'
import { OperationError } from './executor/errors.ts'

/** A viewer's bucket now. It leaks evenly: a full one is empty after an hour. */
export interface Budget {
  /** Points that the bucket holds. */
  readonly limit: number
  readonly used: number
  readonly remaining: number
  /** When the bucket is empty if nothing more is spent. */
  readonly resetAt: Date
}

export interface CostBuckets {
  /** Throws RATE_LIMITED when the viewer has nothing left, as far as this process knows: before any work. */
  check(viewer: Viewer): void
  /**
   * Takes points. It returns at once while the viewer is far from the limit, and asks Redis when he is near.
   * @throws OperationError RATE_LIMITED with the time to wait, and then nothing is taken.
   */
  take(viewer: Viewer, points: number): void | Promise<void>
  /** Takes points for what is done already. */
  add(viewer: Viewer, points: number): void
  budget(viewer: Viewer): Promise<Budget>
  /** Sends what has not been sent. */
  close(): Promise<void>
}

export interface CostBucketOptions {
  /** Without it the buckets are this process' own. */
  readonly redis: CacheClient | null
  readonly namespace: string
  /** False lifts the refusals; the points are counted all the same. */
  readonly enforced: boolean
  /** Points that a bucket holds, and leaks in an hour. */
  readonly limit?: number
}

/**
 * What one process knows of a bucket. Points that it takes are added here at once and sent together a moment later, so that
 * no request waits for Redis; the answer tells what the other processes have taken meanwhile.
 */
interface Local {
  /** Points, `unsent` included, at `at`. */
  level: number
  at: number
  unsent: number
}

const hourMs = 3_600_000
const defaultLimit = 50_000

/** How long points wait to be sent. Other processes see them as much later. */
const flushMs = 500
/** A viewer with fewer points left asks Redis first: no burst of the others' last moment can be larger. */
const nearPoints = 1_000
/** A near viewer waits this long for Redis; then what this process knows must do. */
const patienceMs = 250
/** Buckets that a process remembers; the others are as empty as unknown ones until Redis has answered. */
const maxBuckets = 50_000

// KEYS: the bucket. ARGV: points taken already, points wanted, limit, milliseconds until a full bucket is empty.
// Returns whether the wanted points were taken, and the level.
const takeScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local limit, window = tonumber(ARGV[3]), tonumber(ARGV[4])
local bucket = redis.call('HMGET', KEYS[1], 'level', 'at')
local level = math.max(0, (tonumber(bucket[1]) or 0) - math.max(0, now - (tonumber(bucket[2]) or now)) * limit / window)
level = level + tonumber(ARGV[1])
local wanted, taken = tonumber(ARGV[2]), 0
if level + wanted <= limit then
  level = level + wanted
  taken = 1
end
redis.call('HSET', KEYS[1], 'level', tostring(level), 'at', now)
redis.call('PEXPIRE', KEYS[1], math.ceil(level * window / limit) + 1000)
return { taken, tostring(level) }`

/** Buckets in Redis. While Redis is away each process limits what it sees itself, and tells Redis afterwards. */
export function createCostBuckets(options: CostBucketOptions): CostBuckets {
  const { redis, namespace, enforced, limit = defaultLimit } = options
  const leakPerMs = limit / hourMs
  const buckets = new Map<string, Local>()
  const unsent = new Set<string>()
  let timer: NodeJS.Timeout | undefined

  const bucketOf = (key: string): Local => {
    let bucket = buckets.get(key)
    const now = performance.now()
    if (bucket) {
      bucket.level = Math.max(0, bucket.level - (now - bucket.at) * leakPerMs)
      bucket.at = now
    } else {
      bucket = { level: 0, at: now, unsent: 0 }
      if (buckets.size >= maxBuckets) forgetOldest()
    }
    // A map keeps the order of insertion: the first is the one that was not used for longest.
    buckets.delete(key)
    buckets.set(key, bucket)
    return bucket
  }

  const forgetOldest = (): void => {
    const [oldest] = buckets.keys()
    if (oldest === undefined) return
    void send(oldest, 0, 0)
    buckets.delete(oldest)
  }

  /** Tells Redis what was taken here and asks for more points. Null when Redis is away. */
  const send = async (key: string, wanted: number, patience: number): Promise<{ taken: boolean } | null> => {
    const bucket = buckets.get(key)
    // Forgotten while Redis was away.
    if (!bucket) unsent.delete(key)
    if (!bucket || redis?.status !== 'ready') return null
    const points = bucket.unsent
    bucket.unsent = 0
    unsent.delete(key)
    const answer = (
      redis.eval(takeScript, 1, `${namespace}:cost:${key}`, points, wanted, limit, hourMs) as Promise<
        [number, string]
      >
    ).then(
      ([taken, level]) => {
        bucket.level = Number(level) + bucket.unsent
        bucket.at = performance.now()
        return { taken: taken === 1 }
      },
      () => {
        bucket.unsent += points
        if (bucket.unsent > 0) unsent.add(key)
        return null
      },
    )
    return patience === 0 ? answer : Promise.race([answer, givenUp(patience)])
  }

  const flush = (): void => {
    timer = undefined
    for (const key of [...unsent]) void send(key, 0, 0)
  }

  const count = (key: string, bucket: Local, points: number): void => {
    bucket.level += points
    if (!redis) return
    bucket.unsent += points
    unsent.add(key)
    timer ??= setTimeout(flush, flushMs).unref()
  }

  const isNear = ({ level }: Local, points: number): boolean => level + points + nearPoints > limit

  const refuse = (level: number, points: number): never => {
    const retryAfterMs = Math.max(1, Math.ceil((level + points - limit) / leakPerMs))
    const seconds = Math.ceil(retryAfterMs / 1000)
    throw new OperationError(
      'RATE_LIMITED',
      [`Too many requests. Try again in ${seconds} seconds.`],
      retryAfterMs,
    )
  }

  const takeNear = async (key: string, bucket: Local, points: number): Promise<void> => {
    const answer = await send(key, points, patienceMs)
    if (answer?.taken) return
    if (answer || bucket.level + points > limit) return refuse(bucket.level, points)
    count(key, bucket, points)
  }

  return {
    check(viewer) {
      if (!enforced) return
      const known = buckets.get(bucketKey(viewer))
      if (!known) return
      const level = known.level - (performance.now() - known.at) * leakPerMs
      if (level + 1 > limit) refuse(level, 1)
    },
    take(viewer, points) {
      const key = bucketKey(viewer)
      const isNew = !buckets.has(key)
      const bucket = bucketOf(key)
      if (enforced && bucket.level + points > limit) refuse(bucket.level, points)
      if (enforced && isNear(bucket, points)) return takeNear(key, bucket, points)
      count(key, bucket, points)
      // Whether a newcomer has spent something elsewhere is known for his next request.
      if (isNew) void send(key, 0, 0)
    },
    add(viewer, points) {
      const key = bucketKey(viewer)
      const bucket = bucketOf(key)
      count(key, bucket, points)
      if (isNear(bucket, 0)) void send(key, 0, 0)
    },
    async budget(viewer) {
      const key = bucketKey(viewer)
      bucketOf(key)
      await send(key, 0, patienceMs)
      const { level } = bucketOf(key)
      const used = Math.ceil(level)
      return {
        limit,
        used,
        remaining: Math.max(0, limit - used),
        resetAt: new Date(Date.now() + level / leakPerMs),
      }
    },
    async close() {
      clearTimeout(timer)
      await Promise.all([...unsent].map((key) => send(key, 0, patienceMs)))
    },
  }
}

/** Signed in, a bucket is the account's, or one of its apps' of its own; else the network's. */
function bucketKey({ userId, appId, ip }: Viewer): string {
  if (userId === null) return `address:${networkOf(ip)}`
  return appId === null ? `user:${userId}` : `app:${appId}:${userId}`
}

function givenUp(ms: number): Promise<null> {
  const { promise, resolve } = Promise.withResolvers<null>()
  setTimeout(resolve, ms, null).unref()
  return promise
}
