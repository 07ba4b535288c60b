// Bounds of input values. Each check throws a coded refusal that names the field; a resolver's input is checked before
// anything is read or written.
import { AppError } from '#schema/errors.ts'

/** Characters as people count them: code points, so that an emoji is not two. */
const lengthOf = (text: string) => [...text].length

/** A trimmed text of `min`–`max` characters. Throws INVALID or TOO_LONG. */
export function textOf(value: string, bounds: { field: string; min?: number; max: number }): string {
  const { field, min = 0, max } = bounds
  // A cheap bound first: code points are at most as many as UTF-16 units.
  if (value.length > max * 2 || lengthOf(value) > max) {
    throw new AppError('TOO_LONG', `At most ${max} characters.`, { field: ['input', field] })
  }
  if (value.includes('\u0000')) {
    throw new AppError('INVALID', 'A text may not contain the character NUL.', { field: ['input', field] })
  }
  const text = value.trim()
  if (text.length < min) throw new AppError('INVALID', 'This must not be empty.', { field: ['input', field] })
  return text
}

/** As `textOf`, with an empty text and null as null. */
export function optionalText(
  value: string | null | undefined,
  bounds: { field: string; max: number },
): string | null {
  if (value === null || value === undefined) return null
  return textOf(value, bounds) || null
}

/** At most `max` items, at least `min`. Throws TOO_MANY or INVALID. */
export function boundedList<T>(
  items: readonly T[],
  bounds: { field: string; min?: number; max: number },
): readonly T[] {
  const { field, min = 0, max } = bounds
  if (items.length > max) throw new AppError('TOO_MANY', `At most ${max}.`, { field: ['input', field] })
  if (items.length < min) throw new AppError('INVALID', `At least ${min}.`, { field: ['input', field] })
  return items
}

/**
 * An input with fields that the schema lets be absent and that it means nothing without. Throws INVALID for the first of them
 * that is absent or null.
 */
export function having<I extends object, F extends keyof I & string>(
  input: I,
  ...fields: readonly F[]
): I & { [N in F]-?: NonNullable<I[N]> } {
  const missing = fields.find((field) => input[field] === null || input[field] === undefined)
  if (missing !== undefined) {
    throw new AppError('INVALID', 'This must be given.', { field: ['input', missing] })
  }
  return input as I & { [N in F]-?: NonNullable<I[N]> }
}
