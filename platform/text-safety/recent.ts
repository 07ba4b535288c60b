// What accounts wrote a short while ago, as hashes that near-duplicates share: to tell when somebody says the same again and again.
import type { Redis } from 'ioredis'

const lastsMs = 3_600_000
const kept = 60

export interface RecentTexts {
  /** Notes a text of a writer's, once however often it is noted, and answers the hashes of his others of the last hour, at most 59. */
  note(writerId: string, textId: string, hash: bigint): Promise<bigint[]>
}

/** Texts that are forgotten after an hour. `now` is in milliseconds. */
export function createRecentTexts(redis: Redis, namespace: string, now: () => number): RecentTexts {
  return {
    async note(writerId, textId, hash) {
      const key = `${namespace}:texts:${writerId}`
      const at = now()
      const answers = await redis
        .multi()
        .zadd(key, at, `${textId} ${hash}`)
        .zremrangebyscore(key, '-inf', at - lastsMs)
        .zremrangebyrank(key, 0, -kept - 1)
        .pexpire(key, lastsMs)
        .zrange(key, 0, -1)
        .exec()
      const members = (answers?.at(-1)?.[1] ?? []) as string[]
      return members.flatMap((member) => {
        const [id, value = '0'] = member.split(' ')
        return id === textId ? [] : [BigInt(value)]
      })
    },
  }
}
