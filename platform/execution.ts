// Executes operations against a subgraph's schema: interpreted by graphql-js the first time, compiled by graphql-jit once a
// document comes again. Documents come from our own gateway's plans, so they are not validated again.
import {
  type DocumentNode,
  type ExecutionResult,
  execute,
  type FormattedExecutionResult,
  type GraphQLError,
  type GraphQLFieldResolver,
  type GraphQLInputType,
  type GraphQLSchema,
  getNamedType,
  isInputObjectType,
  isInputType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  typeFromAST,
  visit,
} from 'graphql'
import { type CompiledQuery, compileQuery, isCompiledQuery } from 'graphql-jit'

export interface ExecutionRequest {
  document: DocumentNode
  operationName?: string | undefined
  variables?: Record<string, unknown> | undefined
  /** The event, for the documents of subscriptions: they are executed once an event. */
  rootValue?: unknown
  context: unknown
}

export type Executor = (request: ExecutionRequest) => Promise<ExecutionResult>

/** `query` is undefined before the document was compiled, null when it must not be. */
interface Program {
  runs: number
  query: CompiledQuery['query'] | null | undefined
}

/**
 * An executor over one schema. Documents are compiled once per object: callers keep them.
 *
 * Compiled code reads a property that has no resolver as it is, so such a property must hold a plain value: a promise or
 * a function there is an error, on the first run too. `resolveType` must not return a promise.
 *
 * @param compileAfter how often a document is interpreted first: compiling one takes as long as some ten runs.
 */
export function createExecutor(schema: GraphQLSchema, compileAfter = 1): Executor {
  settleListElements(schema)
  const programs = new WeakMap<DocumentNode, Program>()
  return async ({ document, operationName, variables, rootValue, context }) => {
    let program = programs.get(document)
    if (!program) {
      program = { runs: 0, query: undefined }
      programs.set(document, program)
    }
    if (program.query === undefined && program.runs++ >= compileAfter) {
      program.query = compile(schema, document, operationName)
    }
    if (program.query) return program.query(rootValue ?? {}, context, variables ?? {})
    return execute({
      schema,
      document,
      operationName,
      variableValues: variables,
      rootValue,
      contextValue: context,
      fieldResolver: plainProperty,
    })
  }
}

function compile(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
): CompiledQuery['query'] | null {
  // The compiler unfolds input types, and one that contains itself without end.
  if (takesRecursiveInput(schema, document)) return null
  const compiled = compileQuery(schema, withoutRequiredDefaults(document), operationName, {
    disablingCapturingStackErrors: true,
  })
  return isCompiledQuery(compiled) ? compiled.query : null
}

/**
 * The compiler asks for a variable whose type is not null though it has a default. Nothing is lost when such a type is taken
 * for nullable: the gateway has checked what clients sent.
 */
function withoutRequiredDefaults(document: DocumentNode): DocumentNode {
  return visit(document, {
    VariableDefinition: (node) =>
      node.defaultValue && node.type.kind === Kind.NON_NULL_TYPE ? { ...node, type: node.type.type } : false,
  })
}

function takesRecursiveInput(schema: GraphQLSchema, document: DocumentNode): boolean {
  return document.definitions.some(
    (definition) =>
      definition.kind === Kind.OPERATION_DEFINITION &&
      definition.variableDefinitions?.some(({ type: node }) => {
        const type = typeFromAST(schema, node as never)
        return isInputType(type) && isRecursive(type, [])
      }),
  )
}

function isRecursive(type: GraphQLInputType, within: readonly unknown[]): boolean {
  const named = getNamedType(type)
  if (!isInputObjectType(named)) return false
  if (within.includes(named)) return true
  return Object.values(named.getFields()).some((field) => isRecursive(field.type, [...within, named]))
}

/** Holds the interpreter to what compiled code can do, so that a missing resolver shows on the first run. */
const plainProperty: GraphQLFieldResolver<unknown, unknown> = (source, _args, _context, info) => {
  const value = (source as Record<string, unknown> | null | undefined)?.[info.fieldName]
  if (typeof value === 'function' || isPromise(value)) {
    throw new Error(`${info.parentType.name}.${info.fieldName} is no plain value and needs a resolver`)
  }
  return value
}

const settled = new WeakSet<GraphQLSchema>()

/**
 * Makes list resolvers answer failed elements as Error values, which both executors report at the element. graphql-jit
 * appends a null for a rejected element instead of putting it in its place, which shifts a list whose elements settle
 * out of order; and one `__resolveReference` that throws would take all of `_entities` along.
 */
function settleListElements(schema: GraphQLSchema): void {
  if (settled.has(schema)) return
  settled.add(schema)
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type)) continue
    for (const field of Object.values(type.getFields())) {
      const { resolve } = field
      if (!resolve || !isListType(isNonNullType(field.type) ? field.type.ofType : field.type)) continue
      const resolveList = field.name === '_entities' ? eachEntity(resolve) : resolve
      field.resolve = (source, args, context, info) => {
        const result: unknown = resolveList(source, args, context, info)
        return isPromise(result) ? result.then(settleElements) : settleElements(result)
      }
    }
  }
}

/** Resolves representations one by one, so that one that throws fails alone. */
function eachEntity(resolve: GraphQLFieldResolver<unknown, unknown>): GraphQLFieldResolver<unknown, unknown> {
  return (source, { representations }, context, info) =>
    (representations as unknown[]).map((representation) => {
      try {
        return (resolve(source, { representations: [representation] }, context, info) as unknown[])[0]
      } catch (error) {
        return errorValue(error)
      }
    })
}

function settleElements(list: unknown): unknown {
  if (!Array.isArray(list) || !list.some(isPromise)) return list
  return Promise.all(
    list.map((element: unknown) => (isPromise(element) ? element.then(undefined, errorValue) : element)),
  )
}

function errorValue(reason: unknown): Error {
  return reason instanceof Error ? reason : new Error(`Unexpected error value: ${String(reason)}`)
}

function isPromise(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function'
}

/** A result as it goes over the wire, its errors made public by `format`. */
export function formatResult(
  result: ExecutionResult,
  format: (error: GraphQLError) => GraphQLError,
): FormattedExecutionResult {
  if (!result.errors?.length) return { data: result.data ?? null }
  return { data: result.data ?? null, errors: result.errors.map((error) => format(error).toJSON()) }
}
