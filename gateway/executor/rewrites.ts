import type { FetchDataRewrite } from '@apollo/query-planner'
import { isJson, type Json } from './merge.ts'
import type { LoadedSupergraph } from './supergraph.ts'

/** Changes a representation before it is sent, or an answer before it is merged, in place. */
export type Rewrites = (value: unknown) => void

const FRAGMENT = '... on '

/** Compiles a fetch's `inputRewrites` or `outputRewrites`; undefined when there are none. */
export function compileRewrites(
  rewrites: readonly FetchDataRewrite[] | undefined,
  isOfType: LoadedSupergraph['isOfType'],
): Rewrites | undefined {
  if (!rewrites?.length) return undefined
  const all = rewrites.flatMap((rewrite) => {
    const last = rewrite.path.at(-1)
    return last === undefined ? [] : [at(rewrite.path.slice(0, -1), change(rewrite, last), isOfType)]
  })
  return (value) => {
    for (const rewrite of all) rewrite(value)
  }
}

function change(rewrite: FetchDataRewrite, name: string): (object: Json) => void {
  if (rewrite.kind === 'ValueSetter') {
    return (object) => {
      object[name] = rewrite.setValueTo
    }
  }
  return (object) => {
    if (!Object.hasOwn(object, name) || !object[name]) return
    object[rewrite.renameKeyTo] = object[name]
    object[name] = undefined
  }
}

function at(
  path: readonly string[],
  act: (object: Json) => void,
  isOfType: LoadedSupergraph['isOfType'],
): Rewrites {
  const [first, ...rest] = path
  const inner = first === undefined ? act : at(rest, act, isOfType)
  const condition = first?.startsWith(FRAGMENT) ? first.slice(FRAGMENT.length) : undefined
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const element of value) visit(element)
    } else if (isJson(value)) {
      if (first === undefined) act(value)
      else if (condition !== undefined) visitFragment(value, condition)
      else if (Object.hasOwn(value, first)) inner(value[first] as Json)
    }
  }
  const visitFragment = (value: Json, on: string): void => {
    // An object that does not say its type was asked for by a fragment that always applies.
    const typename = value.__typename
    if (typeof typename !== 'string' || isOfType(typename, on)) inner(value)
  }
  return visit
}
