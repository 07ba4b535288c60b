// Who is there: somebody with an open socket. Each gateway process says so every few seconds; when it dies, it is forgotten. In
// Redis alone: without it nobody is there.
import { bySlot, type CacheClient } from './redis.ts'

/** How often a process says who is there, and after how long without word somebody is not, in milliseconds. */
export const beatMs = 15_000
const staleMs = 3 * beatMs
/** For how long it is known when somebody was last seen. */
const memoryMs = 30 * 86_400_000

/** Whether somebody is there, and when he last was, in milliseconds since 1970; null when that is not known. */
export interface PresenceState {
  isOnline: boolean
  lastSeenAt: number | null
}

export interface Presence {
  /** These people have a socket at this process. */
  beat(userIds: readonly string[], processId: string): Promise<void>
  /** He has none there any more. */
  leave(userId: string, processId: string): Promise<void>
  /** How it is with each of them, in one round trip. */
  get(userIds: readonly string[]): Promise<Map<string, PresenceState>>
}

/** Presence as it stands in Redis: for each person a hash of processes and times. */
export function createPresence(
  redis: CacheClient,
  namespace: string,
  now: () => number = Date.now,
): Presence {
  const keyOf = (userId: string) => `${namespace}:presence:${userId}`
  return {
    async beat(userIds, processId) {
      const beats = bySlot(redis, userIds, keyOf).map((part) => {
        const pipeline = redis.pipeline()
        for (const userId of part) {
          pipeline.hset(keyOf(userId), { seen: now(), [processId]: now() })
          pipeline.pexpire(keyOf(userId), memoryMs)
        }
        return pipeline.exec().catch(() => {})
      })
      await Promise.all(beats)
    },
    async leave(userId, processId) {
      await redis
        .pipeline()
        .hset(keyOf(userId), { seen: now() })
        .hdel(keyOf(userId), processId)
        .exec()
        .catch(() => {})
    },
    async get(userIds) {
      const states = bySlot(redis, userIds, keyOf).map(async (part) => {
        const pipeline = redis.pipeline()
        for (const userId of part) pipeline.hgetall(keyOf(userId))
        const answers = await pipeline.exec().catch(() => null)
        return part.map(
          (userId, i) => [userId, stateOf(answers?.[i]?.[1] as Record<string, string>, now())] as const,
        )
      })
      return new Map((await Promise.all(states)).flat())
    },
  }
}

function stateOf(times: Record<string, string> | null | undefined, now: number): PresenceState {
  const { seen, ...processes } = times ?? {}
  const isOnline = Object.values(processes).some((time) => Number(time) > now - staleMs)
  return { isOnline, lastSeenAt: seen ? Number(seen) : null }
}
