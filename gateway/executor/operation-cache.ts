import { createSizedMap } from '#platform/sized-map.ts'
import type { PreparedOperation } from './operation.ts'

/** Operations by text and name, the least recently used ones dropped when they hold too much memory. */
export interface OperationCache<C extends object> {
  get(query: string, operationName: string | undefined): PreparedOperation<C>
  /** How many documents are held, and about how many bytes. */
  readonly count: number
  readonly bytes: number
}

interface Entry<C extends object> {
  readonly byName: Map<string | undefined, PreparedOperation<C>>
  bytes: number
}

/**
 * @param prepare makes an operation that is not held; what it throws is passed on, and nothing is kept.
 * @param maxBytes how much memory the operations may hold, by their own estimate.
 */
export function operationCache<C extends object>(
  prepare: (query: string, operationName: string | undefined) => PreparedOperation<C>,
  maxBytes: number,
): OperationCache<C> {
  const entries = createSizedMap<string, Entry<C>>(maxBytes)

  return {
    get(query, operationName) {
      const name = operationName || undefined
      const entry = entries.get(query) ?? { byName: new Map(), bytes: 0 }
      const known = entry.byName.get(name)
      if (known) return known
      const prepared = prepare(query, name)
      entry.byName.set(name, prepared)
      entry.bytes += prepared.bytes
      entries.set(query, entry, entry.bytes)
      return prepared
    },
    get count() {
      return entries.count
    },
    get bytes() {
      return entries.size
    },
  }
}
