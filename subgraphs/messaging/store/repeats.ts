// How often someone wrote the same to people who did not ask for it: in Redis, for an hour. Without Redis nobody did.
import type { CacheClient } from '#platform/redis.ts'

const windowSeconds = 3_600
const maxCounted = 100

export interface Repeats {
  /** To how many conversations a sender sent a text by now, this one included; `conversation` is whatever tells it from others. */
  count(senderId: string, textHash: string, conversation: string): Promise<number>
}

/** Counts repetitions. */
export function createRepeats(redis: CacheClient, namespace: string): Repeats {
  return {
    async count(senderId, textHash, conversation) {
      const key = `${namespace}:repeats:${senderId}:${textHash}`
      try {
        const before = await redis.scard(key)
        // More would only take room.
        if (before >= maxCounted) return before
        const answers = await redis
          .multi()
          .sadd(key, conversation)
          .expire(key, windowSeconds)
          .scard(key)
          .exec()
        return Number(answers?.[2]?.[1] ?? 1)
      } catch {
        return 1
      }
    },
  }
}
