// The way in, the same for every transport: which document, is it good, may the viewer afford it.
import type { Viewer } from '#platform/viewer.ts'
import type { AppUsage } from './app-usage.ts'
import { type Charge, chargeOf, refusedCost } from './cost.ts'
import type { CostBuckets } from './cost-bucket.ts'
import { createDocuments, type Documents } from './documents.ts'
import { OperationError } from './executor/errors.ts'
import type { Executor, GraphQLAnswer } from './executor/executor.ts'
import type { Json } from './executor/merge.ts'
import type { PreparedOperation } from './executor/operation.ts'
import type { GraphQLParameters } from './http-request.ts'

/** An operation that may run. */
export interface Admitted<C extends object> {
  readonly prepared: PreparedOperation<C>
  readonly variables: Json
  /** What it costs its viewer. */
  readonly charge: Charge
}

export interface Admission<C extends object> {
  /**
   * Finds, prepares and charges the operation that a request asks for.
   * @throws OperationError
   */
  admit(parameters: GraphQLParameters, viewer: Viewer): Promise<Admitted<C>>
  /** Executes a query or mutation, and says what it cost. It rejects never. */
  execute(admitted: Admitted<C>, viewer: Viewer): Promise<GraphQLAnswer>
}

export interface AdmissionOptions<C extends object> {
  readonly executor: Executor<C>
  /** The request of a viewer, for the data sources; `charge` is absent for the events of a subscription. */
  readonly scope: (viewer: Viewer, charge?: Charge, isQuery?: boolean) => C
  /** Without them only documents that a request sends itself, or that were sent to this process. */
  readonly documents?: Documents
  /** Without them nobody pays. */
  readonly costs?: CostBuckets | undefined
}

export function createAdmission<C extends object>(options: AdmissionOptions<C>): Admission<C> {
  const { executor, scope, costs } = options
  const { documents = createDocuments({ redis: null, namespace: '' }) } = options

  const prepare = async (parameters: GraphQLParameters, viewer: Viewer): Promise<PreparedOperation<C>> => {
    const text = documents.textOf(parameters, viewer)
    const prepared = executor.prepare(typeof text === 'string' ? text : await text, parameters.operationName)
    documents.keep(parameters, viewer)
    return prepared
  }

  return {
    async admit(parameters, viewer) {
      costs?.check(viewer)
      const { variables } = parameters
      let admitted: Admitted<C>
      try {
        const whole = await prepare(parameters, viewer)
        const prepared = viewer.scopes === null ? whole : executor.restrict(whole, viewer.scopes)
        const refused = prepared.checkVariables(variables)
        if (refused) throw refused
        admitted = { prepared, variables, charge: chargeOf(prepared, variables) }
      } catch (error) {
        if (error instanceof OperationError) costs?.add(viewer, refusedCost)
        throw error
      }
      await costs?.take(viewer, admitted.charge.cost)
      return admitted
    },
    async execute({ prepared, variables, charge }, viewer) {
      const answer = await executor.execute(
        prepared,
        variables,
        scope(viewer, charge, prepared.kind === 'query'),
      )
      return costs ? { ...answer, extensions: { cost: charge } } : answer
    },
  }
}

/** Counts what apps do on their way in. */
export function metered<C extends object>(
  admission: Admission<C>,
  usage: Pick<AppUsage, 'count'>,
): Admission<C> {
  return {
    ...admission,
    async admit(parameters, viewer) {
      const { appId } = viewer
      if (appId === null) return admission.admit(parameters, viewer)
      try {
        const admitted = await admission.admit(parameters, viewer)
        usage.count(appId, { requests: 1, points: admitted.charge.cost })
        return admitted
      } catch (error) {
        if (error instanceof OperationError) usage.count(appId, { refused: 1 })
        throw error
      }
    },
  }
}
