// DataLoader with the two settings that every loader here shares.
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

/** Rows by their `_id`, for loaders. */
export function byId<R extends { _id: string }>(rows: readonly R[]): Map<string, R> {
  return new Map(rows.map((row) => [row._id, row]))
}
