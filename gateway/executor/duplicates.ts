import { type DocumentNode, Kind, print, type SelectionNode, type SelectionSetNode, visit } from 'graphql'

/**
 * Drops selections that stand twice in one selection set, word for word: `{ id id }` means `{ id }`. Validation compares
 * fields of one name pair by pair, and 4,000 of them would take it seconds.
 */
export function withoutDuplicates(document: DocumentNode): DocumentNode {
  return visit(document, {
    SelectionSet: {
      // On the way out, the inner selection sets are done: what was the same before is so still.
      leave(node: SelectionSetNode): SelectionSetNode | undefined {
        if (!repeats(node)) return undefined
        const seen = new Set<string>()
        const selections = node.selections.filter((selection) => {
          const text = print(selection)
          if (seen.has(text)) return false
          seen.add(text)
          return true
        })
        return selections.length < node.selections.length ? { ...node, selections } : undefined
      },
    },
  })
}

/** Whether something is selected twice by name, which costs little to see. */
function repeats({ selections }: SelectionSetNode): boolean {
  return new Set(selections.map(nameOf)).size < selections.length
}

function nameOf(selection: SelectionNode): string {
  if (selection.kind === Kind.FIELD) return (selection.alias ?? selection.name).value
  if (selection.kind === Kind.FRAGMENT_SPREAD) return `...${selection.name.value}`
  return `... on ${selection.typeCondition?.name.value ?? ''}`
}

/** Fields by the path of their response names: how often each is selected in how many places. */
interface Place {
  count: number
  readonly within: Map<string, Place>
}

/**
 * About how many pairs of fields validation compares to see whether they can be merged: for each place in the answer, the
 * square of how often it is selected. The document must not expand to more fields than can be visited.
 */
export function mergePairs(document: DocumentNode): number {
  const fragments = new Map<string, SelectionSetNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION)
      fragments.set(definition.name.value, definition.selectionSet)
  }
  let pairs = 0
  const open = new Set<string>()
  const walk = ({ selections }: SelectionSetNode, place: Place): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        walk(selection.selectionSet, place)
      } else if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const name = selection.name.value
        const fragment = fragments.get(name)
        if (!fragment || open.has(name)) continue
        open.add(name)
        walk(fragment, place)
        open.delete(name)
      } else {
        const key = nameOf(selection)
        const inner = place.within.get(key) ?? { count: 0, within: new Map() }
        place.within.set(key, inner)
        pairs += inner.count++
        if (selection.selectionSet) walk(selection.selectionSet, inner)
      }
    }
  }
  for (const definition of document.definitions) {
    if ('selectionSet' in definition) walk(definition.selectionSet, { count: 0, within: new Map() })
  }
  return pairs
}
