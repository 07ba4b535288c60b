import type { DocumentNode } from 'graphql'
import type { SubgraphError } from './errors.ts'

/** One operation for one subgraph. */
export interface SubgraphRequest {
  /** The parsed operation. The same object each time that the same planned fetch runs. */
  readonly document: DocumentNode
  /** The same operation as text. */
  readonly query: string
  readonly operationName?: string | undefined
  readonly variables: Readonly<Record<string, unknown>>
  /** For a subscription's operation: what its field is resolved from, JSON. */
  readonly rootValue?: unknown
}

export interface SubgraphResult {
  readonly data?: unknown
  readonly errors?: readonly SubgraphError[] | undefined
}

/**
 * Where the executor gets a subgraph's answers. `context` is the client's request, one object for as long as it lasts.
 * A rejection means that the subgraph cannot be reached: the client sees `SERVICE_UNAVAILABLE` and partial data.
 */
export interface DataSource<C extends object = object> {
  process(request: SubgraphRequest, context: C): Promise<SubgraphResult> | SubgraphResult
  /** Whether the subgraph is known to be away, so that nothing is sent to it; absent for one that cannot be. */
  readonly isAway?: boolean
  /** Frees connections; absent when there are none. */
  close?(): Promise<void>
}
