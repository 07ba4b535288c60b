import type {
  FetchDataRewrite,
  FetchNode,
  PlanNode,
  QueryPlanSelectionNode,
  SubscriptionNode,
} from '@apollo/query-planner'
import {
  type DocumentNode,
  type FieldNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql'
import type { BoundFields } from './bound-fields.ts'

/**
 * Turns the bound fields of a plan back into fields with arguments. Subgraphs answer them under the bound names, where they
 * meet nothing that a client selects; representations carry them under their own.
 *
 * A representation holds one value for a field. A fetch that needs two, for two fields of an entity, becomes two fetches.
 */
export function unbindPlan<N extends PlanNode | SubscriptionNode>(node: N, bound: BoundFields): N
export function unbindPlan(
  node: PlanNode | SubscriptionNode,
  bound: BoundFields,
): PlanNode | SubscriptionNode {
  switch (node.kind) {
    case 'Sequence':
    case 'Parallel':
      return { ...node, nodes: node.nodes.map((child) => unbindPlan(child, bound)) }
    case 'Flatten':
      return { ...node, node: unbindPlan(node.node, bound) }
    case 'Condition':
      return {
        ...node,
        ...(node.ifClause && { ifClause: unbindPlan(node.ifClause, bound) }),
        ...(node.elseClause && { elseClause: unbindPlan(node.elseClause, bound) }),
      }
    case 'Subscription':
      return {
        ...node,
        primary: unbindFetch(node.primary, bound),
        ...(node.rest && { rest: unbindPlan(node.rest, bound) }),
      }
    case 'Fetch': {
      const parts = splitFetch(node, bound).map((part) => unbindFetch(part, bound))
      return parts.length === 1 ? (parts[0] as FetchNode) : { kind: 'Parallel', nodes: parts }
    }
    case 'Defer':
      return node
  }
}

function unbindFetch(node: FetchNode, { byName }: BoundFields): FetchNode {
  const planned = documentOf(node)
  const document: DocumentNode = visit(planned, {
    Field: (field) => {
      const real = byName.get(field.name.value)
      if (!real) return undefined
      return {
        ...field,
        alias: field.alias ?? field.name,
        name: { kind: Kind.NAME, value: real.field },
        arguments: real.arguments,
      }
    },
  })
  return {
    ...node,
    ...(document !== planned && { operation: print(document), operationDocumentNode: document }),
    ...(node.requires && { requires: node.requires.map((selection) => unbindSelection(selection, byName)) }),
    ...(node.inputRewrites && {
      inputRewrites: node.inputRewrites.map((rewrite) => unbindRewrite(rewrite, byName)),
    }),
  }
}

function documentOf(node: FetchNode): DocumentNode {
  return node.operationDocumentNode ?? parse(node.operation)
}

/** The alias says where the value is read, the name what the subgraph calls it. */
function unbindSelection(
  node: QueryPlanSelectionNode,
  byName: BoundFields['byName'],
): QueryPlanSelectionNode {
  const unbind = (inner: QueryPlanSelectionNode): QueryPlanSelectionNode => unbindSelection(inner, byName)
  if (node.kind === 'InlineFragment') return { ...node, selections: node.selections.map(unbind) }
  const selections = node.selections?.map(unbind)
  const real = byName.get(node.name)
  return {
    ...node,
    ...(real && { alias: node.alias ?? node.name, name: real.field }),
    ...(selections && { selections }),
  }
}

/** Rewrites of representations name their fields as the subgraph does. */
function unbindRewrite(rewrite: FetchDataRewrite, byName: BoundFields['byName']): FetchDataRewrite {
  return { ...rewrite, path: rewrite.path.map((part) => byName.get(part)?.field ?? part) }
}

/** Fetches of which none needs two values for one field. */
function splitFetch(node: FetchNode, bound: BoundFields): FetchNode[] {
  const { requires } = node
  if (!requires || !conflict(namesIn(requires, bound), bound)) return [node]
  const groups: { names: Set<string>; fields: Set<FieldNode> }[] = []
  for (const { type, field } of entityFields(documentOf(node))) {
    const needed = bound.neededBy(node.serviceName, type, field.name.value)
    let group = groups.find(({ names }) => !conflict(new Set([...names, ...needed]), bound))
    if (!group) {
      group = { names: new Set(), fields: new Set() }
      groups.push(group)
    }
    for (const name of needed) group.names.add(name)
    group.fields.add(field)
  }
  return groups.map(({ names, fields }, index) => partOfFetch(node, requires, names, fields, index, bound))
}

function namesIn(nodes: readonly QueryPlanSelectionNode[], bound: BoundFields): Set<string> {
  const names = new Set<string>()
  const collect = (node: QueryPlanSelectionNode): void => {
    if (node.kind === 'Field' && bound.byName.has(node.name)) names.add(node.name)
    node.selections?.forEach(collect)
  }
  nodes.forEach(collect)
  return names
}

/** Whether two of the bound fields stand for one field. */
function conflict(names: ReadonlySet<string>, { byName }: BoundFields): boolean {
  return new Set([...names].map((name) => byName.get(name)?.field)).size < names.size
}

/** The fields that a fetch selects of its entities, each with the type that its fragment names. */
function entityFields(document: DocumentNode): { type: string; field: FieldNode }[] {
  const found: { type: string; field: FieldNode }[] = []
  const collect = ({ selections }: SelectionSetNode, type: string): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) found.push({ type, field: selection })
      else if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet, selection.typeCondition?.name.value ?? type)
      }
    }
  }
  for (const { selectionSet } of operationsOf(document)) {
    for (const entities of selectionSet.selections) {
      if (entities.kind === Kind.FIELD && entities.selectionSet) collect(entities.selectionSet, '')
    }
  }
  return found
}

function operationsOf(document: DocumentNode): OperationDefinitionNode[] {
  return document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION)
}

/** A fetch of some of the entities' fields, for which only what they need is sent. */
function partOfFetch(
  node: FetchNode,
  requires: readonly QueryPlanSelectionNode[],
  names: ReadonlySet<string>,
  fields: ReadonlySet<FieldNode>,
  index: number,
  { byName }: BoundFields,
): FetchNode {
  const prune = (nodes: readonly QueryPlanSelectionNode[]): QueryPlanSelectionNode[] =>
    nodes.flatMap((selection): QueryPlanSelectionNode[] => {
      if (selection.kind === 'Field' && byName.has(selection.name) && !names.has(selection.name)) return []
      if (!selection.selections) return [selection]
      const selections = prune(selection.selections)
      return selections.length > 0 ? [{ ...selection, selections }] : []
    })
  const original = documentOf(node)
  const keep = (selection: SelectionNode): SelectionNode[] => {
    if (selection.kind === Kind.FIELD) return fields.has(selection) ? [selection] : []
    if (selection.kind === Kind.FRAGMENT_SPREAD) return index === 0 ? [selection] : []
    const selections = selection.selectionSet.selections.flatMap(keep)
    return selections.length > 0
      ? [{ ...selection, selectionSet: { ...selection.selectionSet, selections } }]
      : []
  }
  const definitions = original.definitions.map((definition) => {
    if (definition.kind !== Kind.OPERATION_DEFINITION) return definition
    const selections = definition.selectionSet.selections.map((entities) =>
      entities.kind === Kind.FIELD && entities.selectionSet
        ? {
            ...entities,
            selectionSet: {
              ...entities.selectionSet,
              selections: entities.selectionSet.selections.flatMap(keep),
            },
          }
        : entities,
    )
    return withoutUnusedVariables({ ...definition, selectionSet: { ...definition.selectionSet, selections } })
  })
  const document: DocumentNode = { ...original, definitions }
  const declared = new Set(
    operationsOf(document).flatMap(({ variableDefinitions = [] }) =>
      variableDefinitions.map(({ variable }) => variable.name.value),
    ),
  )
  return {
    ...node,
    requires: prune(requires),
    variableUsages: (node.variableUsages ?? []).filter((name) => declared.has(name)),
    operation: print(document),
    operationDocumentNode: document,
  }
}

/** Subgraphs refuse operations that declare what they do not use. */
function withoutUnusedVariables(operation: OperationDefinitionNode): OperationDefinitionNode {
  const used = new Set<string>()
  const collect = { Variable: ({ name }: { name: { value: string } }) => void used.add(name.value) }
  visit(operation.selectionSet, collect)
  for (const directive of operation.directives ?? []) visit(directive, collect)
  return {
    ...operation,
    variableDefinitions: operation.variableDefinitions?.filter(({ variable }) =>
      used.has(variable.name.value),
    ),
  } as OperationDefinitionNode
}
