import { type DocumentNode, Kind, parse, visit } from 'graphql'

// An entity's representation is read from what has been answered so far, by the names of its fields. With `id: nickname` a
// client would have the nickname sent as the id. Such aliases are answered under names of their own until the answer is
// made.

const prefix = '_alias_'
const prefixes = /^_alias\d*_/

/** Names that the executor gives to parts of answers: clients may not use them as aliases. */
export const reservedAlias = /^(__proto__$|_alias\d*_|_bound\d+_)/

/** The name of a part of an answer as the client knows it. */
export function shownName(name: string): string {
  return name.startsWith('_alias') ? name.replace(prefixes, '') : name
}

/** A name under which the executor keeps what the client calls `name`: the `count`th one of that place. */
export function keptName(name: string, count: number): string {
  return `_alias${count}_${name}`
}

/** A path in an answer as the client knows it. */
export function shownPath<P extends string | number>(path: readonly P[]): (string | P)[] {
  return path.map((part) => (typeof part === 'string' ? shownName(part) : part))
}

/** Renames the aliases that are names of other fields which representations may be read from. */
export function hideAliases(document: DocumentNode, represented: ReadonlySet<string>): DocumentNode {
  return visit(document, {
    // Introspection is answered apart.
    FragmentDefinition: ({ typeCondition }) =>
      typeCondition.name.value.startsWith('__') ? false : undefined,
    Field: {
      enter: ({ name }) => (name.value === '__schema' || name.value === '__type' ? false : undefined),
      leave: (field) => {
        const { alias, name } = field
        if (!alias || alias.value === name.value || !represented.has(alias.value)) return undefined
        return { ...field, alias: { ...alias, value: `${prefix}${alias.value}` } }
      },
    },
  })
}

/** Every name in the field sets of a supergraph: its keys, and what is required. */
export function representedNames(supergraph: DocumentNode): ReadonlySet<string> {
  const names = new Set(['__typename'])
  visit(supergraph, {
    Directive: (directive) => {
      for (const { name: argument, value } of directive.arguments ?? []) {
        const isFieldSet = argument.value === 'key' || argument.value === 'requires'
        if (!isFieldSet || value.kind !== Kind.STRING) continue
        visit(parse(`{ ${value.value} }`), { Field: (field) => void names.add(field.name.value) })
      }
    },
  })
  return names
}
