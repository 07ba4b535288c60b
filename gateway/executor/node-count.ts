import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLArgument,
  type GraphQLCompositeType,
  type GraphQLField,
  type GraphQLSchema,
  getNamedType,
  getNullableType,
  isAbstractType,
  isCompositeType,
  isListType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  type ValueNode,
} from 'graphql'
import type { Json } from './merge.ts'

/**
 * How many nodes an operation may bring with these variables, before anything is fetched: the elements of its lists, where
 * a list within a list multiplies. A list is as long as
 *
 * - its `first` or `last` says, be it a literal, a variable or a default;
 * - the list of ids that it is asked for (`nodes(ids:)`);
 * - the page that it stands in: `nodes` and `edges` of a connection are one page, counted once, and `actors` too, which
 *   has `first` itself and `edges` below;
 * - 10 otherwise.
 *
 * Single objects count nothing (GitHub's model), nor do lists of scalars. What `@skip` and `@include` leave out counts
 * nothing either, and of fragments on types that exclude each other the largest counts.
 */
export type CountNodes = (variables: Json) => number

/** Reads what depends on the variables. A constant is itself, so that what does not depend on them costs nothing. */
type Reading = number | CountNodes

/** Holds or does not, by the variables. */
type Condition = (variables: Json) => boolean

/** A selection set, and the variables' conditions under which it is there at all. */
interface Source {
  readonly selections: readonly SelectionNode[]
  readonly conditions: readonly Condition[]
}

/** Default values of the operation's variables. */
type Defaults = ReadonlyMap<string, ValueNode>

type FieldType = GraphQLField<unknown, unknown>

interface Occurrence {
  readonly node: FieldNode
  readonly conditions: readonly Condition[]
}

/** Elements of a list about which the query says nothing. */
const unknownSize = 10

/** Combinations of abstract types in each other that are looked at; only a document made for it has more. */
const maxSteps = 50_000

/** The document's abstract types combine in too many ways to count. */
export class UncountableError extends Error {}

/**
 * Compiles the count of an operation that has passed validation.
 *
 * @returns a number when it is the same for all variables.
 * @throws UncountableError
 */
export function compileNodeCount(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): Reading {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const defaults = new Map<string, ValueNode>()
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue) defaults.set(variable.name.value, defaultValue)
  }
  const root = schema.getRootType(operation.operation)
  if (!root) return 0
  let steps = 0

  const isOfType = (concrete: GraphQLCompositeType, condition: string): boolean => {
    if (concrete.name === condition) return true
    const type = schema.getType(condition)
    return isAbstractType(type) && !isAbstractType(concrete) && schema.isSubType(type, concrete)
  }

  /** Fields by response name, as execution on an object of this type would collect them. */
  const collect = (
    { selections, conditions }: Source,
    type: GraphQLCompositeType,
    into: Map<string, Occurrence[]>,
    spread: Set<string>,
  ): void => {
    for (const selection of selections) {
      if (++steps > maxSteps) throw new UncountableError('The document combines too many types.')
      const own = conditionsOf(selection, defaults)
      if (!own) continue
      const all = own.length === 0 ? conditions : [...conditions, ...own]
      if (selection.kind === Kind.FIELD) {
        const name = (selection.alias ?? selection.name).value
        const occurrences = into.get(name)
        if (occurrences) occurrences.push({ node: selection, conditions: all })
        else into.set(name, [{ node: selection, conditions: all }])
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        const condition = selection.typeCondition?.name.value
        if (condition === undefined || isOfType(type, condition))
          collect({ selections: selection.selectionSet.selections, conditions: all }, type, into, spread)
      } else {
        const name = selection.name.value
        // Where it is spread again without a condition, it adds nothing.
        if (spread.has(name)) continue
        if (all.length === 0) spread.add(name)
        const fragment = fragments.get(name)
        if (fragment && isOfType(type, fragment.typeCondition.name.value))
          collect({ selections: fragment.selectionSet.selections, conditions: all }, type, into, spread)
      }
    }
  }

  /** One of each kind of object that the type conditions tell apart. */
  const kindsOf = (sources: readonly Source[], type: GraphQLCompositeType): GraphQLCompositeType[] => {
    if (!isAbstractType(type)) return [type]
    const conditions = new Set<string>()
    const visited = new Set<string>()
    const look = ({ selections }: SelectionSetNode | Source): void => {
      for (const selection of selections) {
        if (++steps > maxSteps) throw new UncountableError('The document combines too many types.')
        if (selection.kind === Kind.INLINE_FRAGMENT) {
          if (selection.typeCondition) conditions.add(selection.typeCondition.name.value)
          look(selection.selectionSet)
        } else if (selection.kind === Kind.FRAGMENT_SPREAD && !visited.has(selection.name.value)) {
          visited.add(selection.name.value)
          const fragment = fragments.get(selection.name.value)
          if (!fragment) continue
          conditions.add(fragment.typeCondition.name.value)
          look(fragment.selectionSet)
        }
      }
    }
    for (const source of sources) look(source)
    steps += conditions.size
    const kinds = new Map<string, GraphQLCompositeType>()
    for (const possible of schema.getPossibleTypes(type)) {
      const kind = [...conditions].map((condition) => (isOfType(possible, condition) ? 1 : 0)).join('')
      if (!kinds.has(kind)) kinds.set(kind, possible)
    }
    return [...kinds.values()]
  }

  /** @param page how many elements the lists here have when they do not say so themselves. */
  const countSelections = (
    sources: readonly Source[],
    type: GraphQLCompositeType,
    page: Reading | null,
  ): Reading =>
    largest(
      kindsOf(sources, type).map((kind) => {
        const byName = new Map<string, Occurrence[]>()
        const spread = new Set<string>()
        for (const source of sources) collect(source, kind, byName, spread)
        const fields = isUnionType(kind) ? {} : kind.getFields()
        return sum(
          [...byName.values()].map((occurrences) => {
            const field = fields[(occurrences[0] as Occurrence).node.name.value]
            return field ? countField(field, occurrences, page) : 0
          }),
        )
      }),
    )

  const countField = (
    field: FieldType,
    occurrences: readonly Occurrence[],
    page: Reading | null,
  ): Reading => {
    const type = getNamedType(field.type)
    if (!isCompositeType(type)) return 0
    const sources = occurrences.flatMap(({ node, conditions }) =>
      node.selectionSet ? [{ selections: node.selectionSet.selections, conditions }] : [],
    )
    // Validation has seen to it that all occurrences have the same arguments.
    const { node } = occurrences[0] as Occurrence
    const own = pageSize(field, node, defaults)
    const depth = listDepth(field)
    let count: Reading
    if (depth === 0) {
      count = sum([own ?? 0, countSelections(sources, type, own)])
    } else {
      const alone = own ?? idCount(field, node, defaults)
      const size = times(alone ?? page ?? unknownSize, unknownSize ** (depth - 1))
      // A connection has counted its page.
      const each = alone === null && page !== null ? 0 : 1
      count = times(size, sum([each, countSelections(sources, type, null)]))
    }
    return onlyIf(
      occurrences.map(({ conditions }) => conditions),
      count,
    )
  }

  return countSelections([{ selections: operation.selectionSet.selections, conditions: [] }], root, null)
}

/** The conditions that variables decide; null when the selection is never there. */
function conditionsOf({ directives }: SelectionNode, defaults: Defaults): readonly Condition[] | null {
  if (!directives || directives.length === 0) return []
  const conditions: Condition[] = []
  for (const { name, arguments: given } of directives) {
    if (name.value !== 'skip' && name.value !== 'include') continue
    const wanted = name.value === 'include'
    const value = given?.[0]?.value
    if (value?.kind === Kind.BOOLEAN && value.value !== wanted) return null
    if (value?.kind !== Kind.VARIABLE) continue
    const variable = value.name.value
    const fallback = defaults.get(variable)
    const otherwise = fallback?.kind === Kind.BOOLEAN && fallback.value
    conditions.push((variables) => (variables[variable] ?? otherwise) === wanted)
  }
  return conditions
}

/** How many elements `first` and `last` ask for; null when the field has neither. */
function pageSize(field: FieldType, node: FieldNode, defaults: Defaults): Reading | null {
  const slices = field.args.filter(({ name }) => name === 'first' || name === 'last')
  if (slices.length === 0) return null
  const size = largest(slices.map((argument) => argumentReading(argument, node, defaults, elements)))
  return typeof size === 'number' ? size || unknownSize : (variables) => size(variables) || unknownSize
}

/** How many ids a field is asked for; null when it takes no list of them. */
function idCount(field: FieldType, node: FieldNode, defaults: Defaults): Reading | null {
  const [ids, ...others] = field.args.filter(
    ({ type }) => isListType(getNullableType(type)) && getNamedType(type).name === 'ID',
  )
  return ids && others.length === 0 ? argumentReading(ids, node, defaults, length) : null
}

/** What an argument says of a size, be it a constant or a variable; 0 when it is left out. */
function argumentReading(
  argument: GraphQLArgument,
  node: FieldNode,
  defaults: Defaults,
  read: (value: unknown) => number | null,
): Reading {
  const given = node.arguments?.find(({ name }) => name.value === argument.name)?.value
  const byDefault = read(argument.defaultValue) ?? 0
  if (!given) return byDefault
  if (given.kind !== Kind.VARIABLE) return read(constant(given)) ?? byDefault
  const variable = given.name.value
  const fallback = defaults.get(variable)
  const otherwise = (fallback && read(constant(fallback))) ?? byDefault
  return (variables) => read(variables[variable]) ?? otherwise
}

/** A literal as JSON, as far as sizes need it. */
function constant(value: ValueNode): unknown {
  if (value.kind === Kind.INT) return Number(value.value)
  if (value.kind === Kind.LIST) return value.values
  // A single value stands for a list of one.
  return value.kind === Kind.STRING ? value.value : undefined
}

function elements(value: unknown): number | null {
  return typeof value === 'number' ? Math.max(value, 0) : null
}

function length(value: unknown): number | null {
  if (Array.isArray(value)) return value.length
  return value === undefined || value === null ? null : 1
}

function listDepth(field: FieldType): number {
  let type = getNullableType(field.type)
  let depth = 0
  while (isListType(type)) {
    depth += 1
    type = getNullableType(type.ofType)
  }
  return depth
}

function sum(readings: readonly Reading[]): Reading {
  let fixed = 0
  const others: CountNodes[] = []
  for (const reading of readings) {
    if (typeof reading === 'number') fixed += reading
    else others.push(reading)
  }
  const [only] = others
  if (!only) return fixed
  if (others.length === 1) return fixed === 0 ? only : (variables) => fixed + only(variables)
  return (variables) => {
    let all = fixed
    for (const other of others) all += other(variables)
    return all
  }
}

function times(a: Reading, b: Reading): Reading {
  if (typeof a === 'number') {
    if (typeof b === 'number') return a * b
    if (a === 0 || a === 1) return a && b
    return (variables) => a * b(variables)
  }
  if (typeof b === 'number') return times(b, a)
  return (variables) => a(variables) * b(variables)
}

function largest(readings: readonly Reading[]): Reading {
  let fixed = 0
  const others: CountNodes[] = []
  for (const reading of readings) {
    if (typeof reading === 'number') fixed = Math.max(fixed, reading)
    else others.push(reading)
  }
  const [only] = others
  if (!only) return fixed
  if (others.length === 1 && fixed === 0) return only
  return (variables) => {
    let all = fixed
    for (const other of others) all = Math.max(all, other(variables))
    return all
  }
}

/** Counts when one of the alternatives holds, each of which is a list of conditions that must all hold. */
function onlyIf(alternatives: readonly (readonly Condition[])[], count: Reading): Reading {
  if (count === 0 || alternatives.some((conditions) => conditions.length === 0)) return count
  const holds: Condition = (variables) =>
    alternatives.some((conditions) => conditions.every((condition) => condition(variables)))
  return (variables) => (holds(variables) ? (typeof count === 'number' ? count : count(variables)) : 0)
}
