// The walk over the schema: which fields lead to things, whether each is classified, and the documents that follow every one of
// them from everything there is.
import {
  buildSchema,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isInputObjectType,
  isInterfaceType,
  isLeafType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
} from 'graphql'
import { readSchemaFile } from '#schema/sdl.ts'
import { facts } from './facts.ts'
import { inputIds, paths, unheld } from './paths.ts'
import type { Kind, World } from './world.ts'

/** Length of every page that the walk asks for, unless a path says otherwise. */
const page = 20

export const schema: GraphQLSchema = buildSchema(readSchemaFile('api.graphql'))

/** Types that hold no row of their own: what they lead to belongs to the field before them. */
const isWrapper = (name: string) => /(Connection|Edge|Payload|Event)$/.test(name) || name === 'PageInfo'
export const isNode = (type: GraphQLObjectType) => type.getInterfaces().some(({ name }) => name === 'Node')

/** Whether somebody has to say what a field tells: what a wrapper leads to, the field before it says. */
const tells = (type: GraphQLObjectType, field: GraphQLField<unknown, unknown>) =>
  !['id', 'cursor'].includes(field.name) &&
  !(isWrapper(type.name) && isCompositeType(getNamedType(field.type)))

/** Everything in a schema that has no row yet, a sentence each. */
export function unclassified(kinds: readonly Kind[], asked: GraphQLSchema = schema): string[] {
  const missing: string[] = []
  const plain = new Set(
    Object.entries(facts).flatMap(([type, names]) => names.split(' ').map((name) => `${type}.${name}`)),
  )
  for (const type of Object.values(asked.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue
    if (isNode(type) && !(kinds as readonly string[]).includes(type.name) && !unheld[type.name])
      missing.push(
        `${type.name} has a global id, and the world of the matrix has none of it: add some in tests/privacy/world.ts and say in tests/privacy/oracle.ts who may see it, or give a reason in \`unheld\` of tests/privacy/paths.ts.`,
      )
    if (type.name === 'Mutation' || ownOnly.has(type.name)) continue
    for (const field of Object.values(type.getFields())) {
      const key = `${type.name}.${field.name}`
      if (!tells(type, field) || paths[key] || plain.has(key)) continue
      missing.push(
        isLeafType(getNamedType(field.type))
          ? `${key}: ${field.type} is not classified: add it to tests/privacy/facts.ts when it tells of nothing but its own thing, and otherwise a row '${key}' to tests/privacy/paths.ts that says what it tells.`
          : `${key}: ${field.type} is not classified: add a row '${key}' to tests/privacy/paths.ts that says what must be found there, such as \`finds('${getNamedType(field.type).name}', …)\`, or \`own\` when it tells of nothing else.`,
      )
    }
  }
  for (const key of [...Object.keys(paths), ...plain]) {
    const [type = '', name = ''] = key.split('.')
    const found = asked.getType(type)
    if (!isObjectType(found) || !found.getFields()[name])
      missing.push(`${key} has a row in tests/privacy and is not in the schema: take the row out.`)
  }
  for (const { mutation, field } of mutationIds(asked)) {
    if (!inputIds[field])
      missing.push(
        `${mutation} takes the id \`${field}\`, and tests/privacy/paths.ts does not say what it names: add it to \`inputIds\`.`,
      )
  }
  return missing
}

/** Types that nobody reaches but their owner, and that name nobody else. */
const ownOnly = new Set([
  ...['RateLimit', 'ServerInfo', 'Session', 'Passkey', 'Settings', 'MediaUpload', 'UploadPart', 'UserError'],
  ...['App', 'AppUsageDay', 'AuthorizedApp', 'DocumentManifest', 'RegisteredDocument'],
  ...['Experiment', 'ExperimentReport', 'ExperimentVariantReport', 'ExperimentAssignment'],
])

/** The inputs of mutations that take the id of something. */
export function mutationIds(
  asked: GraphQLSchema = schema,
): { mutation: string; field: string; isList: boolean }[] {
  return Object.values(asked.getMutationType()?.getFields() ?? {}).flatMap((mutation) => {
    const input = mutation.args[0] && getNamedType(mutation.args[0].type)
    if (!isInputObjectType(input)) return []
    return Object.values(input.getFields())
      .filter(({ type }) => getNamedType(type).name === 'ID')
      .map(({ name, type }) => ({
        mutation: mutation.name,
        field: name,
        isList: isListType(isNonNullType(type) ? type.ofType : type),
      }))
  })
}

/** What is selected of a type: its own facts, and of each thing that it leads to, which one it is. */
function selectionOf(type: GraphQLObjectType, world: World, within: readonly string[] = []): string {
  const parts = ['__typename']
  for (const field of Object.values(type.getFields())) {
    for (const [i, args] of argumentsOf(type, field, world).entries()) {
      const alias = i === 0 ? '' : `again${i}_${field.name}: `
      const selected = selectField(field, world, [...within, type.name])
      if (selected !== null) parts.push(`${alias}${field.name}${args && `(${args})`}${selected}`)
    }
  }
  return `{ ${parts.join(' ')} }`
}

function selectField(
  field: GraphQLField<unknown, unknown>,
  world: World,
  within: readonly string[],
): string | null {
  const type = getNamedType(field.type)
  if (!isCompositeType(type)) return ''
  if (isAbstractType(type)) {
    const union = isInterfaceType(type) ? [] : type.getTypes()
    const others = union
      .filter((one) => !isNode(one))
      .map((one) => `... on ${one.name} ${selectionOf(one, world, within)}`)
    return ` { __typename ... on Node { id } ${others.join(' ')} }`
  }
  if (isNode(type)) return ' { __typename id }'
  return within.includes(type.name) ? null : ` ${selectionOf(type, world, within)}`
}

/** The ways to ask for a field, as the text between its parentheses; none for one that cannot be asked for. */
function argumentsOf(
  type: GraphQLObjectType,
  field: GraphQLField<unknown, unknown>,
  world: World,
): readonly string[] {
  const path = paths[`${type.name}.${field.name}`]
  if (path?.byId) return []
  const given = typeof path?.args === 'function' ? path.args(world) : path?.args
  if (given) return given
  const required = field.args.filter(isRequiredArgument)
  if (required.length === 0) return ['']
  return required.every(({ name }) => name === 'first') ? [`first: ${page}`] : []
}

/** The document that follows every field of a kind of thing; its variable is a list of ids. */
export function documentOf(kind: string, world: World): string {
  const type = schema.getType(kind)
  if (!isObjectType(type)) throw new Error(`${kind} is no object type`)
  return `query ($ids: [ID!]!) { nodes(ids: $ids) { __typename ... on ${kind} ${selectionOf(type, world)} } }`
}

/** The documents that follow each root field which needs no id, in all the ways to ask for it. */
export function rootDocuments(world: World): string[] {
  const root = schema.getQueryType()
  if (!root) return []
  return Object.values(root.getFields()).flatMap((field) => {
    const selected = selectField(field, world, ['Query'])
    const asked = argumentsOf(root, field, world).map(
      (args, i) =>
        `${i === 0 ? '' : `again${i}_${field.name}: `}${field.name}${args && `(${args})`}${selected}`,
    )
    return asked.length > 0 ? [`{ ${asked.join(' ')} }`] : []
  })
}

/** The root fields that take the id of a thing, and the types that they lead to. */
export function rootsById(): { field: string; argument: string; to: readonly string[] }[] {
  return Object.keys(schema.getQueryType()?.getFields() ?? {}).flatMap((field) => {
    const path = paths[`Query.${field}`]
    return path?.byId ? [{ field, argument: path.byId, to: path.to }] : []
  })
}

/** The subscriptions that take the id of a thing. */
export function streamsById(): { field: string; argument: string }[] {
  return Object.keys(schema.getSubscriptionType()?.getFields() ?? {}).flatMap((field) => {
    const argument = paths[`Subscription.${field}`]?.byId
    return argument ? [{ field, argument }] : []
  })
}

/** An input of a mutation as text, in which one field names a thing; the others that it must have mean little. */
export function inputOf(
  mutation: string,
  field: string,
  value: string | string[],
  idFor: (field: string) => string | undefined,
): string {
  const type = schema.getMutationType()?.getFields()[mutation]?.args[0]?.type
  const input = type && getNamedType(type)
  if (!isInputObjectType(input)) throw new Error(`${mutation} takes no input`)
  const parts = [`${field}: ${JSON.stringify(value)}`]
  for (const other of Object.values(input.getFields())) {
    if (other.name === field || !(isNonNullType(other.type) || fillers[other.name])) continue
    const named = getNamedType(other.type)
    const one = isEnumType(named)
      ? named.getValues()[0]?.name
      : named.name === 'ID'
        ? JSON.stringify(idFor(other.name) ?? 'post_01j00000000000000000000000')
        : ({ Int: '1', Boolean: 'true' }[named.name] ?? JSON.stringify(fillers[other.name] ?? 'x'))
    parts.push(`${other.name}: ${String(other.type).startsWith('[') ? `[${one}]` : one}`)
  }
  return `{ ${parts.join(', ')} }`
}

/** Without these, an input is refused before anybody looks at the thing. */
const fillers: Record<string, string> = { text: 'x', name: 'x', emoji: '👍', reason: 'x' }
