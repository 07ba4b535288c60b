import type { FetchNode, PlanNode } from '@apollo/query-planner'
import { type DocumentNode, type GraphQLFormattedError, parse } from 'graphql'
import { shownPath } from './aliases.ts'
import { CircuitOpen } from './breaker.ts'
import { publicError } from './errors.ts'
import { isJson, type Json, merge } from './merge.ts'
import { compileRepresentations, type Representations } from './representations.ts'
import { compileRewrites } from './rewrites.ts'
import { sharedObjects } from './sharing.ts'
import type { DataSource, SubgraphRequest } from './sources.ts'
import type { LoadedSupergraph } from './supergraph.ts'

/** One execution of an operation: what has been fetched so far, and what went wrong. */
export interface Run<C extends object = object> {
  /** The subgraphs' answers, merged. It holds more than was asked for (keys, `__typename`); shape.ts makes it the answer. */
  readonly data: Json
  /** As the client sent them: each subgraph coerces what it uses. */
  readonly variables: Json
  readonly context: C
  readonly errors: GraphQLFormattedError[]
}

/** A compiled plan node. It never rejects: what fails is in `run.errors`. */
export type Step<C extends object = object> = (run: Run<C>) => Promise<void>

/** What compiling a plan needs to know. */
export interface PlanContext<C extends object> {
  readonly isOfType: LoadedSupergraph['isOfType']
  readonly sources: ReadonlyMap<string, DataSource<C>>
  /** Defaults of the operation's variables; conditions may stand on one. */
  readonly defaults: Json
  /** Told of what the subgraphs did not mean for clients, as it came. */
  readonly onError?: ((error: unknown, subgraph: string) => void) | undefined
}

type Path = readonly (string | number)[]

/**
 * Compiles a query plan: all that does not depend on variables or data is done here, once.
 *
 * @throws Error when the plan names a subgraph without a source, or needs `@defer`.
 */
export function compilePlan<C extends object>(node: PlanNode, context: PlanContext<C>): Step<C> {
  return compileNode(node, [], { ...context, shared: sharedObjects(node) })
}

/** Compiles one fetch outside of a plan: the primary one of a subscription. */
export function compileFetch<C extends object>(
  node: FetchNode,
  context: PlanContext<C>,
): (run: Run<C>, rootValue: unknown) => Promise<void> {
  return fetchStep(node, [], { ...context, shared: new Set() })
}

interface Compiling<C extends object> extends PlanContext<C> {
  /** The fetches whose answers may be part of several objects at once, since nothing merges into them later. */
  readonly shared: ReadonlySet<FetchNode>
}

function compileNode<C extends object>(node: PlanNode, path: Path, context: Compiling<C>): Step<C> {
  switch (node.kind) {
    case 'Sequence': {
      const steps = node.nodes.map((child) => compileNode(child, path, context))
      return async (run) => {
        for (const step of steps) await step(run)
      }
    }
    case 'Parallel': {
      const steps = node.nodes.map((child) => compileNode(child, path, context))
      return async (run) => {
        await Promise.all(steps.map((step) => step(run)))
      }
    }
    case 'Flatten':
      return compileNode(node.node, [...path, ...node.path], context)
    case 'Fetch': {
      const step = fetchStep(node, path, context)
      return (run) => step(run, undefined)
    }
    case 'Condition': {
      const { condition } = node
      const yes = node.ifClause && compileNode(node.ifClause, path, context)
      const no = node.elseClause && compileNode(node.elseClause, path, context)
      return async (run) => {
        const holds = (run.variables[condition] ?? context.defaults[condition]) === true
        await (holds ? yes : no)?.(run)
      }
    }
    case 'Defer':
      throw new Error('@defer is not supported')
  }
}

function fetchStep<C extends object>(
  node: FetchNode,
  path: Path,
  context: Compiling<C>,
): (run: Run<C>, rootValue: unknown) => Promise<void> {
  const { serviceName: subgraph } = node
  const source = context.sources.get(subgraph)
  if (!source) throw new Error(`The supergraph names the subgraph "${subgraph}", which has no data source`)
  const document = node.operationDocumentNode ?? parse(node.operation)
  const template = { document, query: node.operation, operationName: node.operationName }
  const represent =
    node.requires && compileRepresentations(node.requires, node.inputRewrites, context.isOfType)
  const rewrite = compileRewrites(node.outputRewrites, context.isOfType)
  const variableNames = node.variableUsages ?? []
  const share = context.shared.has(node)
  const fetchPath = pathOfFetch(path, document)

  const send = async (run: Run<C>, request: SubgraphRequest, pathsOf: PathsOf): Promise<Json | undefined> => {
    let result: Awaited<ReturnType<DataSource<C>['process']>>
    try {
      result = await source.process(request, run.context)
    } catch (error) {
      // What opened the circuit has been told.
      if (!(error instanceof CircuitOpen)) context.onError?.(error, subgraph)
      run.errors.push(unavailable(fetchPath))
      return undefined
    }
    if (result.errors) {
      for (const error of result.errors) {
        if (typeof error.extensions?.code !== 'string') context.onError?.(error, subgraph)
        for (const errorPath of pathsOf(error.path))
          run.errors.push(publicError(error, errorPath && shownPath(errorPath)))
      }
    }
    return isJson(result.data) ? result.data : undefined
  }

  if (!represent) {
    return async (run, rootValue) => {
      const targets = objectsAt(run.data, path)
      if (targets.length === 0) return
      const variables = pickVariables(run.variables, variableNames)
      const data = await send(run, { ...template, variables, rootValue }, (errorPath) => [
        errorPath ? [...concrete(path), ...errorPath] : fetchPath,
      ])
      if (!data) return
      rewrite?.(data)
      for (let i = 0; i < targets.length; i++) merge(targets[i] as Json, data, i > 0)
    }
  }

  return async (run) => {
    const targets = objectsAt(run.data, path)
    if (targets.length === 0) return
    const representations = represent(targets)
    if (representations.list.length === 0) return
    const variables = pickVariables(run.variables, variableNames)
    variables.representations = representations.list
    const data = await send(
      run,
      { ...template, variables },
      entityPaths(run, path, fetchPath, targets, representations),
    )
    if (!data) return
    const received = data._entities
    if (!Array.isArray(received) || received.length !== representations.list.length) {
      context.onError?.(
        new Error('"_entities" is not a list of as many elements as were asked for'),
        subgraph,
      )
      if (run.errors.length === 0) run.errors.push(unavailable(fetchPath))
      return
    }
    mergeEntities(targets, representations, received, rewrite, share)
  }
}

function mergeEntities(
  targets: readonly Json[],
  { of, list }: Representations,
  received: readonly unknown[],
  rewrite: ((value: unknown) => void) | undefined,
  share: boolean,
): void {
  const merged = new Array<boolean>(list.length).fill(false)
  for (let i = 0; i < targets.length; i++) {
    const index = of[i] as number
    if (index === -1) continue
    const entity = received[index]
    if (!isJson(entity)) continue
    const target = targets[i] as Json
    const again = merged[index] as boolean
    if (!again && rewrite) {
      // Rewrites tell objects apart by their type, which the subgraph need not have been asked for.
      entity.__typename ??= target.__typename
      rewrite(entity)
    }
    merged[index] = true
    merge(target, entity, again && !share)
  }
}

/** Where in the answer an error belongs, whose path is the subgraph's own: several places if they share an entity. */
type PathsOf = (path: Path | undefined) => readonly (Path | undefined)[]

function entityPaths<C extends object>(
  run: Run<C>,
  path: Path,
  fetchPath: Path | undefined,
  targets: readonly Json[],
  { of }: Representations,
): PathsOf {
  let places: Map<object, Path> | undefined
  return (errorPath) => {
    const index = errorPath?.[1]
    if (typeof index !== 'number') return [fetchPath]
    places ??= placesAt(run.data, path)
    const paths: Path[] = []
    for (let i = 0; i < targets.length; i++) {
      const place = of[i] === index ? places.get(targets[i] as Json) : undefined
      if (place) paths.push([...place, ...(errorPath as Path).slice(2)])
    }
    return paths.length > 0 ? paths : [fetchPath]
  }
}

/** The objects at a plan's path, `@` standing for each element of a list; nulls are left out. */
function objectsAt(root: Json, path: Path): Json[] {
  const found: Json[] = []
  gather(root, path, 0, found)
  return found
}

function gather(value: unknown, path: Path, depth: number, found: Json[]): void {
  if (typeof value !== 'object' || value === null) return
  if (Array.isArray(value)) {
    // A list is left by `@`; the planner also ends a path at a list of what it fetches.
    const next = path[depth] === '@' ? depth + 1 : depth
    for (const element of value) gather(element, path, next, found)
    return
  }
  if (depth === path.length) {
    found.push(value as Json)
    return
  }
  const name = path[depth] as string
  if (Object.hasOwn(value, name)) gather((value as Json)[name], path, depth + 1, found)
}

/** The answer's path of each object that `objectsAt` finds. */
function placesAt(root: Json, path: Path): Map<object, Path> {
  const places = new Map<object, Path>()
  const visit = (value: unknown, depth: number, place: Path): void => {
    if (typeof value !== 'object' || value === null) return
    if (Array.isArray(value)) {
      const next = path[depth] === '@' ? depth + 1 : depth
      for (const [index, element] of value.entries()) visit(element, next, [...place, index])
    } else if (depth === path.length) {
      if (!places.has(value)) places.set(value, place)
    } else {
      const name = path[depth] as string
      if (Object.hasOwn(value, name)) visit((value as Json)[name], depth + 1, [...place, name])
    }
  }
  visit(root, 0, [])
  return places
}

function pickVariables(given: Json, names: readonly string[]): Json {
  const variables: Json = {}
  for (const name of names) {
    if (Object.hasOwn(given, name) && given[name] !== undefined) variables[name] = given[name]
  }
  return variables
}

/** The part of a plan's path before it fans out: a path in an answer has indexes where a plan has `@`. */
function concrete(path: Path): Path {
  const end = path.indexOf('@')
  return end === -1 ? path : path.slice(0, end)
}

/** The path of an error about a whole fetch: undefined when it serves several root fields. */
function pathOfFetch(path: Path, document: DocumentNode): Path | undefined {
  if (path.length > 0) return concrete(path)
  const [operation] = document.definitions
  const selections = operation?.kind === 'OperationDefinition' ? operation.selectionSet.selections : []
  const [only] = selections
  return selections.length === 1 && only?.kind === 'Field' ? [(only.alias ?? only.name).value] : undefined
}

function unavailable(path: Path | undefined): GraphQLFormattedError {
  return {
    message: 'This part of the service is unavailable at the moment.',
    ...(path && { path: shownPath(path) }),
    extensions: { code: 'SERVICE_UNAVAILABLE' },
  }
}
