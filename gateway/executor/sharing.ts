import type { FetchNode, PlanNode } from '@apollo/query-planner'
import { type DocumentNode, Kind, parse, type SelectionSetNode } from 'graphql'

/**
 * Finds the fetches of a plan whose answered sub-objects may be part of several merged objects at once.
 *
 * An entity that occurs twenty times is fetched once. Its scalar fields are copied into each occurrence; its sub-objects
 * need copies only when another fetch merges into the same place, for what it merges may differ from place to place.
 */
export function sharedObjects(root: PlanNode): ReadonlySet<FetchNode> {
  const fetches = fetchesOf(root, [])
  const writers = new Map<string, number>()
  for (const { at, within } of fetches) {
    for (const place of new Set([at, ...within])) writers.set(place, (writers.get(place) ?? 0) + 1)
  }
  const shared = new Set<FetchNode>()
  for (const { node, within } of fetches) {
    // A rewrite moves parts of an answer to places that the fetched document does not show.
    if (!node.outputRewrites?.length && within.every((place) => writers.get(place) === 1)) shared.add(node)
  }
  return shared
}

interface Writes {
  readonly node: FetchNode
  /** The path of the objects that it merges into. */
  readonly at: string
  /** The paths of the objects within its answer. */
  readonly within: string[]
}

function fetchesOf(node: PlanNode, path: readonly string[]): Writes[] {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return node.nodes.flatMap((child) => fetchesOf(child, path))
    case 'Flatten':
      return fetchesOf(node.node, [...path, ...node.path.filter((part) => part !== '@').map(String)])
    case 'Condition':
      return [node.ifClause, node.elseClause].flatMap((child) => (child ? fetchesOf(child, path) : []))
    case 'Fetch':
      return [{ node, at: path.join('.'), within: objectsWithin(node, path) }]
    case 'Defer':
      return []
  }
}

function objectsWithin(node: FetchNode, path: readonly string[]): string[] {
  const document = node.operationDocumentNode ?? parse(node.operation)
  const found = new Set<string>()
  const visit = (selectionSet: SelectionSetNode, at: readonly string[]): void => {
    for (const selection of selectionSet.selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) visit(fragment(document, selection.name.value), at)
      else if (selection.kind === Kind.INLINE_FRAGMENT) visit(selection.selectionSet, at)
      else if (selection.selectionSet) {
        const inner = [...at, (selection.alias ?? selection.name).value]
        found.add(inner.join('.'))
        visit(selection.selectionSet, inner)
      }
    }
  }
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.OPERATION_DEFINITION) continue
    if (!node.requires) visit(definition.selectionSet, path)
    for (const selection of node.requires ? definition.selectionSet.selections : []) {
      // `_entities` itself is the place that the fetch flattens into.
      if (selection.kind === Kind.FIELD && selection.selectionSet) visit(selection.selectionSet, path)
    }
  }
  return [...found]
}

function fragment(document: DocumentNode, name: string): SelectionSetNode {
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name)
      return definition.selectionSet
  }
  throw new Error(`The planned operation lacks the fragment "${name}"`)
}
