// Ranked orders and what viewers have seen, in Redis. Keys of one viewer share a slot.
//
//   <ns>:ranked:{viewer}:{snapshot}   the order that a first page fixed, as JSON
//   <ns>:ranked:{viewer}              keys of the viewer's orders, newest first
//   <ns>:seen:{viewer}                posts that first pages have shown, scored by when
import type { CacheClient } from '#platform/redis.ts'
import type { Snapshot } from '../model.ts'
import { createScript } from './script.ts'

/** An order is kept for so long after it was last asked for. */
const snapshotSeconds = 1_800
/** Orders of one viewer at a time: several windows, each refreshed. */
const snapshotsPerViewer = 8
const seenSeconds = 7 * 86_400
/** Seen posts that are remembered: twice what one order holds. */
const seenCap = 1_000
/** Lists whose shared order a process remembers. */
const sharedLists = 200

export interface Rankings {
  /** The posts that first pages have shown the viewer in the last seven days. */
  seen(viewerId: string): Promise<Set<string>>
  /** Keeps an order, whose first page shows `servedIds`; the viewer's oldest goes when he has too many. */
  keep(viewerId: string, snapshot: Snapshot, servedIds: readonly string[], now: number): Promise<void>
  /** Notes posts that were on the viewer's screen, as they were at `at`. */
  see(viewerId: string, looks: readonly { postId: string; at: number }[]): Promise<void>
  /**
   * An order that all share who ask for a list, under a name that says when it was made: the one that is there, or the one that `make`
   * makes. A process asks Redis for it once.
   */
  share(list: string, name: string, make: () => Promise<Snapshot>): Promise<Snapshot>
  /** An order that was kept, and keeps it longer. Null when it is gone. */
  get(viewerId: string, snapshotId: string): Promise<Snapshot | null>
}

const keepScript = `
local order, orders, seen = KEYS[1], KEYS[2], KEYS[3]
local value, seconds, cap = ARGV[1], ARGV[2], tonumber(ARGV[3])
local now, seenSeconds, seenCap = tonumber(ARGV[4]), tonumber(ARGV[5]), tonumber(ARGV[6])
redis.call('SET', order, value, 'EX', seconds)
redis.call('LPUSH', orders, order)
local excess = redis.call('LRANGE', orders, cap, -1)
if #excess > 0 then
  redis.call('DEL', unpack(excess))
  redis.call('LTRIM', orders, 0, cap - 1)
end
redis.call('EXPIRE', orders, seenSeconds)
for i = 7, #ARGV do redis.call('ZADD', seen, now, ARGV[i]) end
redis.call('ZREMRANGEBYSCORE', seen, '-inf', now - seenSeconds * 1000)
redis.call('ZREMRANGEBYRANK', seen, 0, -seenCap - 1)
redis.call('EXPIRE', seen, seenSeconds)`

/** Rankings in Redis. Every function rejects while Redis is away. */
export function createRankings(redis: CacheClient, namespace: string): Rankings {
  const ordersKey = (viewerId: string) => `${namespace}:ranked:{${viewerId}}`
  const orderKey = (viewerId: string, snapshotId: string) => `${ordersKey(viewerId)}:${snapshotId}`
  const seenKey = (viewerId: string) => `${namespace}:seen:{${viewerId}}`
  const keepOrder = createScript(redis, keepScript)
  const shared = new Map<string, { name: string; order: Promise<Snapshot> }>()
  const get = async (viewerId: string, snapshotId: string) => {
    const value = await redis.getex(orderKey(viewerId, snapshotId), 'EX', snapshotSeconds)
    return value === null ? null : (JSON.parse(value) as Snapshot)
  }
  const agree = async (list: string, name: string, make: () => Promise<Snapshot>) => {
    const there = await get(list, name)
    if (there) return there
    const made = await make()
    const isKept = await redis.set(orderKey(list, name), JSON.stringify(made), 'EX', snapshotSeconds, 'NX')
    return isKept ? made : ((await get(list, name)) ?? made)
  }

  return {
    get,
    share(list, name, make) {
      const known = shared.get(list)
      if (known?.name === name) return known.order
      const order = agree(list, name, make)
      order.catch(() => shared.delete(list))
      if (shared.size >= sharedLists) shared.clear()
      shared.set(list, { name, order })
      return order
    },
    async seen(viewerId) {
      return new Set(await redis.zrange(seenKey(viewerId), 0, -1))
    },
    async keep(viewerId, snapshot, servedIds, now) {
      const keys = [orderKey(viewerId, snapshot.id), ordersKey(viewerId), seenKey(viewerId)]
      const bounds = [snapshotSeconds, snapshotsPerViewer, now, seenSeconds, seenCap]
      await keepOrder(keys, [JSON.stringify(snapshot), ...bounds, ...servedIds])
    },
    async see(viewerId, looks) {
      const key = seenKey(viewerId)
      await redis
        .multi()
        .zadd(key, 'GT', ...looks.flatMap(({ postId, at }) => [at, postId]))
        .zremrangebyrank(key, 0, -seenCap - 1)
        .expire(key, seenSeconds)
        .exec()
    },
  }
}
