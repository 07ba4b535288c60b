// DataLoader with the settings that loaders here share.
import DataLoader from 'dataloader'

/** Loads many by key in one call; `load` answers a map, absent keys become null. Batches are cut at 500 keys. */
export function createLoader<V>(
  load: (keys: readonly string[]) => Promise<Map<string, V>>,
): DataLoader<string, V | null> {
  return new DataLoader(
    async (keys) => {
      const found = await load(keys)
      return keys.map((key) => found.get(key) ?? null)
    },
    { maxBatchSize: 500 },
  )
}

/** As `createLoader` for all requests of a process: what they ask for at the same moment is one call, and nothing is kept. */
export function createGatherer<V>(
  load: (keys: readonly string[]) => Promise<Map<string, V>>,
): (key: string) => Promise<V | null> {
  const loader = new DataLoader<string, V | null>(
    async (keys) => {
      const found = await load([...new Set(keys)])
      return keys.map((key) => found.get(key) ?? null)
    },
    { maxBatchSize: 500, cache: false },
  )
  return (key) => loader.load(key)
}

/** Rows by their `_id`, for loaders. */
export function byId<R extends { _id: string }>(rows: readonly R[]): Map<string, R> {
  return new Map(rows.map((row) => [row._id, row]))
}
