import {
  baseType,
  type CompositeType,
  federationMetadata,
  isCompositeType,
  isUnionType,
  type SelectionSet,
  SelectionSet as SelectionSets,
} from '@apollo/federation-internals'

let repaired = false

/**
 * Mends the query planner in this process. Before it asks a third subgraph for what a field requires, it tests whether the
 * fetch at hand could select that instead, and takes a field that the fetch's subgraph only declares as `@external` for one
 * that it resolves: the requirement is then met with null. The test is `canRebaseOn`, and it is used for nothing else than
 * to find out what a subgraph can answer.
 */
export function repairPlanner(): void {
  if (repaired) return
  repaired = true
  const canRebaseOn = SelectionSets.prototype.canRebaseOn
  SelectionSets.prototype.canRebaseOn = function (this: SelectionSet, parentType: CompositeType): boolean {
    return canRebaseOn.call(this, parentType) && !selectsExternal(this, parentType)
  }
}

function selectsExternal(selectionSet: SelectionSet, parentType: CompositeType): boolean {
  const metadata = federationMetadata(parentType.schema())
  if (!metadata) return false
  return selectionSet.selections().some((selection) => {
    if (selection.kind === 'FragmentSelection') {
      const condition = selection.element.typeCondition
      const type = condition ? parentType.schema().type(condition.name) : parentType
      return type !== undefined && isCompositeType(type) && selectsExternal(selection.selectionSet, type)
    }
    const field = isUnionType(parentType) ? undefined : parentType.field(selection.element.definition.name)
    if (!field) return false
    if (metadata.isFieldExternal(field)) return true
    const type = field.type && baseType(field.type)
    return (
      type !== undefined &&
      isCompositeType(type) &&
      selection.selectionSet !== undefined &&
      selectsExternal(selection.selectionSet, type)
    )
  })
}
