import type { QueryPlanSelectionNode } from '@apollo/query-planner'
import { isJson, type Json, merge } from './merge.ts'
import { compileRewrites, type Rewrites } from './rewrites.ts'
import type { LoadedSupergraph } from './supergraph.ts'

/** The entities of one fetch, each distinct one once. */
export interface Representations {
  /** What is sent as `_entities(representations:)`. */
  readonly list: Json[]
  /** For the target at the same index, the index in `list` of what represents it; -1 when nothing does. */
  readonly of: number[]
}

type Select = (source: Json) => Json | null

/**
 * Compiles a fetch's `requires` into a function that represents objects as keys for another subgraph. Objects whose
 * representations are equal share one, so that a page of posts by one author asks for that author once.
 */
export function compileRepresentations(
  requires: readonly QueryPlanSelectionNode[],
  inputRewrites: Parameters<typeof compileRewrites>[0],
  isOfType: LoadedSupergraph['isOfType'],
): (targets: readonly Json[]) => Representations {
  const select = compileSelections(requires, isOfType)
  const rewrite = compileRewrites(inputRewrites, isOfType)
  const flat = requires.every((node) => node.kind === 'InlineFragment' && node.selections.every(isLeaf))
  const keyOf = flat ? flatKey : JSON.stringify
  return (targets) => {
    const list: Json[] = []
    const of: number[] = []
    const known = targets.length > 1 ? new Map<string, number>() : undefined
    for (const target of targets) {
      const representation = represent(target, select, rewrite)
      if (!representation) {
        of.push(-1)
        continue
      }
      // A rewrite may have replaced the type's name by its interface's; objects of two types stay apart.
      const key = known && (rewrite ? `${target.__typename as string} ` : '') + keyOf(representation)
      const seen = key === undefined ? undefined : known?.get(key)
      if (seen !== undefined) {
        of.push(seen)
        continue
      }
      if (key !== undefined) known?.set(key, list.length)
      of.push(list.length)
      list.push(representation)
    }
    return { list, of }
  }
}

function represent(target: Json, select: Select, rewrite: Rewrites | undefined): Json | null {
  const representation = select(target)
  if (!representation?.__typename) return null
  rewrite?.(representation)
  return representation
}

function isLeaf(node: QueryPlanSelectionNode): boolean {
  return node.kind === 'Field' && !node.selections
}

/** A key for representations whose fields are leaves: several times quicker than JSON.stringify. */
function flatKey(representation: Json): string {
  let key = ''
  for (const name in representation) {
    const value = representation[name]
    key +=
      typeof value === 'string' ? `${name}"${value.length}"${value}` : `${name}:${JSON.stringify(value)},`
  }
  return key
}

/** A selection that lacks one of its fields selects nothing: the entity cannot be keyed by it. */
function compileSelections(
  nodes: readonly QueryPlanSelectionNode[],
  isOfType: LoadedSupergraph['isOfType'],
): Select {
  const parts = nodes.map((node) => compileSelection(node, isOfType))
  return (source) => {
    const result: Json = {}
    for (const part of parts) if (!part(source, result)) return null
    return result
  }
}

/** Adds what one selection selects to `result`; false when the source lacks it. */
function compileSelection(
  node: QueryPlanSelectionNode,
  isOfType: LoadedSupergraph['isOfType'],
): (source: Json, result: Json) => boolean {
  if (node.kind === 'Field') {
    // A bound field is read under its alias: see bound-plan.ts.
    const { name: to, alias: name = to } = node
    const inherited = name in Object.prototype
    const select = node.selections && compileSelections(node.selections, isOfType)
    return (source, result) => {
      if (inherited && !Object.hasOwn(source, name)) return false
      const value = source[name]
      if (value === undefined) return false
      result[to] = select ? selectFrom(value, select) : value
      return true
    }
  }
  const { typeCondition, selections } = node
  if (!typeCondition) return () => true
  const select = compileSelections(selections, isOfType)
  return (source, result) => {
    const typename = source.__typename
    if (typeof typename === 'string' && isOfType(typename, typeCondition)) {
      const selected = select(source)
      if (selected) merge(result, selected, false)
    }
    return true
  }
}

function selectFrom(value: unknown, select: Select): unknown {
  if (Array.isArray(value)) return value.map((element) => selectFrom(element, select))
  return isJson(value) ? select(value) : null
}
