import type { FetchNode, PlanNode, QueryPlan } from '@apollo/query-planner'
import {
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'

/**
 * Finds a root field of a query or mutation that the plan does not fetch. The planner drops in silence what no subgraph can
 * answer: a field whose interface no type implements where the field is.
 *
 * @returns the field's response name; undefined when all are planned.
 */
export function unplannedField(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  { node }: QueryPlan,
): string | undefined {
  if (node?.kind === 'Subscription') return undefined
  const planned = new Set<string>()
  for (const fetch of node ? rootFetches(node) : []) {
    const fetched = fetch.operationDocumentNode ?? parse(fetch.operation)
    for (const definition of fetched.definitions) {
      if (definition.kind === Kind.OPERATION_DEFINITION) collect(fetched, definition.selectionSet, planned)
    }
  }
  const asked = new Set<string>()
  collect(document, operation.selectionSet, asked)
  return [...asked].find((name) => !planned.has(name))
}

function rootFetches(node: PlanNode): FetchNode[] {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return node.nodes.flatMap(rootFetches)
    case 'Condition':
      return [node.ifClause, node.elseClause].flatMap((child) => (child ? rootFetches(child) : []))
    case 'Fetch':
      return node.requires ? [] : [node]
    default:
      return []
  }
}

/** Response names of the fields of one selection set, introspection and what is never included left out. */
function collect(document: DocumentNode, { selections }: SelectionSetNode, names: Set<string>): void {
  for (const selection of selections) {
    if (isNeverIncluded(selection)) continue
    if (selection.kind === Kind.FIELD) {
      if (!selection.name.value.startsWith('__')) names.add((selection.alias ?? selection.name).value)
      continue
    }
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT
        ? selection
        : document.definitions.find(
            (definition) =>
              definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === selection.name.value,
          )
    if (fragment && 'selectionSet' in fragment && fragment.selectionSet) {
      collect(document, fragment.selectionSet, names)
    }
  }
}

function isNeverIncluded({ directives = [] }: SelectionNode): boolean {
  return directives.some(({ name, arguments: given = [] }) => {
    const value = given.find((argument) => argument.name.value === 'if')?.value
    if (value?.kind !== Kind.BOOLEAN) return false
    return (name.value === 'skip' && value.value) || (name.value === 'include' && !value.value)
  })
}
