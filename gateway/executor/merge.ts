/** A JSON object as subgraphs answer it. */
export type Json = Record<string, unknown>

/** Whether the value is a JSON object: neither null, nor a list. */
export function isJson(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/**
 * Merges what a subgraph answered into what is known of the object, as Apollo Gateway's `deepMerge` does: objects are
 * merged, lists of one length element by element, anything else replaces. Parts of `source` become parts of `target`
 * unless `copy` is set, which a caller sets when he merges one source into a second target.
 *
 * The response name `__proto__` is refused before (see operation.ts), and every other inherited name is a function,
 * never an object, so that no test for own properties is needed here.
 */
export function merge(target: Json, source: Json, copy: boolean): void {
  for (const key in source) {
    const value = source[key]
    if (value === undefined) continue
    const known = target[key]
    if (typeof value !== 'object' || value === null) {
      target[key] = value
    } else if (Array.isArray(value)) {
      if (Array.isArray(known) && known.length === value.length) mergeLists(known, value, copy)
      else target[key] = copy ? clone(value) : value
    } else if (isJson(known)) {
      merge(known, value as Json, copy)
    } else {
      target[key] = copy ? clone(value) : value
    }
  }
}

function mergeLists(target: unknown[], source: unknown[], copy: boolean): void {
  for (let i = 0; i < source.length; i++) {
    const known = target[i]
    const value = source[i]
    if (isJson(known) && isJson(value)) merge(known, value, copy)
    else if (Array.isArray(known) && Array.isArray(value) && known.length === value.length)
      mergeLists(known, value, copy)
    else target[i] = copy ? clone(value) : value
  }
}

function clone(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(clone)
  // Dates, buffers and the like are leaf values of custom scalars in process: they are never merged into.
  const prototype = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) return value
  const copy: Json = {}
  for (const key in value) copy[key] = clone((value as Json)[key])
  return copy
}
