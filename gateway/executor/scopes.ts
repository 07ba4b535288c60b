import {
  type DirectiveNode,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLFormattedError,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'
import { holds, type ScopeTable } from '#schema/scopes.ts'
import { isJson, type Json } from './merge.ts'

// An app's operation is executed without the fields that it holds no scope for: no subgraph is asked for them. The answer has
// null in their place, which bubbles as any null does, and an error for each.

/** Where an operation selects a field that its app may not have. */
interface ForbiddenField {
  /** Response names down to the field; lists are found in the data. */
  readonly path: readonly string[]
  /** For each step of the path the type that its object must be of. */
  readonly types: readonly string[]
  /** `@skip` and `@include` on the way. */
  readonly conditions: readonly DirectiveNode[]
  readonly error: Pick<GraphQLFormattedError, 'message' | 'extensions'>
}

/** What is left of an operation for an app. */
export interface RestrictedDocument {
  readonly document: DocumentNode
  readonly forbidden: readonly ForbiddenField[]
}

export interface ScopedSchema {
  readonly schema: GraphQLSchema
  readonly scopes: ScopeTable
}

/** Errors of one operation at most. */
const maxErrors = 100

/**
 * Takes out of a valid operation what an app may not have. Null when it may have all of it.
 *
 * @param held the app's scopes.
 */
export function restrictDocument(
  scoped: ScopedSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  held: readonly string[],
): RestrictedDocument | null {
  const { schema } = scoped
  const types = new TypeInfo(schema)
  let isRestricted = false
  const filtered: DocumentNode = visit(
    document,
    visitWithTypeInfo(types, {
      Field: {
        enter: ({ name }) => {
          const parent = types.getParentType()
          if (!parent || missingScopes(scoped, parent, name.value, held) === null) return undefined
          isRestricted = true
          return null
        },
      },
      SelectionSet: {
        leave: (node) => (node.selections.length > 0 ? undefined : { ...node, selections: [typename] }),
      },
    }),
  )
  if (!isRestricted) return null
  return {
    document: withoutUnused(filtered, operation),
    forbidden: listForbidden(scoped, document, operation, held),
  }
}

/** The errors for the fields that were left out, where the answer has an object that they would be of. */
export function forbiddenErrors(
  forbidden: readonly ForbiddenField[],
  data: Json,
  variables: Json,
  isOfType: (typename: string, condition: string) => boolean,
): GraphQLFormattedError[] {
  const errors: GraphQLFormattedError[] = []
  for (const { path, types, conditions, error } of forbidden) {
    if (!conditions.every((condition) => isIncluded(condition, variables))) continue
    const descend = (value: unknown, depth: number, at: (string | number)[]): void => {
      if (errors.length >= maxErrors) return
      if (Array.isArray(value)) {
        for (const [i, element] of value.entries()) descend(element, depth, [...at, i])
        return
      }
      if (!isJson(value)) return
      const { __typename: typename } = value
      const condition = types[depth] as string
      if (typeof typename === 'string' && depth > 0 && !isOfType(typename, condition)) return
      const name = path[depth] as string
      if (depth === path.length - 1) errors.push({ ...error, path: [...at, name] })
      // An alias may be kept under another name until the answer is made.
      else descend(value[name] ?? value[`_alias_${name}`], depth + 1, [...at, name])
    }
    descend(data, 0, [])
  }
  return errors
}

/** The scopes that are missing for a field, as sentence and data say them; null when none is. */
function missingScopes(
  { schema, scopes }: ScopedSchema,
  parent: GraphQLCompositeType,
  field: string,
  held: readonly string[],
): readonly (readonly string[])[] | null {
  // Of an interface it may be any of the types that have it.
  const possible = isAbstractType(parent) ? schema.getPossibleTypes(parent) : [parent]
  for (const { name } of possible) {
    for (const requirement of [scopes.get(name), scopes.get(`${name}.${field}`)]) {
      if (requirement && !holds(held, requirement)) return requirement
    }
  }
  return null
}

function listForbidden(
  scoped: ScopedSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  held: readonly string[],
): ForbiddenField[] {
  const { schema } = scoped
  const fragments = fragmentsOf(document)
  const found: ForbiddenField[] = []

  const walk = (
    { selections }: SelectionSetNode,
    parent: GraphQLCompositeType,
    at: Pick<ForbiddenField, 'path' | 'types' | 'conditions'>,
  ): void => {
    for (const node of selections) {
      if (found.length >= maxErrors) return
      const conditions = [...at.conditions, ...(node.directives ?? []).filter(isCondition)]
      if (node.kind !== Kind.FIELD) {
        const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragments.get(node.name.value)
        if (!fragment) continue
        const on = fragment.typeCondition && schema.getType(fragment.typeCondition.name.value)
        walk(fragment.selectionSet, isCompositeType(on) ? on : parent, { ...at, conditions })
        continue
      }
      const name = node.name.value
      const here = {
        path: [...at.path, (node.alias ?? node.name).value],
        types: [...at.types, parent.name],
        conditions,
      }
      const missing = missingScopes(scoped, parent, name, held)
      if (missing) {
        found.push({ ...here, error: forbiddenError(`${parent.name}.${name}`, missing) })
        continue
      }
      const type = isUnionType(parent) ? undefined : parent.getFields()[name]?.type
      const named = type && getNamedType(type)
      if (node.selectionSet && isCompositeType(named)) walk(node.selectionSet, named, here)
    }
  }
  const root = schema.getRootType(operation.operation)
  if (root) walk(operation.selectionSet, root, { path: [], types: [], conditions: [] })
  return found
}

function forbiddenError(
  field: string,
  requiredScopes: readonly (readonly string[])[],
): Pick<GraphQLFormattedError, 'message' | 'extensions'> {
  const needed = requiredScopes.map((all) => all.join(' and ')).join(', or ')
  return {
    message: `The app may not use ${field}: it needs the scope ${needed}.`,
    extensions: { code: 'FORBIDDEN', requiredScopes },
  }
}

const typename: SelectionNode = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } }

/** What is left of the one operation: without the fragments and the variables that nothing uses any more. */
function withoutUnused(document: DocumentNode, operation: OperationDefinitionNode): DocumentNode {
  const chosen = document.definitions.find(
    (definition): definition is OperationDefinitionNode =>
      definition.kind === Kind.OPERATION_DEFINITION && definition.name?.value === operation.name?.value,
  )
  if (!chosen) throw new Error('The operation is none of the document')
  const fragments = fragmentsOf(document)
  const used = new Set<FragmentDefinitionNode>()
  const variables = new Set<string>()
  const use = (node: OperationDefinitionNode | FragmentDefinitionNode): void =>
    void visit(node, {
      // Its own definition is no use of a variable.
      VariableDefinition: () => false,
      Variable: ({ name }) => void variables.add(name.value),
      FragmentSpread: ({ name }) => {
        const fragment = fragments.get(name.value)
        if (!fragment || used.has(fragment)) return
        used.add(fragment)
        use(fragment)
      },
    })
  use(chosen)
  const variableDefinitions = (chosen.variableDefinitions ?? []).filter(({ variable }) =>
    variables.has(variable.name.value),
  )
  return { ...document, definitions: [{ ...chosen, variableDefinitions }, ...used] }
}

function fragmentsOf(document: DocumentNode): Map<string, FragmentDefinitionNode> {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  return fragments
}

const isCondition = ({ name }: DirectiveNode): boolean => name.value === 'skip' || name.value === 'include'

function isIncluded({ name, arguments: given }: DirectiveNode, variables: Json): boolean {
  const value = given?.find((argument) => argument.name.value === 'if')?.value
  const is =
    value?.kind === Kind.VARIABLE ? variables[value.name.value] : value?.kind === Kind.BOOLEAN && value.value
  return name.value === 'include' ? is !== false : is !== true
}
