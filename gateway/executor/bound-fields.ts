import {
  type ArgumentNode,
  type ASTNode,
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type InterfaceTypeDefinitionNode,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  parseType,
  print,
  type SelectionNode,
  type SelectionSetNode,
  type TypeNode,
  visit,
} from 'graphql'

// `@requires(fields: "price(currency: \"USD\") weight")` names a field that clients may select with other arguments, or
// that another `@requires` does. The planner keeps them apart by nothing: one answer would stand for both. So the planner
// is given a supergraph in which each such selection is a field of its own, without arguments: `_bound0_price`. In the
// fetches it then becomes `_bound0_price: price(currency: "USD")`, and in representations it is `price` again (see
// bound-plan.ts).

/** What a bound field stands for. */
export interface BoundField {
  readonly field: string
  readonly arguments: readonly ArgumentNode[]
}

export interface BoundFields {
  /** By the name that the planner knows them by. */
  readonly byName: ReadonlyMap<string, BoundField>
  /** The bound fields that a field requires, by subgraph, type and field. */
  readonly neededBy: (subgraph: string, type: string, field: string) => ReadonlySet<string>
}

type Composite = ObjectTypeDefinitionNode | InterfaceTypeDefinitionNode

const none: ReadonlySet<string> = new Set()

/**
 * Gives each selection with arguments in a supergraph's `@requires` a field of its own.
 *
 * @returns the supergraph for the planner; the same document when nothing is required with arguments.
 */
export function bindRequiredFields(supergraph: DocumentNode): { document: DocumentNode; bound: BoundFields } {
  const types = compositeTypes(supergraph)
  const binding = createBinding(types)
  const required = new Map<ConstDirectiveNode, ConstDirectiveNode>()
  const needed = new Map<string, ReadonlySet<string>>()
  const subgraphs = subgraphNames(supergraph)
  for (const type of types.values()) {
    for (const field of type.fields ?? []) {
      for (const directive of field.directives ?? []) {
        const requires = stringArgument(directive, 'requires')
        const graph = enumArgument(directive, 'graph')
        if (requires === undefined || graph === undefined) continue
        const used = new Set<string>()
        const selectionSet = binding.bind(parseFieldSet(requires), type, graph, used)
        if (used.size === 0) continue
        required.set(directive, withArgument(directive, 'requires', printFieldSet(selectionSet)))
        needed.set(keyOf(subgraphs.get(graph) ?? graph, type.name.value, field.name.value), used)
      }
    }
  }
  const neededBy: BoundFields['neededBy'] = (subgraph, type, field) =>
    needed.get(keyOf(subgraph, type, field)) ?? none
  const bound = { byName: binding.byName, neededBy }
  if (required.size === 0) return { document: supergraph, bound }

  const rewritten: DocumentNode = visit(supergraph, {
    Directive: (node) => required.get(node as ConstDirectiveNode),
  })
  const document = visit(rewritten, {
    enter: (node: ASTNode) =>
      isComposite(node) ? withFields(node, binding.of(node.name.value), binding.byName) : undefined,
  })
  return { document, bound }
}

function keyOf(subgraph: string, type: string, field: string): string {
  return `${subgraph} ${type}.${field}`
}

interface Binding {
  readonly byName: Map<string, BoundField>
  /** Replaces the selections of fields that take arguments; adds the names of what replaces them to `used`. */
  bind(selectionSet: SelectionSetNode, parent: Composite, graph: string, used: Set<string>): SelectionSetNode
  /** The bound fields that a type gets. */
  of(type: string): ReadonlySet<string>
}

function createBinding(types: ReadonlyMap<string, Composite>): Binding {
  const byName = new Map<string, BoundField>()
  const names = new Map<string, string>()
  const byType = new Map<string, Set<string>>()

  const nameFor = (field: string, given: readonly ArgumentNode[]): string => {
    const sorted = given.map((argument) => print(argument)).sort()
    const key = `${field}(${sorted.join(', ')})`
    let name = names.get(key)
    if (name === undefined) {
      name = `_bound${names.size}_${field}`
      names.set(key, name)
      byName.set(name, { field, arguments: given })
    }
    return name
  }

  const register = (type: Composite, field: string, name: string): void => {
    const own = byType.get(type.name.value) ?? new Set()
    byType.set(type.name.value, own.add(name))
    if (type.kind !== Kind.INTERFACE_TYPE_DEFINITION) return
    for (const other of types.values()) {
      const implementing = other.interfaces?.some(({ name: { value } }) => value === type.name.value)
      if (implementing && fieldOf(other, field)) register(other, field, name)
    }
  }

  const bindSelection = (
    node: SelectionNode,
    parent: Composite | undefined,
    graph: string,
    used: Set<string>,
  ): SelectionNode => {
    if (node.kind === Kind.FRAGMENT_SPREAD) return node
    if (node.kind === Kind.INLINE_FRAGMENT) {
      const type = node.typeCondition ? types.get(node.typeCondition.name.value) : parent
      return { ...node, selectionSet: bindAll(node.selectionSet, type, graph, used) }
    }
    const field = parent && fieldOf(parent, node.name.value)
    if (!parent || !field) return node
    const selectionSet =
      node.selectionSet && bindAll(node.selectionSet, types.get(typeIn(field, graph)), graph, used)
    if (!field.arguments?.length) return { ...node, ...(selectionSet && { selectionSet }) }
    const name = nameFor(field.name.value, node.arguments ?? [])
    used.add(name)
    register(parent, field.name.value, name)
    return {
      ...node,
      name: { kind: Kind.NAME, value: name },
      arguments: [],
      ...(selectionSet && { selectionSet }),
    }
  }

  const bindAll = (
    selectionSet: SelectionSetNode,
    parent: Composite | undefined,
    graph: string,
    used: Set<string>,
  ): SelectionSetNode => ({
    ...selectionSet,
    selections: selectionSet.selections.map((node) => bindSelection(node, parent, graph, used)),
  })

  return { byName, bind: bindAll, of: (type) => byType.get(type) ?? none }
}

/** A type with its bound fields: each is where the field is that it stands for, and of the same type. */
function withFields(
  type: Composite,
  names: ReadonlySet<string>,
  byName: ReadonlyMap<string, BoundField>,
): Composite | undefined {
  if (names.size === 0) return undefined
  const added = [...names].flatMap((name): FieldDefinitionNode[] => {
    const field = fieldOf(type, byName.get(name)?.field ?? '')
    return field ? [{ ...field, name: { kind: Kind.NAME, value: name }, arguments: [] }] : []
  })
  return { ...type, fields: [...(type.fields ?? []), ...added] }
}

function compositeTypes(document: DocumentNode): ReadonlyMap<string, Composite> {
  return new Map(
    document.definitions.filter(isComposite).map((definition) => [definition.name.value, definition]),
  )
}

function isComposite(node: ASTNode): node is Composite {
  return node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.INTERFACE_TYPE_DEFINITION
}

function fieldOf(type: Composite, name: string): FieldDefinitionNode | undefined {
  return type.fields?.find((field) => field.name.value === name)
}

/** Name of a field's type as one subgraph has it. */
function typeIn(field: FieldDefinitionNode, graph: string): string {
  for (const directive of field.directives ?? []) {
    const type = enumArgument(directive, 'graph') === graph ? stringArgument(directive, 'type') : undefined
    if (type !== undefined) return namedType(parseType(type))
  }
  return namedType(field.type)
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type)
}

/** The subgraphs' names by their values of `join__Graph`. */
function subgraphNames(document: DocumentNode): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.ENUM_TYPE_DEFINITION || definition.name.value !== 'join__Graph') continue
    for (const { name, directives } of definition.values ?? []) {
      const graph = directives?.find((directive) => directive.name.value === 'join__graph')
      names.set(name.value, (graph && stringArgument(graph, 'name')) ?? name.value)
    }
  }
  return names
}

function parseFieldSet(fields: string): SelectionSetNode {
  const [definition] = parse(`{ ${fields} }`).definitions
  if (definition?.kind !== Kind.OPERATION_DEFINITION) throw new Error('A field set is a selection set')
  return definition.selectionSet
}

function printFieldSet({ selections }: SelectionSetNode): string {
  return selections.map((node) => print(node)).join(' ')
}

function argument({ name, arguments: all }: ConstDirectiveNode, wanted: string) {
  if (name.value !== 'join__field' && name.value !== 'join__graph') return undefined
  return all?.find((one) => one.name.value === wanted)?.value
}

function stringArgument(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = argument(directive, name)
  return value?.kind === Kind.STRING ? value.value : undefined
}

function enumArgument(directive: ConstDirectiveNode, name: string): string | undefined {
  const value = argument(directive, name)
  return value?.kind === Kind.ENUM ? value.value : undefined
}

function withArgument(directive: ConstDirectiveNode, name: string, value: string): ConstDirectiveNode {
  return {
    ...directive,
    arguments: directive.arguments?.map((one) =>
      one.name.value === name ? { ...one, value: { kind: Kind.STRING, value } } : one,
    ),
  } as ConstDirectiveNode
}
