// Limits on how often: a fixed window per key in Redis, counted before the work.
import type { Redis } from 'ioredis'
import { AppError } from '#schema/errors.ts'

export interface Limit {
  name: string
  /** How many in a window. */
  max: number
  windowMs: number
  /** What happens while Redis is away: `closed` refuses, `open` lets through. */
  withoutRedis: 'open' | 'closed'
}

export interface Limits {
  /** Counts one use by `key`. Throws RATE_LIMITED with the time to wait when there were too many. */
  use(limit: Limit, key: string): Promise<void>
}

const countScript = `
local count = redis.call('INCR', KEYS[1])
if count == 1 then redis.call('PEXPIRE', KEYS[1], ARGV[1]) end
return { count, redis.call('PTTL', KEYS[1]) }`

/** Limits counted in Redis; `enabled` false lifts them all. */
export function createLimits(redis: Redis, namespace: string, enabled: boolean): Limits {
  return {
    async use(limit, key) {
      if (!enabled) return
      let answer: [number, number]
      try {
        const name = `${namespace}:limit:${limit.name}:${key}`
        answer = (await redis.eval(countScript, 1, name, String(limit.windowMs))) as [number, number]
      } catch {
        if (limit.withoutRedis === 'open') return
        throw new AppError('SERVICE_UNAVAILABLE', 'This is not possible right now. Try again in a minute.', {
          retryAfterMs: 60_000,
        })
      }
      const [count, leftMs] = answer
      if (count > limit.max) {
        throw new AppError(
          'RATE_LIMITED',
          `Too many tries. Try again in ${Math.ceil(leftMs / 1000)} seconds.`,
          {
            retryAfterMs: leftMs,
          },
        )
      }
    },
  }
}
