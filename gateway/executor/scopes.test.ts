// Which fields an app may have, over the product's own supergraph: every field with every scope.

import { buildSubgraphSchema } from '@apollo/subgraph'
import {
  type GraphQLFormattedError,
  type GraphQLInputType,
  type GraphQLNamedType,
  type GraphQLSchema,
  getNamedType,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  isObjectType,
  isRequiredArgument,
  isRequiredInputField,
  isScalarType,
  Kind,
  type SelectionSetNode,
  type ValueNode,
  valueFromASTUntyped,
} from 'graphql'
import { expect, test } from 'vitest'
import { scopes } from '#schema/scopes.ts'
import { readSchemaFile, schemaParts, subgraphSdl } from '#schema/sdl.ts'
import { OperationError } from './errors.ts'
import { createExecutor } from './executor.ts'
import type { DataSource } from './sources.ts'

/** What the subgraphs' own files say, read without the supergraph: `Type.field` or `Type` → alternatives. */
const table = new Map<string, string[][]>()
for (const part of schemaParts) {
  for (const type of subgraphSdl(part).definitions) {
    if (type.kind !== Kind.OBJECT_TYPE_DEFINITION && type.kind !== Kind.OBJECT_TYPE_EXTENSION) continue
    for (const node of [type, ...(type.fields ?? [])]) {
      const directive = node.directives?.find(({ name }) => name.value === 'requiresScopes')
      if (!directive) continue
      const [given] = directive.arguments ?? []
      const alternatives = valueFromASTUntyped(given?.value as ValueNode) as string[][]
      table.set(node === type ? type.name.value : `${type.name.value}.${node.name.value}`, alternatives)
    }
  }
}

/** Answers anything that is asked with something of its type. */
function willing(schema: GraphQLSchema, asked: string[]): DataSource<object> {
  const answer = (selectionSet: SelectionSetNode, typeName: string): Record<string, unknown> => {
    const out: Record<string, unknown> = { __typename: typeName }
    for (const node of selectionSet.selections) {
      if (node.kind === Kind.FRAGMENT_SPREAD) throw new Error('plans have no fragments')
      if (node.kind === Kind.INLINE_FRAGMENT) {
        Object.assign(out, answer(node.selectionSet, node.typeCondition?.name.value ?? typeName))
        continue
      }
      const key = (node.alias ?? node.name).value
      const type = schema.getType(typeName)
      const field = isObjectType(type) ? type.getFields()[node.name.value] : undefined
      if (!field) continue
      asked.push(`${typeName}.${node.name.value}`)
      const named = getNamedType(field.type)
      const one = node.selectionSet
        ? answer(node.selectionSet, named.name)
        : isEnumType(named)
          ? named.getValues()[0]?.name
          : named.name === 'Boolean'
            ? true
            : named.name === 'Int' || named.name === 'Float'
              ? 1
              : 'x'
      const unwrapped = isNonNullType(field.type) ? field.type.ofType : field.type
      out[key] = isListType(unwrapped) ? [one] : one
    }
    return out
  }
  return {
    async process({ document, variables }) {
      const [operation] = document.definitions
      if (operation?.kind !== Kind.OPERATION_DEFINITION) throw new Error('no operation')
      const [first] = operation.selectionSet.selections
      if (first?.kind === Kind.FIELD && first.name.value === '_entities' && first.selectionSet) {
        const entities = first.selectionSet
        const { representations } = variables as { representations: { __typename: string }[] }
        return { data: { _entities: representations.map((one) => answer(entities, one.__typename)) } }
      }
      const root = schema.getRootType(operation.operation)
      return { data: answer(operation.selectionSet, root?.name ?? '') }
    },
  }
}

const asked: string[] = []
const executor = createExecutor({
  supergraph: readSchemaFile('supergraph.graphql'),
  sources: new Map(schemaParts.map((part) => [part, willing(buildSubgraphSchema(subgraphSdl(part)), asked)])),
})
const { schema } = executor

const literal = (type: GraphQLInputType): string => {
  if (isNonNullType(type)) return literal(type.ofType)
  if (isListType(type)) return `[${literal(type.ofType)}]`
  if (isEnumType(type)) return String(type.getValues()[0]?.name)
  if (isScalarType(type))
    return type.name === 'Int' || type.name === 'Float' ? '1' : type.name === 'Boolean' ? 'true' : '"x"'
  if (!isInputObjectType(type)) throw new Error(`no value of ${String(type)}`)
  const fields = Object.values(type.getFields()).filter(isRequiredInputField)
  return `{${fields.map((field) => `${field.name}: ${literal(field.type)}`).join(' ')}}`
}

const call = (typeName: string, fieldName: string): string => {
  const type = schema.getType(typeName)
  const field = isObjectType(type) ? type.getFields()[fieldName] : undefined
  if (!field) throw new Error(`${typeName}.${fieldName} is not in the API`)
  const given = field.args.filter(isRequiredArgument).map((arg) => `${arg.name}: ${literal(arg.type)}`)
  const selection =
    isScalarType(getNamedType(field.type)) || isEnumType(getNamedType(field.type)) ? '' : '{ __typename }'
  return `${fieldName}${given.length > 0 ? `(${given.join(' ')})` : ''} ${selection}`
}

const roots: Record<string, string> = { Query: 'query', Mutation: 'mutation', Subscription: 'subscription' }

/** A way to a type: how to select something of it, and the scopes that one needs to get there. */
interface Way {
  readonly select: (inner: string) => string
  readonly scopes: readonly string[]
}

const isNode = (type: GraphQLNamedType): boolean =>
  isObjectType(type) && type.getInterfaces().some(({ name }) => name === 'Node')

/** Shortest ways from the roots, from `node` and over fields of objects. */
const ways = new Map<string, Way>(
  Object.entries(roots).map(([type, keyword]) => [
    type,
    { select: (inner) => `${keyword} { ${inner} }`, scopes: [] },
  ]),
)
for (const type of Object.values(schema.getTypeMap())) {
  if (!isNode(type)) continue
  ways.set(type.name, {
    select: (inner) => `{ node(id: "x") { ... on ${type.name} { ${inner} } } }`,
    scopes: [],
  })
}
for (const [name, way] of ways) {
  const type = schema.getType(name)
  // An event is one answer: what is in it is found in other ways.
  if (!isObjectType(type) || name === 'Subscription') continue
  for (const field of Object.values(type.getFields())) {
    const named = getNamedType(field.type)
    if (!isObjectType(named) || ways.has(named.name) || named.name.startsWith('__')) continue
    const needed = [table.get(name), table.get(`${name}.${field.name}`)].flatMap((any) => any?.[0] ?? [])
    ways.set(named.name, {
      select: (inner) => way.select(`${call(name, field.name).replace('{ __typename }', '')} { ${inner} }`),
      scopes: [...way.scopes, ...needed],
    })
  }
}

/** An operation that selects a field, and the scopes of the way to it. */
const operationFor = (type: string, field: string): { text: string; way: readonly string[] } => {
  const way = ways.get(type)
  if (!way) throw new Error(`no way leads to ${type}`)
  return { text: way.select(call(type, field)), way: way.scopes }
}

/** Every field that needs something: by its own directive or by its type's. */
const guarded = Object.values(schema.getTypeMap()).flatMap((type) =>
  isObjectType(type)
    ? Object.keys(type.getFields())
        .map((field) => ({ type: type.name, field }))
        .filter(({ field }) => table.has(type.name) || table.has(`${type.name}.${field}`))
    : [],
)

const isAllowed = (type: string, field: string, held: readonly string[]): boolean =>
  [table.get(type), table.get(`${type}.${field}`)].every(
    (requirement) =>
      !requirement || requirement.some((all) => all.every((one) => one === 'public' || held.includes(one))),
  )

const isForbidden = ({ extensions, path }: GraphQLFormattedError, field: string): boolean =>
  extensions?.code === 'FORBIDDEN' && path?.at(-1) === field

test('every (field, scope) pair is as the SDL says: allowed and asked for, or null with FORBIDDEN and never asked for (T1)', async () => {
  expect(guarded.length).toBeGreaterThan(100)
  const wrong: string[] = []
  for (const { type, field } of guarded) {
    const { text, way } = operationFor(type, field)
    const prepared = executor.prepare(text)
    for (const scope of Object.keys(scopes)) {
      const held = [...way, scope]
      const expected = isAllowed(type, field, held)
      asked.length = 0
      let errors: readonly GraphQLFormattedError[]
      try {
        const restricted = executor.restrict(prepared, held)
        const root = { cursor: null, event: null }
        const answer =
          prepared.kind === 'subscription'
            ? await executor.onEvent(restricted, root, {}, {})
            : await executor.execute(restricted, {}, {})
        errors = answer.errors ?? []
      } catch (error) {
        if (!(error instanceof OperationError)) throw error
        errors = error.errors
      }
      const allowed = asked.includes(`${type}.${field}`) && errors.length === 0
      const refused = !asked.includes(`${type}.${field}`) && errors.some((error) => isForbidden(error, field))
      if (expected ? !allowed : !refused)
        wrong.push(`${type}.${field} with ${scope}: ${JSON.stringify({ expected, asked, errors })}`)
    }
  }
  expect(wrong).toEqual([])
}, 240_000)

test('what an app may not have is null with the needed scope; the rest of the answer stands, in the order asked (T1)', async () => {
  const prepared = executor.prepare(
    'query ($in: Boolean!) { user(username: "x") { name: username viewerFollowState bio } other: user(username: "x") { viewerHasMuted @include(if: $in) bio } }',
  )
  const answer = await executor.execute(executor.restrict(prepared, ['profile:read']), { in: false }, {})
  expect(answer).toEqual({
    data: { user: { name: 'x', viewerFollowState: null, bio: 'x' }, other: { bio: 'x' } },
    errors: [
      {
        message: 'The app may not use User.viewerFollowState: it needs the scope graph:read.',
        path: ['user', 'viewerFollowState'],
        extensions: { code: 'FORBIDDEN', requiredScopes: [['graph:read']] },
      },
    ],
  })
  expect(Object.keys((answer.data as { user: object }).user)).toEqual(['name', 'viewerFollowState', 'bio'])
})

test('a field that must not be null takes its parent with it; fragments and unused variables do not get in the way', async () => {
  const prepared = executor.prepare(
    'query ($first: Int!) { viewer { ...Private } user(username: "x") { id } } fragment Private on Viewer { username notifications(first: $first) { ...Page } } fragment Page on NotificationConnection { __typename }',
  )
  const answer = await executor.execute(executor.restrict(prepared, ['profile:read']), { first: 3 }, {})
  expect(answer.data).toEqual({ viewer: null, user: { id: 'x' } })
  expect(answer.errors?.map(({ path }) => path)).toEqual([['viewer', 'notifications']])
})

test('of several mutations only the allowed ones run', async () => {
  asked.length = 0
  const prepared = executor.prepare(
    'mutation { a: likePost(input: {postId: "x"}) { __typename } b: signOut(input: {}) { __typename } }',
  )
  const answer = await executor.execute(executor.restrict(prepared, ['engagement:write']), {}, {})
  expect(asked).toContain('Mutation.likePost')
  expect(asked).not.toContain('Mutation.signOut')
  expect(answer.errors).toMatchObject([{ path: ['b'], extensions: { code: 'FORBIDDEN' } }])
})

test('one of our own clients is not restricted at all', () => {
  const prepared = executor.prepare('{ serverInfo { version } }')
  expect(executor.restrict(prepared, [])).toBe(prepared)
})
