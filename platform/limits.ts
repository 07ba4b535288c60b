// Limits on how often: a sliding window per key in Redis, counted before the work. What is counted are the times of the last
// uses that were let through, so that no stretch of the window's length, wherever it begins, holds more than `max`.
import ipaddr from 'ipaddr.js'
import { AppError } from '#schema/errors.ts'
import type { CacheClient } from './redis.ts'

export interface Limit {
  name: string
  /** How many in a window; as many times are kept for a key. */
  max: number
  windowMs: number
  /** What happens while Redis is away: `closed` refuses, `open` lets through. */
  withoutRedis: 'open' | 'closed'
}

export interface Limits {
  /** Counts one use by `key`. Throws RATE_LIMITED with the time to wait when there were too many. */
  use(limit: Limit, key: string): Promise<void>
  /** As `use`, but says whether there is room, for refusals that must look like another one. */
  allows(limit: Limit, key: string): Promise<boolean>
  /** Takes the latest use by `key` back: nothing came of it. */
  giveBack(limit: Limit, key: string): Promise<void>
}

// The clock is Redis' own: those of processes differ. Answers how long to wait; 0 when the use was counted.
const countScript = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local max, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local oldest = redis.call('LINDEX', KEYS[1], -max)
if oldest and now - oldest < window then return window - (now - oldest) end
redis.call('RPUSH', KEYS[1], now)
redis.call('LTRIM', KEYS[1], -max, -1)
redis.call('PEXPIRE', KEYS[1], window)
return 0`

/** Limits counted in Redis; `enabled` false lifts them all. */
export function createLimits(redis: CacheClient, namespace: string, enabled: boolean): Limits {
  const nameOf = (limit: Limit, key: string) => `${namespace}:window:${limit.name}:${key}`
  const waitFor = async (limit: Limit, key: string): Promise<number> => {
    if (!enabled) return 0
    try {
      const { max, windowMs } = limit
      return Number(await redis.eval(countScript, 1, nameOf(limit, key), String(max), String(windowMs)))
    } catch {
      if (limit.withoutRedis === 'open') return 0
      throw new AppError('SERVICE_UNAVAILABLE', 'This is not possible right now. Try again in a minute.', {
        retryAfterMs: 60_000,
      })
    }
  }
  return {
    async use(limit, key) {
      const leftMs = await waitFor(limit, key)
      if (leftMs > 0) {
        throw new AppError(
          'RATE_LIMITED',
          `Too many tries. Try again in ${Math.ceil(leftMs / 1000)} seconds.`,
          { retryAfterMs: leftMs },
        )
      }
    },
    allows: async (limit, key) => (await waitFor(limit, key)) === 0,
    async giveBack(limit, key) {
      // While Redis is away the use counts until its window has passed.
      if (enabled) await redis.rpop(nameOf(limit, key)).catch(() => {})
    },
  }
}

/**
 * What a limit per network address counts by: an IPv4 address, also where it comes mapped into IPv6, or the /64 network of an
 * IPv6 address, of which one subscriber has all the 2^64 addresses.
 */
export function networkOf(ip: string): string {
  if (!ipaddr.isValid(ip)) return ip
  const address = ipaddr.process(ip)
  if (address.kind() === 'ipv4') return address.toString()
  const network = address.toByteArray().slice(0, 8)
  return `${ipaddr.fromByteArray([...network, 0, 0, 0, 0, 0, 0, 0, 0]).toString()}/64`
}
