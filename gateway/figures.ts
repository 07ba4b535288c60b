// Figures of other processes, shown among the gateway's own metrics.
import { type Figure, type Figures, figures as helps } from '#platform/figures.ts'
import type { Metrics } from '#platform/metrics.ts'

/** Shows what other processes tell, and answers how to read all metrics as they are now. Without Redis the gateway's own are shown. */
export function showFigures(metrics: Metrics, figures: Pick<Figures, 'read'>): () => Promise<string> {
  let told = new Map<Figure, number>()
  for (const [name, help] of Object.entries(helps)) {
    metrics.gauge(name, help, () => told.get(name as Figure) ?? [])
  }
  return async () => {
    told = await figures.read().catch(() => new Map())
    return metrics.text()
  }
}
