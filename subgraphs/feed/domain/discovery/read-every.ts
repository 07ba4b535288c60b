/** Reads anew when what is known is `ms` milliseconds old. A read that failed is not kept. */
export function readEvery<T>(
  ms: number,
  now: () => number,
  read: (at: number) => Promise<T>,
): () => Promise<T> {
  let kept: { at: number; answer: Promise<T> } | null = null
  return () => {
    const at = now()
    if (kept && at - kept.at < ms) return kept.answer
    const fresh = { at, answer: read(at) }
    kept = fresh
    fresh.answer.catch(() => {
      if (kept === fresh) kept = null
    })
    return fresh.answer
  }
}
