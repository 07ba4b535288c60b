/**
 * Loads by key, and gives the same answer for a moment: what many requests ask for is read once. A failure is not kept.
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
    if (earlier && performance.now() - earlier.at < forMs) return earlier.value
    if (known.size >= maxKeys) known.clear()
    const entry = { at: performance.now(), value: load(key) }
    known.set(key, entry)
    entry.value.catch(() => {
      if (known.get(key) === entry) known.delete(key)
    })
    return entry.value
  }
}
