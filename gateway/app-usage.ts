// What apps do, a day at a time: counted here, written together every few seconds.
import type { DocumentsStore, UsageCounts } from './documents-store.ts'

export interface AppUsage {
  count(appId: string, counts: Partial<UsageCounts>): void
  /** Writes what has not been written. */
  flush(): Promise<void>
}

const flushMs = 2_000

/** @param onError hears of figures that could not be written; they are tried again with the next ones. */
export function createAppUsage(
  store: Pick<DocumentsStore, 'addUsage'>,
  onError: (error: unknown) => void,
): AppUsage {
  let pending = new Map<string, { appId: string; date: string; counts: UsageCounts }>()
  let timer: NodeJS.Timeout | undefined

  const add = (appId: string, date: string, counts: Partial<UsageCounts>): void => {
    const key = `${appId}:${date}`
    const entry = pending.get(key) ?? {
      appId,
      date,
      counts: { requests: 0, points: 0, unregistered: 0, refused: 0 },
    }
    for (const name of ['requests', 'points', 'unregistered', 'refused'] as const)
      entry.counts[name] += counts[name] ?? 0
    pending.set(key, entry)
    timer ??= setTimeout(() => void flush(), flushMs).unref()
  }

  const flush = async (): Promise<void> => {
    clearTimeout(timer)
    timer = undefined
    const written = pending
    pending = new Map()
    await Promise.all(
      [...written.values()].map(({ appId, date, counts }) =>
        store.addUsage(appId, date, counts).catch((error: unknown) => {
          onError(error)
          add(appId, date, counts)
        }),
      ),
    )
  }

  return {
    count: (appId, counts) => add(appId, new Date().toISOString().slice(0, 10), counts),
    flush,
  }
}
