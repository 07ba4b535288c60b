/**
 * Loads by key, and gives the same answer for a moment: what many requests ask for is read once. A failure is not kept, nor,
 * once another key is asked for, what is too old.
 *
 * @param forMs how old an answer may be.
 */
export function remember<T>(
  load: (key: string) => Promise<T>,
  forMs: number,
  maxKeys = 10_000,
): (key: string) => Promise<T> {
  const known = new Map<string, { at: number; value: Promise<T> }>()
  return (key) => {
    const earlier = known.get(key)
    const now = performance.now()
    if (earlier && now - earlier.at < forMs) return earlier.value
    known.delete(key)
    // A map keeps the order of insertion: the first is the oldest.
    for (const [old, { at }] of known) {
      if (now - at < forMs) break
      known.delete(old)
    }
    if (known.size >= maxKeys) known.clear()
    const entry = { at: now, value: load(key) }
    known.set(key, entry)
    entry.value.catch(() => {
      if (known.get(key) === entry) known.delete(key)
    })
    return entry.value
  }
}
