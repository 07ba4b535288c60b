// Figures that one process measures and another one shows to whoever runs the whole: the last that was told, for a while.
import type { CacheClient } from './redis.ts'

/** What is told, and what it is. */
export const figures = {
  heliograph_review_backlog: 'Reviews that wait for a moderator.',
  heliograph_review_oldest_seconds: 'For how long the oldest of them waits; 0 without any.',
  heliograph_review_latency_seconds: 'From report to decision, median of the last thousand decisions.',
  heliograph_review_overturn_rate: 'Of the appeals that were answered, the share that was granted, 0 to 1.',
  heliograph_search_lag_p50_seconds:
    'From an event until search finds what it is about, median of the last thousand.',
  heliograph_search_lag_p99_seconds: 'The same; 99 of a hundred are quicker.',
  heliograph_media_unlabelled: 'Pictures and videos that wait for a look by the classifier.',
} as const

export type Figure = keyof typeof figures

/** How long a figure is shown that nobody tells again. */
const lastsMs = 300_000

export interface Figures {
  /** Tells figures, in place of those that were told before. */
  tell(values: Partial<Record<Figure, number>>): Promise<void>
  /** Those that were told a short while ago. */
  read(): Promise<Map<Figure, number>>
}

/** Figures of all processes of a namespace. */
export function createFigures(redis: CacheClient, namespace: string): Figures {
  const key = `${namespace}:figures`
  return {
    async tell(values) {
      await redis.multi().hset(key, values).pexpire(key, lastsMs).exec()
    },
    async read() {
      const told = await redis.hgetall(key)
      const names = Object.keys(figures) as Figure[]
      return new Map(names.flatMap((name) => (told[name] === undefined ? [] : [[name, Number(told[name])]])))
    },
  }
}
