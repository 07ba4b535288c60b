import {
  baseType,
  type CompositeType,
  federationMetadata,
  isCompositeType,
  isUnionType,
  type SelectionSet,
  SelectionSet as SelectionSets,
} from '@apollo/federation-internals'
import graphPaths from '@apollo/query-graphs/dist/graphPath.js'

let repaired = false

/** Mends the query planner in this process. */
export function repairPlanner(): void {
  if (repaired) return
  repaired = true
  repairRequirements()
  repairTypeConditions()
}

/**
 * Before the planner asks a third subgraph for what a field requires, it tests whether the fetch at hand could select that
 * instead, and takes a field that the fetch's subgraph only declares as `@external` for one that it resolves: the requirement
 * is then met with null. The test is `canRebaseOn`, and it is used for nothing else than to find out what a subgraph can answer.
 */
function repairRequirements(): void {
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

type Advance = typeof graphPaths.advanceSimultaneousPathsWithOperation
type Way = Parameters<Advance>[1]

/**
 * The planner drops a type condition as soon as one of the ways to its place cannot meet it. Where a shareable field leads to a union
 * that has other members elsewhere, the way over another subgraph takes them from the subgraph at hand, which has the whole way
 * itself. A detour that leads nowhere is no way: an empty list says that the type cannot be there, undefined that this way is none.
 */
function repairTypeConditions(): void {
  const advance = graphPaths.advanceSimultaneousPathsWithOperation
  const advanceStraight: Advance = (schema, way, element, overrides) => {
    const ways = advance(schema, way, element, overrides)
    return ways?.length === 0 && element.kind === 'FragmentElement' && isDetour(way) ? undefined : ways
  }
  Object.assign(graphPaths, { advanceSimultaneousPathsWithOperation: advanceStraight })
}

/** Whether a way has left a subgraph that has all the rest of it, too: then that one is among the ways. */
function isDetour({ paths, overrideConditions }: Way): boolean {
  const [path] = paths
  if (!path || paths.length > 1) return false
  const straight = path.checkDirectPathFromPreviousSubgraphTo(
    path.tail.type.name,
    (graph, vertex, step) => {
      if (!('kind' in step)) return undefined
      const wanted = step.kind === 'Field' ? step.definition.name : step.typeCondition?.name
      if (wanted === undefined) return null
      return graph.outEdges(vertex).find((edge) => {
        const { transition } = edge
        if (!edge.satisfiesOverrideConditions(overrideConditions)) return false
        if (step.kind === 'Field')
          return transition.kind === 'FieldCollection' && transition.definition.name === wanted
        return transition.kind === 'DownCast' && transition.castedType.name === wanted
      })
    },
    overrideConditions,
  )
  return straight !== undefined
}
