/** A map that drops what was used least recently while all it holds is larger than it may be. */
export interface SizedMap<K, V> {
  /** The value of a key, which is now the one used last. */
  get(key: K): V | undefined
  /** Keeps a value, in whatever unit the sizes are; one that is larger than everything may be is not kept. */
  set(key: K, value: V, size: number): void
  /** How many values are held, and how large they are together. */
  readonly count: number
  readonly size: number
}

/** An empty map whose values may be `maxSize` large together. */
export function createSizedMap<K, V>(maxSize: number): SizedMap<K, V> {
  // A map keeps the order of insertion: the first one is the least recently used.
  const entries = new Map<K, { value: V; size: number }>()
  let held = 0

  const drop = (key: K, size: number): void => {
    entries.delete(key)
    held -= size
  }

  return {
    get(key) {
      const entry = entries.get(key)
      if (!entry) return undefined
      entries.delete(key)
      entries.set(key, entry)
      return entry.value
    },
    set(key, value, size) {
      drop(key, entries.get(key)?.size ?? 0)
      if (size > maxSize) return
      entries.set(key, { value, size })
      held += size
      for (const [oldest, entry] of entries) {
        if (held <= maxSize) return
        drop(oldest, entry.size)
      }
    },
    get count() {
      return entries.size
    },
    get size() {
      return held
    },
  }
}
