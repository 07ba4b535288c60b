class TooLate extends Error {}

/** The promise's value; rejects when it is not there after `ms` milliseconds. What the promise stands for goes on. */
export async function within<T>(ms: number, promise: Promise<T>): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new TooLate(`no answer in ${ms} ms`)), ms)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** As `within`, but null when the value is not there in time. */
export async function withinOrNull<T>(ms: number, promise: Promise<T>): Promise<T | null> {
  try {
    return await within(ms, promise)
  } catch (error) {
    if (error instanceof TooLate) return null
    throw error
  }
}
