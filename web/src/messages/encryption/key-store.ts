// Where a device keeps its keys and what it has decrypted.

/** Values are what the structured clone algorithm copies. */
export interface KeyStore {
  get<V>(key: string): Promise<V | undefined>
  /** Entries whose keys begin with a prefix, by key. */
  list<V>(prefix: string): Promise<[string, V][]>
  /** Writes all entries or none; `undefined` deletes. What was written survives a crash right after. */
  write(changes: Readonly<Record<string, unknown>>): Promise<void>
}

/** A store that lasts as long as the process; `entries` is what it begins with. */
export function createMemoryStore(entries: Iterable<readonly [string, unknown]> = []): KeyStore {
  const rows = new Map<string, unknown>()
  for (const [key, value] of entries) rows.set(key, structuredClone(value))
  return {
    get: async <V>(key: string) => structuredClone(rows.get(key)) as V | undefined,
    list: async <V>(prefix: string) =>
      [...rows]
        .filter(([key]) => key.startsWith(prefix))
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, value]) => [key, structuredClone(value) as V] as [string, V]),
    write: async (changes) => {
      for (const [key, value] of Object.entries(changes)) {
        if (value === undefined) rows.delete(key)
        else rows.set(key, structuredClone(value))
      }
    },
  }
}
