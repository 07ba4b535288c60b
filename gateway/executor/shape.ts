import {
  type DocumentNode,
  executeSync,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLLeafType,
  type GraphQLOutputType,
  type GraphQLSchema,
  isCompositeType,
  isEnumType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isSpecifiedScalarType,
  Kind,
  type OperationDefinitionNode,
  type VariableDefinitionNode,
  visit,
} from 'graphql'
import { shownName } from './aliases.ts'
import { type Collected, type Condition, collectFields, type Occurrence } from './collect.ts'
import { isJson, type Json } from './merge.ts'

/** What is wrong with a value that the subgraphs gave; `path` is in the answer's terms. */
export interface CompletionError {
  readonly message: string
  readonly path: (string | number)[]
}

export interface Shaped {
  /** In the order of the operation, and nothing but what it asks for. Null when a root field that must not be null is. */
  readonly data: Json | null
  readonly errors: readonly CompletionError[]
}

/** What the supergraph has and clients do not see: `@inaccessible` types, and values of enums, by the enum's name. */
export interface Hidden {
  readonly types: ReadonlySet<string>
  readonly values: ReadonlyMap<string, ReadonlySet<unknown>>
}

const nothingHidden: Hidden = { types: new Set(), values: new Map() }

/** Makes the answer out of the subgraphs' merged data. `variables` matter for `@skip`, `@include` and introspection. */
export type Shape = (data: Json, variables: Json) => Shaped

/**
 * Compiles the last step of an operation: nulls that must not be null bubble up, type conditions and `@skip`/`@include` are
 * applied, aliases are as the client wrote them, what the API schema hides (`@inaccessible` enum values and types) becomes
 * null, without an error where null may be, and introspection is answered. The rules are those of Apollo Gateway's
 * `computeResponse`.
 *
 * One JavaScript function is generated for each selection set and runtime type, when the first such object comes by: an
 * object literal with constant keys is several times quicker than a loop over field descriptions.
 */
export function compileShape(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  defaults: Json,
  hidden: Hidden = nothingHidden,
): Shape {
  const root = schema.getRootType(operation.operation)
  if (!root) throw new Error(`The schema has no ${operation.operation} type`)
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const compiling: Compiling = { schema, fragments, operation, hidden, typesByName: new Map() }
  const shapeRoot = objectOfType(compiling, root, root, [
    { selectionSet: operation.selectionSet, condition: [] },
  ])
  const conditional = hasConditions(document)
  return (data, given) => {
    const variables = conditional ? { ...defaults, ...given } : given
    const run: ShapeRun = { errors: [], variables }
    return { data: shapeRoot(data, run), errors: run.errors }
  }
}

interface Compiling {
  readonly schema: GraphQLSchema
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>
  readonly operation: OperationDefinitionNode
  readonly hidden: Hidden
  readonly typesByName: Map<string, GraphQLCompositeType | null>
}

interface ShapeRun {
  readonly errors: CompletionError[]
  readonly variables: Json
}

/** Null when a field that must not be null is. */
type ObjectShape = (value: Json, run: ShapeRun) => Json | null

/**
 * Completes a value that is not null. What it returns is null when the value is invalid, which is in `run.errors` then,
 * with a path that begins at this value: the caller puts its own key in front.
 */
type Complete = (value: unknown, run: ShapeRun) => unknown

function hasConditions(document: DocumentNode): boolean {
  let found = false
  visit(document, {
    Directive: ({ name }) => {
      found ||= name.value === 'skip' || name.value === 'include'
    },
  })
  return found
}

/** The object's own `__typename` decides what is selected; without one, the type that the schema states. */
function completeObject(
  compiling: Compiling,
  type: GraphQLCompositeType,
  nonNull: boolean,
  occurrences: readonly Occurrence[],
): Complete {
  const shapes = new Map<string, ObjectShape | null>()
  const shapeFor = (typename: unknown): ObjectShape | null => {
    const name = typeof typename === 'string' ? typename : ''
    let shape = shapes.get(name)
    if (shape === undefined) {
      const runtime = name === '' ? type : compositeType(compiling, name)
      shape = runtime && objectOfType(compiling, type, runtime, occurrences)
      // A name that the schema does not know is not kept: a subgraph could make up any number of them.
      if (shape) shapes.set(name, shape)
    }
    return shape
  }
  let lastName: unknown
  let lastShape: ObjectShape | null = null
  return (value, run) => {
    if (!isJson(value)) {
      run.errors.push({
        message: `Invalid value found where an object of type ${type.name} is due.`,
        path: [],
      })
      return null
    }
    const typename = value.__typename
    if (lastShape === null || typename !== lastName) {
      const shape = shapeFor(typename)
      if (!shape) {
        if (!nonNull && compiling.hidden.types.has(String(typename))) return null
        run.errors.push({ message: `Invalid __typename found for an object of type ${type.name}.`, path: [] })
        return null
      }
      lastName = typename
      lastShape = shape
    }
    return lastShape(value, run)
  }
}

function compositeType({ schema, typesByName }: Compiling, name: string): GraphQLCompositeType | null {
  let type = typesByName.get(name)
  if (type === undefined) {
    const named = schema.getType(name)
    type = isCompositeType(named) ? named : null
    if (type) typesByName.set(name, type)
  }
  return type
}

function completeValue(
  compiling: Compiling,
  stated: GraphQLOutputType,
  description: string,
  occurrences: readonly Occurrence[],
): Complete {
  const nonNull = isNonNullType(stated)
  const type = nonNull ? stated.ofType : stated
  if (isListType(type)) {
    const element = isNonNullType(type.ofType) ? type.ofType.ofType : type.ofType
    const inner = completeValue(
      compiling,
      type.ofType,
      `array element of type ${String(element)}`,
      occurrences,
    )
    return completeList(inner, String(element), isNonNullType(type.ofType), description)
  }
  if (isLeafType(type)) {
    const isValid = leafTest(type)
    const hidden = nonNull ? undefined : compiling.hidden.values.get(type.name)
    return (value, run) => {
      if (isValid(value)) return value
      if (hidden?.has(value)) return null
      run.errors.push({ message: `Invalid value found for ${description}.`, path: [] })
      return null
    }
  }
  return completeObject(compiling, type, nonNull, occurrences)
}

function completeList(inner: Complete, element: string, nonNull: boolean, description: string): Complete {
  return (value, run) => {
    const { errors } = run
    if (!Array.isArray(value)) {
      errors.push({ message: `Invalid value found for ${description}.`, path: [] })
      return null
    }
    const length = value.length
    const completed = new Array<unknown>(length)
    let nulled = false
    for (let i = 0; i < length; i++) {
      const item: unknown = value[i]
      if (item === null || item === undefined) {
        completed[i] = null
        if (!nonNull) continue
        nulled = true
        const message = `Cannot return null for non-nullable array element of type ${element} at index ${i}.`
        errors.push({ message, path: [i] })
        continue
      }
      const before = errors.length
      const result = inner(item, run)
      if (errors.length !== before) prefix(errors, before, i)
      if (result === null && nonNull) nulled = true
      completed[i] = result
    }
    return nulled ? null : completed
  }
}

/** Puts a key in front of the paths of the errors that completing a part has added. */
function prefix(errors: readonly CompletionError[], from: number, key: string | number): void {
  for (let i = from; i < errors.length; i++) errors[i]?.path.unshift(key)
}

const integer = /^-?\d+$/

/** Which JSON values are answers of the type: `isValidLeafValue` of Apollo's federation. Custom scalars take anything. */
function leafTest(type: GraphQLLeafType): (value: unknown) => boolean {
  if (isEnumType(type)) {
    const names = new Set<unknown>(type.getValues().map(({ name }) => name))
    return (value) => names.has(value)
  }
  if (!isSpecifiedScalarType(type)) return () => true
  switch (type.name) {
    case 'Boolean':
      return (value) => typeof value === 'boolean'
    case 'Int':
      return isInteger
    case 'Float':
      return (value) => typeof value === 'number' && Number.isFinite(value)
    case 'ID':
      return (value) => typeof value === 'string' || isInteger(value)
    default:
      return (value) => typeof value === 'string'
  }
}

function isInteger(value: unknown): boolean {
  return typeof value === 'number' && integer.test(String(value))
}

/** The same test as an expression, where a wrong negative is only slower: the generated code asks `leafTest` then. */
function quickLeafTest(type: GraphQLLeafType, value: string): string {
  if (isEnumType(type)) return 'false'
  if (!isSpecifiedScalarType(type)) return 'true'
  switch (type.name) {
    case 'Boolean':
      return `typeof ${value} === "boolean"`
    case 'Int':
      return `(typeof ${value} === "number" && (${value} | 0) === ${value})`
    case 'Float':
      return `(typeof ${value} === "number" && ${value} - ${value} === 0)`
    default:
      return `typeof ${value} === "string"`
  }
}

/** What generated code calls by constant index: completers, and the messages for nulls. */
interface Constants {
  readonly complete: Complete[]
  readonly resolve: ((run: ShapeRun) => unknown)[]
  readonly messages: string[]
  readonly prefix: typeof prefix
  readonly own: (value: Json, name: string) => unknown
  readonly objectTypeName: (value: unknown) => string | null
}

/** Generates the function for objects of the runtime type where the schema states the type `stated`. */
function objectOfType(
  compiling: Compiling,
  stated: GraphQLCompositeType,
  runtime: GraphQLCompositeType,
  occurrences: readonly Occurrence[],
): ObjectShape {
  const fields = collectFields(compiling.schema, compiling.fragments, stated, runtime, occurrences)
  const constants: Constants = {
    complete: [],
    resolve: [],
    messages: [],
    prefix,
    own,
    objectTypeName: (name) => {
      const type = typeof name === 'string' ? compositeType(compiling, name) : null
      return isObjectType(type) ? type.name : null
    },
  }
  const steps: string[] = []
  const entries: { key: string; value: string; condition: string }[] = []
  for (const [index, field] of [...fields.values()].entries()) {
    const value = `f${index}`
    const condition = conditionSource(field.conditions)
    const step = fieldSource(compiling, runtime, field, value, constants)
    steps.push(`let ${value};`, condition === '' ? step : `if (${condition}) {\n${step}\n}`)
    entries.push({ key: JSON.stringify(shownName(field.responseName)), value, condition })
  }
  const literal = (from: typeof entries): string =>
    `{ ${from.map(({ key, value }) => `${key}: ${value}`).join(', ')} }`
  const firstConditional = entries.findIndex(({ condition }) => condition !== '')
  const always = firstConditional === -1 ? entries : entries.slice(0, firstConditional)
  const rest = firstConditional === -1 ? [] : entries.slice(firstConditional)
  const source = [
    '"use strict";',
    'const { complete, resolve, messages, prefix, own, objectTypeName } = constants;',
    ...constants.complete.map((_, i) => `const c${i} = complete[${i}];`),
    'return function shape(o, run) {',
    'const errors = run.errors; const vars = run.variables; let n;',
    ...steps,
    `const out = ${literal(always)};`,
    ...rest.map(({ key, value, condition }) => `${condition && `if (${condition}) `}out[${key}] = ${value};`),
    'return out;',
    '}',
  ].join('\n')
  return new Function('constants', source)(constants) as ObjectShape
}

/** Statements that read one field into the variable `value`, or return null when it must not be null and is. */
function fieldSource(
  compiling: Compiling,
  runtime: GraphQLCompositeType,
  field: Collected,
  value: string,
  constants: Constants,
): string {
  const { responseName, nodes } = field
  const name = (nodes[0] as FieldNode).name.value
  const key = JSON.stringify(responseName)
  const read = responseName in Object.prototype ? `own(o, ${key})` : `o[${key}]`

  if (name === '__typename') {
    if (isObjectType(runtime)) return `${value} = ${JSON.stringify(runtime.name)};`
    // The object did not say what it is, or named an interface; under an alias it may have said it.
    return `${value} = objectTypeName(${read}); if (${value} === null) return null;`
  }
  if (name === '__schema' || name === '__type') {
    constants.resolve.push(introspection(compiling, field))
    return `${value} = resolve[${constants.resolve.length - 1}](run);`
  }

  const { type, occurrences } = field
  const nonNull = isNonNullType(type)
  const nullable = nonNull ? type.ofType : type
  const shown = shownName(responseName)
  const shownKey = JSON.stringify(shown)
  const description = `field ${runtime.name}.${shown}`
  constants.messages.push(`Cannot return null for non-nullable ${description}.`)
  const onNull = nonNull
    ? `{ errors.push({ message: messages[${constants.messages.length - 1}], path: [${shownKey}] }); return null; }`
    : `${value} = null;`
  constants.complete.push(completeValue(compiling, type, description, occurrences))
  const completed = [
    `n = errors.length; ${value} = c${constants.complete.length - 1}(${value}, run);`,
    `if (errors.length !== n) prefix(errors, n, ${shownKey});`,
    nonNull ? `if (${value} === null) return null;` : '',
  ].join(' ')
  const slow = `if (${value} === null || ${value} === undefined) ${onNull} else { ${completed} }`
  if (!isLeafType(nullable)) return `${value} = ${read}; ${slow}`
  // A custom scalar is any value but null: a value that passes the quick test needs nothing else.
  const quick = quickLeafTest(nullable, value)
  if (quick === 'true')
    return `${value} = ${read}; if (${value} === null || ${value} === undefined) ${onNull}`
  return `${value} = ${read}; if (!(${quick})) { ${slow} }`
}

function own(value: Json, name: string): unknown {
  return Object.hasOwn(value, name) ? value[name] : undefined
}

/** `__schema` and `__type` are answered by graphql-js from the API schema: once, unless they depend on variables. */
function introspection(compiling: Compiling, field: Collected): (run: ShapeRun) => unknown {
  const { schema, fragments, operation } = compiling
  const used = new Set<string>()
  const collect = { Variable: ({ name }: { name: { value: string } }) => void used.add(name.value) }
  for (const node of field.nodes) visit(node, collect)
  for (const fragment of fragments.values()) visit(fragment, collect)
  const variableDefinitions = (operation.variableDefinitions ?? []).filter(
    ({ variable }: VariableDefinitionNode) => used.has(variable.name.value),
  )
  const document: DocumentNode = {
    kind: Kind.DOCUMENT,
    definitions: [
      {
        kind: Kind.OPERATION_DEFINITION,
        operation: operation.operation,
        variableDefinitions,
        selectionSet: { kind: Kind.SELECTION_SET, selections: field.nodes },
      },
      ...fragments.values(),
    ],
  }
  let known: unknown
  return ({ variables }) => {
    if (known !== undefined) return known
    const { data, errors } = executeSync({ schema, document, rootValue: {}, variableValues: variables })
    if (errors?.length) throw errors[0]
    const answer = data?.[field.responseName]
    if (variableDefinitions.length === 0) known = answer
    return answer
  }
}

/** A JavaScript expression for "one of these conjunctions holds"; empty when one always does. */
function conditionSource(conditions: readonly Condition[]): string {
  if (conditions.some((condition) => condition.length === 0)) return ''
  return conditions
    .map((condition) =>
      condition.map(({ variable, is }) => `vars[${JSON.stringify(variable)}] === ${is}`).join(' && '),
    )
    .map((conjunction) => `(${conjunction})`)
    .join(' || ')
}
