import { type DocumentNode, type FragmentDefinitionNode, Kind, type SelectionSetNode, visit } from 'graphql'
import { mergePairs } from './duplicates.ts'

/** What one operation may hold. Each bound is inclusive. */
export interface OperationLimits {
  /** Lexical tokens of the whole document. */
  readonly tokens: number
  /** Fields within fields, introspection exempt; and lists and objects within such in a value. */
  readonly depth: number
  /** Aliases in the document. */
  readonly aliases: number
  /** Fields of the operation once its fragments are expanded. */
  readonly fields: number
  /** Elements of its lists, which multiply (`CountNodes`). */
  readonly nodes: number
}

/** Pairs of fields that validation may have to compare: some 50 ms of it at most. */
const maxMergePairs = 40_000

export const defaultLimits: OperationLimits = {
  tokens: 4_000,
  depth: 15,
  aliases: 50,
  fields: 10_000,
  // Any page of 100 that the product's own operations ask for fits.
  nodes: 18_000,
}

/** Says in a sentence that an operation brings too many nodes, undefined when it does not. */
export function exceededNodes(count: number, { nodes }: OperationLimits): string | undefined {
  if (count <= nodes) return undefined
  return `The operation may bring ${count} nodes; at most ${nodes} are allowed. Ask for shorter lists: \`first\` multiplies, and a list without it counts 10.`
}

interface Size {
  readonly depth: number
  readonly fields: number
}

const nothing: Size = { depth: 0, fields: 0 }

/**
 * Says in a sentence which limit a document exceeds, undefined when none. It needs no schema, visits each node of the
 * document once however its fragments are spread, and so comes before validation, which does not.
 */
export function exceededLimit(document: DocumentNode, limits: OperationLimits): string | undefined {
  const fragments = new Map<string, FragmentDefinitionNode>()
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition)
  }
  const sizes = new Map<string, Size>()
  let aliases = 0

  const sizeOfFragment = (name: string): Size => {
    let size = sizes.get(name)
    if (!size) {
      // A cycle counts nothing: validation refuses it.
      sizes.set(name, nothing)
      const fragment = fragments.get(name)
      size = fragment ? sizeOf(fragment.selectionSet) : nothing
      sizes.set(name, size)
    }
    return size
  }

  const sizeOf = (selectionSet: SelectionSetNode): Size => {
    let depth = 0
    let fields = 0
    for (const selection of selectionSet.selections) {
      let size: Size
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        size = sizeOfFragment(selection.name.value)
      } else if (selection.kind === Kind.INLINE_FRAGMENT) {
        size = sizeOf(selection.selectionSet)
      } else {
        if (selection.alias) aliases += 1
        const inner = selection.selectionSet ? sizeOf(selection.selectionSet) : nothing
        const introspects = selection.name.value === '__schema' || selection.name.value === '__type'
        size = { depth: introspects ? 1 : inner.depth + 1, fields: inner.fields + 1 }
      }
      depth = Math.max(depth, size.depth)
      fields += size.fields
    }
    return { depth, fields }
  }

  let all = 0
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      all += sizeOfFragment(definition.name.value).fields
    } else if (definition.kind === Kind.OPERATION_DEFINITION) {
      const { depth, fields } = sizeOf(definition.selectionSet)
      if (depth > limits.depth)
        return `The operation nests ${depth} fields; at most ${limits.depth} are allowed.`
      if (fields > limits.fields) return `The operation selects more than ${limits.fields} fields.`
      all += fields
    }
  }
  const values = valueDepth(document)
  if (values > limits.depth)
    return `The document nests ${values} lists and objects; at most ${limits.depth} are allowed.`
  if (aliases > limits.aliases)
    return `The document has ${aliases} aliases; at most ${limits.aliases} are allowed.`
  // Each fragment is also looked at on its own.
  if (all > 4 * limits.fields || mergePairs(document) > maxMergePairs) {
    return 'The document selects the same fields in too many places.'
  }
  return undefined
}

/** How deep the lists and objects are that are written as values. */
function valueDepth(document: DocumentNode): number {
  let depth = 0
  let deepest = 0
  const nests = {
    enter() {
      depth += 1
      deepest = Math.max(deepest, depth)
    },
    leave() {
      depth -= 1
    },
  }
  visit(document, { ListValue: nests, ObjectValue: nests })
  return deepest
}
