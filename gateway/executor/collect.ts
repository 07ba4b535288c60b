import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  GraphQLString,
  isAbstractType,
  isUnionType,
  Kind,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

/** All of these Boolean variables have these values; an empty one always holds. */
export type Condition = readonly { readonly variable: string; readonly is: boolean }[]

/** A selection set that counts when its condition holds. */
export interface Occurrence {
  readonly selectionSet: SelectionSetNode
  readonly condition: Condition
}

/** A field of the answer: everything that the operation says about one response name on one object. */
export interface Collected {
  readonly responseName: string
  /** The runtime type's own type for the field, which may be narrower than its interface's. */
  readonly type: GraphQLOutputType
  readonly nodes: FieldNode[]
  /** The field is in the answer when one of these holds. */
  readonly conditions: Condition[]
  /** What is selected of the field's value. */
  readonly occurrences: Occurrence[]
}

/**
 * CollectFields of the GraphQL specification (6.3.2) for objects of one runtime type, before the variables are known:
 * `@skip` and `@include` on variables become conditions.
 *
 * @param stated what the schema states of the place, under which the occurrences' selection sets are valid.
 * @param runtime what the object is; the same as `stated` when the object does not say.
 */
export function collectFields(
  schema: GraphQLSchema,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
  stated: GraphQLCompositeType,
  runtime: GraphQLCompositeType,
  occurrences: readonly Occurrence[],
): ReadonlyMap<string, Collected> {
  const fields = new Map<string, Collected>()
  const visited = new Set<string>()

  const applies = (condition: string): boolean => {
    if (condition === runtime.name) return true
    const type = schema.getType(condition)
    return isAbstractType(type) && !isUnionType(runtime) && schema.isSubType(type, runtime)
  }

  const collect = (selectionSet: SelectionSetNode, parent: GraphQLCompositeType, outer: Condition): void => {
    for (const selection of selectionSet.selections) {
      const condition = conditionOf(selection, outer)
      if (!condition) continue
      if (selection.kind === Kind.FIELD) {
        collectField(selection, parent, condition)
        continue
      }
      const fragment =
        selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection
      if (!fragment) continue
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const visit = `${selection.name.value} ${JSON.stringify(condition)}`
        if (visited.has(visit) || visited.has(`${selection.name.value} []`)) continue
        visited.add(visit)
      }
      const on = fragment.typeCondition?.name.value
      if (on !== undefined && !applies(on)) continue
      const type = on === undefined ? parent : schema.getType(on)
      collect(fragment.selectionSet, type as GraphQLCompositeType, condition)
    }
  }

  const collectField = (node: FieldNode, parent: GraphQLCompositeType, condition: Condition): void => {
    const responseName = (node.alias ?? node.name).value
    let field = fields.get(responseName)
    if (!field) {
      const type = fieldType(node.name.value, runtime) ?? fieldType(node.name.value, parent) ?? GraphQLString
      field = { responseName, type, nodes: [], conditions: [], occurrences: [] }
      fields.set(responseName, field)
    }
    field.nodes.push(node)
    field.conditions.push(condition)
    if (node.selectionSet) field.occurrences.push({ selectionSet: node.selectionSet, condition })
  }

  for (const { selectionSet, condition } of occurrences) collect(selectionSet, stated, condition)
  return fields
}

function fieldType(name: string, parent: GraphQLCompositeType): GraphQLOutputType | undefined {
  return isUnionType(parent) ? undefined : parent.getFields()[name]?.type
}

/** The conjunction of the outer condition and the selection's own; null when the selection is never included. */
function conditionOf(selection: SelectionNode, outer: Condition): Condition | null {
  let condition = outer
  for (const directive of selection.directives ?? []) {
    const name = directive.name.value
    if (name !== 'skip' && name !== 'include') continue
    const value = directive.arguments?.find((argument) => argument.name.value === 'if')?.value
    const is = name === 'include'
    if (value?.kind === Kind.BOOLEAN && value.value !== is) return null
    if (value?.kind !== Kind.VARIABLE) continue
    const variable = value.name.value
    const known = condition.find((one) => one.variable === variable)
    if (known && known.is !== is) return null
    if (!known)
      condition = [...condition, { variable, is }].sort((a, b) => (a.variable < b.variable ? -1 : 1))
  }
  return condition
}
