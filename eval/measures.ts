// How good an order is, and how sure one is of it.

/** Normalised discounted cumulative gain of the first `k`, for posts that are wanted or not; null when none is wanted. */
export function ndcg(order: readonly string[], wanted: ReadonlySet<string>, k: number): number | null {
  if (wanted.size === 0) return null
  const discount = (place: number) => 1 / Math.log2(place + 2)
  let gain = 0
  for (const [place, id] of order.slice(0, k).entries()) if (wanted.has(id)) gain += discount(place)
  let best = 0
  for (let place = 0; place < Math.min(k, wanted.size); place++) best += discount(place)
  return gain / best
}

/** The share of what is wanted that stands among the first `k`; null when nothing is wanted. */
export function recall(order: readonly string[], wanted: ReadonlySet<string>, k: number): number | null {
  if (wanted.size === 0) return null
  return order.slice(0, k).filter((id) => wanted.has(id)).length / wanted.size
}

/** Mean and half of the 95 % interval over seeds (Student's t). */
export function interval(values: readonly number[]): { mean: number; half: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const spread = Math.sqrt(
    values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / Math.max(1, values.length - 1),
  )
  const t = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26][values.length - 2] ?? 1.96
  return { mean, half: (t * spread) / Math.sqrt(values.length) }
}
