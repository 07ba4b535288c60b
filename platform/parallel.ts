// Several things at once, but not all.

/** Runs a task for each item, in their order, `width` at a time. The first failure stops the rest; it is thrown when nothing runs any more. */
export async function inParallel<T>(
  items: readonly T[],
  width: number,
  run: (item: T) => Promise<void>,
): Promise<void> {
  const waiting = items.values()
  let failed = false
  const lane = async () => {
    for (const item of waiting) {
      if (failed) return
      try {
        await run(item)
      } catch (error) {
        failed = true
        throw error
      }
    }
  }
  const outcomes = await Promise.allSettled(Array.from({ length: width }, lane))
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
}
