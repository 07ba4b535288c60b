// Who is writing: in Redis, for five seconds after he last said so. Without Redis nobody is.
import { bySlot, type CacheClient } from '#platform/redis.ts'

/** How long it holds that somebody writes, in milliseconds. */
export const typingMs = 5_000

export interface Typing {
  set(conversationId: string, userId: string, typing: boolean, now: number): Promise<void>
  /** Until when each who writes in the conversations does so, in milliseconds since 1970; in one round trip. */
  get(conversationIds: readonly string[], now: number): Promise<Map<string, Map<string, number>>>
}

/** Who writes where: a sorted set for each conversation, by when it ends. */
export function createTyping(redis: CacheClient, namespace: string): Typing {
  const keyOf = (conversationId: string) => `${namespace}:typing:${conversationId}`
  return {
    async set(conversationId, userId, typing, now) {
      const key = keyOf(conversationId)
      const change = redis.multi().zremrangebyscore(key, 0, now)
      if (typing) change.zadd(key, now + typingMs, userId).pexpire(key, typingMs)
      else change.zrem(key, userId)
      await change.exec().catch(() => {})
    },
    async get(conversationIds, now) {
      const writing = bySlot(redis, conversationIds, keyOf).map(async (part) => {
        const pipeline = redis.pipeline()
        for (const id of part) pipeline.zrangebyscore(keyOf(id), `(${now}`, '+inf', 'WITHSCORES')
        const answers = await pipeline.exec().catch(() => null)
        return part.map((id, i) => {
          const flat = (answers?.[i]?.[1] ?? []) as string[]
          const pairs = flat.flatMap((value, k) =>
            k % 2 === 0 ? [[value, Number(flat[k + 1])] as const] : [],
          )
          return [id, new Map(pairs)] as const
        })
      })
      return new Map((await Promise.all(writing)).flat())
    },
  }
}
