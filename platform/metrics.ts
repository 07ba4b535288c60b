import { within } from './within.ts'

/** Counters and gauges of one process in Prometheus' text format. */
export interface Metrics {
  /** Adds to a counter. */
  count(name: CounterName, labels?: Labels, by?: number): void
  /**
   * A value that is read when it is asked for; by label, when it has several. One that is declared again, by another part of the
   * process, has the values of both. What cannot be read within a second is left out.
   */
  gauge(name: string, help: string, read: () => Reading | Promise<Reading>): void
  text(): Promise<string>
}

export type Labels = Readonly<Record<string, string>>
type Reading = number | readonly (readonly [Labels, number])[]

const readMs = 1_000

const counters = {
  heliograph_operations_total: 'Operations that were executed, by kind and whether the answer has errors.',
  heliograph_refused_total: 'Operations that were refused before any work, by code.',
  heliograph_cost_points_total: 'Points that operations cost.',
  heliograph_subgraph_failures_total: 'Requests to a subgraph that failed, by subgraph.',
  heliograph_events_handled_total: 'Events that took effect, by consumer.',
  heliograph_events_refused_total: 'Tries at an event that failed, by consumer; it comes again.',
  heliograph_events_set_aside_total: 'Events that were given up after the last try, by consumer.',
} as const
export type CounterName = keyof typeof counters

/** Labels of one counter that are told apart; values that clients choose must not become labels. */
export function createMetrics(): Metrics {
  const values = new Map<CounterName, Map<string, number>>()
  const gauges = new Map<string, { help: string; reads: (() => Reading | Promise<Reading>)[] }>()
  return {
    count(name, labels = {}, by = 1) {
      const series = values.get(name) ?? new Map<string, number>()
      values.set(name, series)
      const key = labelText(labels)
      series.set(key, (series.get(key) ?? 0) + by)
    },
    gauge(name, help, read) {
      const gauge = gauges.get(name) ?? { help, reads: [] }
      gauges.set(name, gauge)
      gauge.reads.push(read)
    },
    async text() {
      const counted = Object.entries(counters).flatMap(([name, help]) => [
        ...headOf(name, help, 'counter'),
        ...[...(values.get(name as CounterName) ?? [])].map(([labels, value]) => `${name}${labels} ${value}`),
      ])
      const gauged = await Promise.all(
        [...gauges].map(async ([name, { help, reads }]) => {
          const readings = await Promise.all(reads.map((read) => readingOf(read)))
          const lines = readings
            .flatMap((reading) => (typeof reading === 'number' ? [[{}, reading] as const] : reading))
            .map(([labels, value]) => `${name}${labelText(labels)} ${value}`)
          return [...headOf(name, help, 'gauge'), ...lines]
        }),
      )
      return `${[...counted, ...gauged.flat()].join('\n')}\n`
    },
  }
}

/** Shows the prepared operations that a process holds, and about how many bytes they take. */
export function showOperations(
  metrics: Metrics,
  held: { readonly count: number; readonly bytes: number },
): void {
  metrics.gauge('heliograph_operations', 'Prepared operations that are held.', () => held.count)
  metrics.gauge(
    'heliograph_operation_bytes',
    'About how many bytes prepared operations hold.',
    () => held.bytes,
  )
}

/** What a gauge says, or nothing when that takes too long or fails. */
async function readingOf(read: () => Reading | Promise<Reading>): Promise<Reading> {
  try {
    return await within(readMs, Promise.resolve(read()))
  } catch {
    return []
  }
}

function headOf(name: string, help: string, type: 'counter' | 'gauge'): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`]
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
