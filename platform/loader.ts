// DataLoader with the settings that loaders here share.
import DataLoader from 'dataloader'

/** Keys of one read. */
export const keysPerRead = 500

/** Loads many by key in one call; `load` answers a map, absent keys become null. Batches are cut at 500 keys. */
export function createLoader<V>(
  load: (keys: readonly string[]) => Promise<Map<string, V>>,
): DataLoader<string, V | null> {
  return new DataLoader(
    async (keys) => {
      const found = await load(keys)
      return keys.map((key) => found.get(key) ?? null)
    },
    { maxBatchSize: keysPerRead },
  )
}

/** A read by key; absent keys are left out. */
export type Read<V> = (keys: readonly string[]) => Promise<Map<string, V>>

/** Reads at once: while they are under way, the next one is filled. */
const readsAtOnce = 2
/** A read that lasts longer gives its place back: nobody waits for a slow shard of whom he wants nothing. */
const patienceMs = 25

/**
 * A read that all requests of a process share. What they ask for at the same moment, or while others are answered, is one call,
 * in which each key is read and decoded once; who asks for more keys than one has, or comes when it is full, does not wait for others.
 * Nothing is kept: a read begins after all who asked for it have asked, so nobody sees less than what was acknowledged to him before. An
 * idle process reads at once. Answers are shared: nobody may change them.
 */
export function createGatherer<V>(load: Read<V>): Read<V> {
  interface Read {
    keys: Set<string>
    answer: PromiseWithResolvers<Map<string, V>>
  }
  let filling: Read | null = null
  let underWay = 0

  const begin = async (read: Read) => {
    if (filling === read) filling = null
    underWay++
    let counts = true
    const end = () => {
      if (!counts) return
      counts = false
      underWay--
      if (filling) void begin(filling)
    }
    const patience = setTimeout(end, patienceMs)
    try {
      read.answer.resolve(await load([...read.keys]))
    } catch (error) {
      read.answer.reject(error)
    } finally {
      clearTimeout(patience)
      end()
    }
  }

  return async (keys) => {
    if (keys.length === 0) return new Map()
    if (filling && filling.keys.size + keys.length > keysPerRead) void begin(filling)
    let read = filling
    if (!read) {
      const opened: Read = { keys: new Set(), answer: Promise.withResolvers() }
      read = filling = opened
      // At the end of this turn of the event loop: whoever came with the same packets goes along.
      setImmediate(() => {
        if (filling === opened && underWay < readsAtOnce) void begin(opened)
      })
    }
    for (const key of keys) read.keys.add(key)
    const found = await read.answer.promise
    const own = new Map<string, V>()
    for (const key of keys) {
      const value = found.get(key)
      if (value !== undefined) own.set(key, value)
    }
    return own
  }
}

/** Rows by their `_id`, for loaders. */
export function byId<R extends { _id: string }>(rows: readonly R[]): Map<string, R> {
  return new Map(rows.map((row) => [row._id, row]))
}
