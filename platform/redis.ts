// Redis clients. Nothing acknowledged lives only here: every caller has a way without Redis.
import { once } from 'node:events'
import { Cluster, Redis } from 'ioredis'
import { hashSlot } from './hash-slot.ts'
import type { Log } from './log.ts'
import { within } from './within.ts'

/** The client for caches, timelines and limits: of one server, or of a cluster. */
export type CacheClient = Redis | Cluster

const retryMs = (times: number) => Math.min(50 * times, 1_000)
/** After so long a server is given up that does not answer, or that cannot be reached. */
const patience = { commandTimeout: 2_000, connectTimeout: 2_000 }

/**
 * Connects to the cache; several addresses with commas between are servers of one cluster, which names the others. It fails fast:
 * a command that cannot be sent is refused at once, so that the caller goes to MongoDB instead of waiting.
 */
export function connectCache(addresses: string, log: Log): CacheClient {
  const [url = '', ...others] = addresses.split(',')
  if (others.length > 0) return connectCluster([url, ...others], log)
  const redis = new Redis(url, {
    ...patience,
    maxRetriesPerRequest: 1,
    enableOfflineQueue: true,
    retryStrategy: retryMs,
  })
  logOutages(redis, log)
  return redis
}

function connectCluster(urls: readonly [string, ...string[]], log: Log): Cluster {
  const { username, password, protocol } = new URL(urls[0])
  const cluster = new Cluster([...urls], {
    enableOfflineQueue: false,
    clusterRetryStrategy: retryMs,
    // While a master changes, a command goes after it for half a second.
    maxRedirections: 6,
    // What the cluster names are addresses alone.
    redisOptions: {
      ...patience,
      ...(username ? { username: decodeURIComponent(username) } : {}),
      ...(password ? { password: decodeURIComponent(password) } : {}),
      ...(protocol === 'rediss:' ? { tls: {} } : {}),
    },
  })
  logOutages(cluster, log)
  cluster.on('node error', (error: Error, address: string) => {
    log.warn({ error: error.message, address }, 'a server of the Redis cluster cannot be reached')
  })
  return cluster
}

/** Resolves when the cache answers; rejects when it does not. */
export async function whenReady(cache: CacheClient): Promise<void> {
  if (cache instanceof Cluster && cache.status !== 'ready') await within(5_000, once(cache, 'ready'))
  await cache.ping()
}

/** Things in the groups whose keys one command, pipeline or script may name: all together, or in a cluster those of a slot. */
export function bySlot<T>(
  cache: CacheClient,
  things: readonly T[],
  keyOf: (thing: T) => string,
): (readonly T[])[] {
  return cache instanceof Cluster
    ? [...Map.groupBy(things, (thing) => hashSlot(keyOf(thing))).values()]
    : [things]
}

/** The values of keys, in their order; null for what is not there. */
export function getAll(cache: CacheClient, keys: string[]): Promise<(string | null)[]> {
  return cache instanceof Cluster ? Promise.all(keys.map((key) => cache.get(key))) : cache.mget(keys)
}

/** The client for BullMQ, which waits for Redis to come back (its own demand). */
export function connectQueue(url: string, log: Log): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: retryMs })
  logOutages(redis, log)
  return redis
}

/** One line when Redis goes and one when it is back, instead of one a failed attempt. */
function logOutages(redis: CacheClient, log: Log): void {
  let down = false
  redis.on('error', (error: Error) => {
    if (!down) log.warn({ error: error.message }, 'Redis cannot be reached')
    down = true
  })
  redis.on('ready', () => {
    if (down) log.info('Redis is back')
    down = false
  })
}
