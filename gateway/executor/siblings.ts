import {
  type DefinitionNode,
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  print,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql'
import { keptName } from './aliases.ts'

// `... on Person { posts(first: 2) } ... on Robot { posts(first: 3) }` is a good selection: nothing is both. But where a
// subgraph knows the interface as an `@interfaceObject`, both are the same object to it, and the planner asks it for one of
// the two. So each call but the first is answered under a name of its own until the answer is made.

/** What is selected at one place of the answer, whatever the type: the names by which its calls are kept. */
interface Place {
  /** By the name that the client gives, and by the call. */
  readonly kept: Map<string, Map<string, string>>
  readonly within: Map<string, Place>
}

/**
 * Gives different calls that share a response name, each on other types, names of their own. The same document when there are none.
 * The document must be valid and must not expand to more fields than can be visited.
 */
export function separateSiblings(document: DocumentNode): DocumentNode {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  let separated = false

  const separate = (selectionSet: SelectionSetNode, place: Place): SelectionSetNode => ({
    ...selectionSet,
    selections: selectionSet.selections.map((node): SelectionNode => {
      if (node.kind === Kind.FIELD) return separateField(node, place)
      if (node.kind === Kind.INLINE_FRAGMENT)
        return { ...node, selectionSet: separate(node.selectionSet, place) }
      // A fragment may stand in several places: in each it has names of that place.
      const fragment = fragments.get(node.name.value)
      if (!fragment) return node
      const { typeCondition, selectionSet: inner } = fragment
      const { directives = [] } = node
      return { kind: Kind.INLINE_FRAGMENT, typeCondition, directives, selectionSet: separate(inner, place) }
    }),
  })

  const separateField = (node: FieldNode, place: Place): FieldNode => {
    const name = (node.alias ?? node.name).value
    const kept = place.kept.get(name) ?? new Map<string, string>()
    place.kept.set(name, kept)
    const call = callOf(node)
    let inner = kept.get(call)
    if (inner === undefined) {
      inner = kept.size === 0 ? name : keptName(name, kept.size)
      kept.set(call, inner)
    }
    const isNamed = inner !== name
    separated ||= isNamed
    const within = place.within.get(inner) ?? createPlace()
    place.within.set(inner, within)
    return {
      ...node,
      ...(isNamed && { alias: { kind: Kind.NAME, value: inner } }),
      ...(node.selectionSet && { selectionSet: separate(node.selectionSet, within) }),
    }
  }

  const definitions: DefinitionNode[] = []
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) {
      definitions.push({ ...definition, selectionSet: separate(definition.selectionSet, createPlace()) })
    }
  }
  return separated ? { ...document, definitions } : document
}

function createPlace(): Place {
  return { kept: new Map(), within: new Map() }
}

function callOf({ name, arguments: given = [] }: FieldNode): string {
  return `${name.value}(${given
    .map((argument) => print(argument))
    .sort()
    .join(', ')})`
}
