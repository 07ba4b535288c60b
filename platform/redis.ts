// Redis clients. Nothing acknowledged lives only here: every caller has a way without Redis.
import { Redis } from 'ioredis'
import type { Log } from './log.ts'

/**
 * The client for caches, timelines and limits. It fails fast: a command that cannot be sent is refused at once, so that the
 * caller goes to MongoDB instead of waiting.
 */
export function connectCache(url: string, log: Log): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: 1,
    enableOfflineQueue: true,
    commandTimeout: 2_000,
    connectTimeout: 2_000,
    retryStrategy: (times) => Math.min(50 * times, 1_000),
  })
  logOutages(redis, log)
  return redis
}

/** The client for BullMQ, which waits for Redis to come back (its own demand). */
export function connectQueue(url: string, log: Log): Redis {
  const redis = new Redis(url, {
    maxRetriesPerRequest: null,
    retryStrategy: (times) => Math.min(50 * times, 1_000),
  })
  logOutages(redis, log)
  return redis
}

/** One line when Redis goes and one when it is back, instead of one a failed attempt. */
function logOutages(redis: Redis, log: Log): void {
  let down = false
  redis.on('error', (error) => {
    if (!down) log.warn({ error: error.message }, 'Redis cannot be reached')
    down = true
  })
  redis.on('ready', () => {
    if (down) log.info('Redis is back')
    down = false
  })
}
