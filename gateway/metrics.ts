/** Counters and gauges in Prometheus' text format. */
export interface Metrics {
  /** Adds to a counter. */
  count(name: CounterName, labels?: Labels, by?: number): void
  /** A value that is read when it is asked for; by label, when it has several. */
  gauge(name: string, help: string, read: () => number | readonly (readonly [Labels, number])[]): void
  text(): string
}

export type Labels = Readonly<Record<string, string>>

const counters = {
  heliograph_operations_total: 'Operations that were executed, by kind and whether the answer has errors.',
  heliograph_refused_total: 'Operations that were refused before any work, by code.',
  heliograph_cost_points_total: 'Points that operations cost.',
  heliograph_subgraph_failures_total: 'Requests to a subgraph that failed, by subgraph.',
} as const
export type CounterName = keyof typeof counters

/** Labels of one counter that are told apart; values that clients choose must not become labels. */
export function createMetrics(): Metrics {
  const values = new Map<CounterName, Map<string, number>>()
  const gauges = new Map<string, { help: string; read: Parameters<Metrics['gauge']>[2] }>()
  return {
    count(name, labels = {}, by = 1) {
      const series = values.get(name) ?? new Map<string, number>()
      values.set(name, series)
      const key = labelText(labels)
      series.set(key, (series.get(key) ?? 0) + by)
    },
    gauge: (name, help, read) => void gauges.set(name, { help, read }),
    text() {
      const lines: string[] = []
      for (const [name, help] of Object.entries(counters)) {
        lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} counter`)
        for (const [labels, value] of values.get(name as CounterName) ?? [])
          lines.push(`${name}${labels} ${value}`)
      }
      for (const [name, { help, read }] of gauges) {
        lines.push(`# HELP ${name} ${help}`, `# TYPE ${name} gauge`)
        const value = read()
        for (const [labels, one] of typeof value === 'number' ? [[{}, value] as const] : value)
          lines.push(`${name}${labelText(labels)} ${one}`)
      }
      return `${lines.join('\n')}\n`
    },
  }
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(([name, value]) => `${name}=${JSON.stringify(value)}`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}
