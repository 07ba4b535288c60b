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

/** Runs tasks as they come, `width` at a time; the others wait for their turn, in their order. */
export function createLanes(width: number): <R>(run: () => Promise<R>) => Promise<R> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (run) => {
    if (running < width) running++
    else await new Promise<void>((resolve) => waiting.push(resolve))
    try {
      return await run()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }
}

/** Items in their order, `size` at a time. */
export function* chunksOf<T>(items: readonly T[], size: number): Generator<T[]> {
  for (let from = 0; from < items.length; from += size) yield items.slice(from, from + size)
}

/** What `run` makes of items, which it gets `size` at a time: so it can ask for many at once, and none are kept. */
export async function* inBatches<T, R>(
  items: AsyncIterable<T>,
  size: number,
  run: (batch: readonly T[]) => Promise<readonly R[]>,
): AsyncGenerator<R> {
  let batch: T[] = []
  for await (const item of items) {
    batch.push(item)
    if (batch.length < size) continue
    yield* await run(batch)
    batch = []
  }
  if (batch.length > 0) yield* await run(batch)
}
