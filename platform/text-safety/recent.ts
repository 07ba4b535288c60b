// What accounts wrote and did a short while ago: to tell when somebody says the same again and again, when many say nearly the same,
// and who does the same things at the same moments. All of it is forgotten by itself.
import { createHash } from 'node:crypto'
import type { CacheClient } from '../redis.ts'
import { type Deed, distance, nearBits } from './alike.ts'

const textsMs = 3_600_000
const textsKept = 60
/** How long deeds are kept, in milliseconds. */
export const deedsMs = 6 * 3_600_000
/** Deeds are divided by what was done, so that no one key takes all writes, and the last ones of each part are kept. */
const deedParts = 64
const deedsKept = 2_000

const partOf = (what: string): number => (createHash('sha256').update(what).digest()[0] ?? 0) % deedParts

/** A text, by what near-duplicates of it share. */
export interface NotedText {
  textId: string
  writerId: string
  hash: bigint
  /** Of `sketch`. */
  keys: readonly string[]
}

export interface RecentTexts {
  /** Notes a text of a writer's, once however often it is noted, and answers the hashes of his others of the last hour, at most 59. */
  note(writerId: string, textId: string, hash: bigint): Promise<bigint[]>
  /**
   * Notes a text among everybody's of the last hour. Answers the id that stands for all that are nearly the same, the first one's,
   * and who wrote them, this one's writer included.
   */
  gather(text: NotedText): Promise<{ groupId: string; writerIds: string[] }>
}

export interface RecentDeeds {
  /** Notes deeds, each account's of a key once. */
  note(deeds: readonly Deed[]): Promise<void>
  /** Those of the last six hours, of each part at most the last 2,000: 128,000 in all. */
  read(): Promise<Deed[]>
}

/** Texts that are forgotten after an hour. `now` is in milliseconds. */
export function createRecentTexts(redis: CacheClient, namespace: string, now: () => number): RecentTexts {
  /** Adds a member to the last ones of a key, and answers them all. */
  const add = async (key: string, member: string): Promise<string[]> => {
    const at = now()
    const answers = await redis
      .multi()
      .zadd(key, at, member)
      .zremrangebyscore(key, '-inf', at - textsMs)
      .zremrangebyrank(key, 0, -textsKept - 1)
      .pexpire(key, textsMs)
      .zrange(key, 0, -1)
      .exec()
    return (answers?.at(-1)?.[1] ?? []) as string[]
  }
  return {
    async note(writerId, textId, hash) {
      const members = await add(`${namespace}:texts:${writerId}`, `${textId} ${hash}`)
      return members.flatMap((member) => {
        const [id, value = '0'] = member.split(' ')
        return id === textId ? [] : [BigInt(value)]
      })
    },
    async gather({ textId, writerId, hash, keys }) {
      const names = keys.map((key) => `${namespace}:said:${key}`)
      const since = now() - textsMs
      const found = await Promise.all(names.map((name) => redis.zrange(name, since, '+inf', 'BYSCORE')))
      const near = [...Map.groupBy(found.flat(), (member) => member)].flatMap(([member, shared]) => {
        const [id = '', writer = '', value = '0', groupId = ''] = member.split(' ')
        // A phrase that many use is one key; what is nearly the same shares more.
        const isNear = shared.length >= 2 && distance(BigInt(value), hash) <= nearBits
        return isNear ? [{ id, writer, groupId }] : []
      })
      const groupId = (near.find(({ id }) => id === textId) ?? near[0])?.groupId ?? textId
      await Promise.all(names.map((name) => add(name, `${textId} ${writerId} ${hash} ${groupId}`)))
      return { groupId, writerIds: [...new Set([...near.map(({ writer }) => writer), writerId])] }
    },
  }
}

/** Deeds that are forgotten after six hours. `now` is in milliseconds. */
export function createRecentDeeds(redis: CacheClient, namespace: string, now: () => number): RecentDeeds {
  const keyOf = (part: number) => `${namespace}:deeds:${part}`
  const add = async (part: number, deeds: readonly Deed[]): Promise<void> => {
    const scored = deeds.flatMap(({ accountId, key: what, at }) => [at, `${accountId} ${what}`])
    await redis
      .multi()
      .zadd(keyOf(part), 'NX', ...scored)
      .zremrangebyscore(keyOf(part), '-inf', now() - deedsMs)
      .zremrangebyrank(keyOf(part), 0, -deedsKept - 1)
      .pexpire(keyOf(part), deedsMs)
      .exec()
  }
  const readPart = async (part: number): Promise<Deed[]> => {
    const found = await redis.zrange(keyOf(part), now() - deedsMs, '+inf', 'BYSCORE', 'WITHSCORES')
    return found.flatMap((member, i) => {
      const [accountId = '', what = ''] = member.split(' ')
      return i % 2 === 0 ? [{ accountId, key: what, at: Number(found[i + 1]) }] : []
    })
  }
  return {
    async note(deeds) {
      const parts = Map.groupBy(deeds, ({ key }) => partOf(key))
      await Promise.all([...parts].map(([part, some]) => add(part, some)))
    },
    async read() {
      const parts = Array.from({ length: deedParts }, (_, part) => readPart(part))
      return (await Promise.all(parts)).flat()
    },
  }
}
