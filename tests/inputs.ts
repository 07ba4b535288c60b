// The inputs of all mutations, as their SDL describes them: what is missing in them, and how much they take.
import {
  buildSchema,
  type GraphQLField,
  type GraphQLInputField,
  type GraphQLInputObjectType,
  getNamedType,
  getNullableType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
} from 'graphql'
import { newId } from '#schema/ids.ts'
import { readSchemaFile } from '#schema/sdl.ts'

export type Mutation = GraphQLField<unknown, unknown>

export const mutations: Mutation[] = Object.values(
  buildSchema(readSchemaFile('api.graphql')).getMutationType()?.getFields() ?? {},
)

/** The type of a mutation's one argument. */
export function inputType(mutation: Mutation): GraphQLInputObjectType {
  const type = mutation.args[0] && getNamedType(mutation.args[0].type)
  if (!isInputObjectType(type)) throw new Error(`${mutation.name} takes no input`)
  return type
}

/** The id of nothing. */
export const unknownId = 'post_01j00000000000000000000000'
export const nothing = { id: unknownId, text: 'x' }

const isList = ({ type }: GraphQLInputField) => isListType(getNullableType(type))

/** Whether a mutation means nothing without a field that the schema lets be absent, as its description says. */
export const mustBeGiven = ({ description }: GraphQLInputField) => /Must be given\.$/.test(description ?? '')

/** An input of the right types, all that it needs and no more, whose values mean nothing. */
export function senseless(
  type: GraphQLInputObjectType,
  value: { id: string; text: string },
): Record<string, unknown> {
  const input: Record<string, unknown> = {}
  for (const field of Object.values(type.getFields())) {
    if (!isNonNullType(field.type) && !mustBeGiven(field)) continue
    const one = senselessValue(field, value)
    input[field.name] = isList(field) ? [one] : one
  }
  return input
}

/** A value of a field, or an item of its list. */
function senselessValue({ type }: GraphQLInputField, { id, text }: { id: string; text: string }): unknown {
  const named = getNamedType(type)
  if (isInputObjectType(named)) return senseless(named, { id, text })
  if (isEnumType(named)) return named.getValues()[0]?.name
  const known = {
    ...{ ID: id, Int: 1, Float: 1, Date: '2010-02-03' },
    ...{ EmailAddress: 'nobody@example.org', URL: 'https://example.org/' },
  }
  return known[named.name as keyof typeof known] ?? text
}

/** How much a field takes at most. */
export interface Bound {
  mutation: Mutation
  /** The field, after those that it stands in, each with its type. */
  path: { of: GraphQLInputObjectType; field: GraphQLInputField }[]
  unit: 'characters' | 'items'
  max: number
}

/** As descriptions say it: `1–64 characters`, `at most 1,000 characters each`, `1–64 letters, …`, `[a-z0-9._]{1,30}`. */
const mostCharacters = /(\d[\d,]*)(?: characters| letters| of a–z)|\{1,(\d+)\}/
/** Of lists: `1–20 of your own items`, `at most 100`; not the characters of each. */
const mostItems = /(?:at most |\d–)(\d[\d,]*)(?![\d,]*(?: characters| letters| of a–z))/

/** All bounds that the descriptions of a mutation's input say. */
export function boundsOf(
  mutation: Mutation,
  of: GraphQLInputObjectType = inputType(mutation),
  outer: Bound['path'] = [],
): Bound[] {
  return Object.values(of.getFields()).flatMap((field) => {
    const path = [...outer, { of, field }]
    const named = getNamedType(field.type)
    const isText = ['ID', 'String', 'URL'].includes(named.name)
    // The same for all, and not said each time.
    const characters = field.name === 'idempotencyKey' ? [128] : isText ? said(mostCharacters, field) : []
    const items = isList(field) ? said(mostItems, field) : []
    return [
      ...characters.map((max): Bound => ({ mutation, path, unit: 'characters', max })),
      ...items.map((max): Bound => ({ mutation, path, unit: 'items', max })),
      ...(isInputObjectType(named) ? boundsOf(mutation, named, path) : []),
    ]
  })
}

function said(bound: RegExp, { description }: GraphQLInputField): number[] {
  const [, one, other = one] = bound.exec(description ?? '') ?? []
  return other === undefined ? [] : [Number(other.replaceAll(',', ''))]
}

/** The path of a bound's field, from the mutation's name on. */
export function boundName({ mutation, path }: Bound): string {
  return [mutation.name, ...path.map(({ field }) => field.name)].join('.')
}

/** An input that means nothing, with so many characters or items of what is bounded, and what else `given` says. */
export function inputWith({ mutation, path, unit }: Bound, count: number, given: object = {}): unknown {
  const last = path.at(-1)
  if (!last) throw new Error(`a bound of ${mutation.name} is about no field`)
  const text = String(getNamedType(last.field.type)) === 'URL' ? 'https://example.org/' : ''
  const item = () =>
    unit === 'items' ? senselessValue(last.field, { ...nothing, id: newId('post') }) : text.padEnd(count, 'x')
  const value = isList(last.field) ? Array.from({ length: unit === 'items' ? count : 1 }, item) : item()
  return path.reduceRight<unknown>((inner, { of, field }, depth) => {
    const outer = path[depth - 1]
    const input = { ...senseless(of, nothing), ...(outer ? {} : given), [field.name]: inner }
    return outer && isList(outer.field) ? [input] : input
  }, value)
}
