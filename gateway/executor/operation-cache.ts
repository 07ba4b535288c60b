import type { PreparedOperation } from './operation.ts'

/** Operations by text and name, the least recently used ones dropped when they hold too much memory. */
export interface OperationCache<C extends object> {
  get(query: string, operationName: string | undefined): PreparedOperation<C>
  /** How many documents are held, and about how many bytes. */
  readonly documents: number
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
  const entries = new Map<string, Entry<C>>()
  let bytes = 0

  const evict = (): void => {
    for (const [query, entry] of entries) {
      if (bytes <= maxBytes) return
      entries.delete(query)
      bytes -= entry.bytes
    }
  }

  return {
    get(query, operationName) {
      const name = operationName || undefined
      const entry = entries.get(query)
      const known = entry?.byName.get(name)
      if (entry && known) {
        // A map keeps the order of insertion: the first one is the least recently used.
        entries.delete(query)
        entries.set(query, entry)
        return known
      }
      const prepared = prepare(query, name)
      const into = entry ?? { byName: new Map(), bytes: 0 }
      into.byName.set(name, prepared)
      into.bytes += prepared.bytes
      bytes += prepared.bytes
      entries.delete(query)
      entries.set(query, into)
      evict()
      return prepared
    },
    get documents() {
      return entries.size
    },
    get bytes() {
      return bytes
    },
  }
}
