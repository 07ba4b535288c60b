import type { GraphQLFormattedError, GraphQLSchema } from 'graphql'
import type { Run } from './execute.ts'
import { defaultLimits, type OperationLimits } from './limits.ts'
import type { Json } from './merge.ts'
import { type PreparedOperation, prepareOperation, restrictOperation } from './operation.ts'
import { type OperationCache, operationCache } from './operation-cache.ts'
import { forbiddenErrors } from './scopes.ts'
import type { DataSource } from './sources.ts'
import { loadSupergraph } from './supergraph.ts'

/** What is sent to clients. Without `data` nothing was executed. */
export interface GraphQLAnswer {
  readonly errors?: readonly GraphQLFormattedError[]
  readonly data?: Json | null
  readonly extensions?: Readonly<Record<string, unknown>>
}

export interface ExecutorOptions<C extends object> {
  /** The supergraph's SDL. */
  readonly supergraph: string
  /** One for each subgraph of the supergraph, by its name there. */
  readonly sources: ReadonlyMap<string, DataSource<C>>
  readonly limits?: Partial<OperationLimits>
  /** False refuses operations that ask for the schema. */
  readonly introspection?: boolean
  /** How much memory prepared operations may hold, about. Default 128 MiB. */
  readonly cacheBytes?: number
  /** For the log: told of subgraphs that are away, of errors without a code, and of answers that break the schema. */
  readonly onError?: (error: unknown, subgraph: string) => void
}

/** A federated graph, ready to answer operations. `C` is the client's request, passed on to the data sources. */
export interface Executor<C extends object> {
  /** What clients see. */
  readonly schema: GraphQLSchema
  readonly subgraphs: readonly { readonly name: string; readonly url: string }[]
  readonly operations: Pick<OperationCache<C>, 'bytes' | 'count'>
  /**
   * Parses, validates and plans, unless that is known already.
   * @throws OperationError
   */
  prepare(query: string, operationName?: string): PreparedOperation<C>
  /**
   * The operation as an app may have it: what it holds no scope for is not executed, null in the answer, and an error.
   * @param held the app's scopes.
   * @throws OperationError FORBIDDEN when it is a subscription to something that the app may not have.
   */
  restrict(prepared: PreparedOperation<C>, held: readonly string[]): PreparedOperation<C>
  /**
   * Executes a query or mutation; the variables must have passed `checkVariables`. It rejects never: what fails is in the
   * answer.
   */
  execute(prepared: PreparedOperation<C>, variables: Json, context: C): Promise<GraphQLAnswer>
  /**
   * Resolves one event of a subscription, afresh for this context's viewer; the variables must have passed `checkVariables`.
   * @param root what the subscription's own subgraph resolves the field from.
   */
  onEvent(prepared: PreparedOperation<C>, root: unknown, variables: Json, context: C): Promise<GraphQLAnswer>
  /** Closes the data sources. */
  close(): Promise<void>
}

/** Sets of scopes that an operation is kept for. */
const maxRestrictions = 50

/**
 * Makes an executor of a supergraph.
 *
 * @throws when the supergraph is invalid, or a subgraph of it has no source.
 */
export function createExecutor<C extends object = object>(options: ExecutorOptions<C>): Executor<C> {
  const { sources, onError, introspection = true, cacheBytes = 128 * 1024 * 1024 } = options
  const supergraph = loadSupergraph(options.supergraph)
  for (const { name } of supergraph.subgraphs) {
    if (!sources.has(name))
      throw new Error(`The supergraph names the subgraph "${name}", which has no data source`)
  }
  const context = {
    supergraph,
    sources,
    onError,
    introspection,
    limits: { ...defaultLimits, ...options.limits },
  }
  const operations = operationCache<C>((query, name) => prepareOperation(context, query, name), cacheBytes)

  const restricted = new WeakMap<PreparedOperation<C>, Map<string, PreparedOperation<C>>>()

  const finish = (prepared: PreparedOperation<C>, run: Run<C>): GraphQLAnswer => {
    const { forbidden } = prepared
    if (forbidden)
      run.errors.push(...forbiddenErrors(forbidden, run.data, run.variables, supergraph.isOfType))
    const { data, errors } = prepared.shape(run.data, run.variables)
    if (errors.length === 0) return run.errors.length === 0 ? { data } : { errors: run.errors, data }
    // One of them is enough for the log: a broken list breaks in each element.
    onError?.(errors[0], 'gateway')
    // A subgraph's own error says more about a null than that there must be none.
    if (run.errors.length > 0) return { errors: run.errors, data }
    return { errors: errors.map((error) => ({ ...error, extensions: { code: 'INTERNAL' } })), data }
  }

  return {
    schema: supergraph.schema,
    subgraphs: supergraph.subgraphs,
    operations,
    prepare: (query, operationName) => operations.get(query, operationName),
    restrict(prepared, held) {
      const byScopes = restricted.get(prepared) ?? new Map<string, PreparedOperation<C>>()
      restricted.set(prepared, byScopes)
      const key = [...held].sort().join(' ')
      let known = byScopes.get(key)
      if (!known) {
        if (byScopes.size >= maxRestrictions) byScopes.clear()
        known = restrictOperation(context, prepared, held)
        byScopes.set(key, known)
      }
      return known
    },
    async execute(prepared, variables, request) {
      const run: Run<C> = { data: {}, variables, context: request, errors: [] }
      await prepared.step?.(run)
      return finish(prepared, run)
    },
    async onEvent(prepared, root, variables, request) {
      const { subscription } = prepared
      if (!subscription) throw new Error('The operation is no subscription')
      const run: Run<C> = { data: {}, variables, context: request, errors: [] }
      await subscription.primary(run, root)
      await subscription.rest?.(run)
      return finish(prepared, run)
    },
    async close() {
      await Promise.all([...sources.values()].map((source) => source.close?.()))
    },
  }
}
