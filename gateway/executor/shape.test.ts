import { buildSchema as buildFederationSchema, operationFromDocument } from '@apollo/federation-internals'
import { computeResponse } from '@apollo/gateway/dist/resultShaping.js'
import {
  buildSchema,
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isEnumType,
  isListType,
  isNonNullType,
  isObjectType,
  isUnionType,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionSetNode,
  validate,
} from 'graphql'
import { expect, test } from 'vitest'
import type { Json } from './merge.ts'
import { compileShape, type Shaped } from './shape.ts'

/** A source of chance that gives the same each time (mulberry32). */
function chance(seed: number) {
  let state = seed
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  return {
    next,
    happens: (share: number) => next() < share,
    below: (n: number) => Math.floor(next() * n),
    oneOf: <T>(list: readonly T[]): T => list[Math.floor(next() * list.length)] as T,
  }
}
type Chance = ReturnType<typeof chance>

const leaves = ['Int', 'Float', 'String', 'Boolean', 'ID', 'Color', 'Blob']

function wrap(random: Chance, name: string, depth = 0): string {
  const inner = depth < 2 && random.happens(0.3) ? `[${wrap(random, name, depth + 1)}]` : name
  return random.happens(0.3) ? `${inner}!` : inner
}

/** Objects, interfaces with interfaces, and unions; fields may take a name that every JavaScript object has. */
function randomSchema(random: Chance): string {
  const names = ['a', 'b', 'c', 'd', 'e', 'constructor', 'toString']
  const objects = ['A', 'B', 'C', 'D']
  const composites = [...objects, 'I', 'J', 'U']
  const fieldsOf = (count: number, prefix: string): string[] =>
    Array.from({ length: count }, (_, i) => {
      const name = prefix === '' ? `${names[i]}` : `${prefix}${i}`
      return `${name}: ${wrap(random, random.happens(0.45) ? random.oneOf(composites) : random.oneOf(leaves))}`
    })
  const i = fieldsOf(2, 'i')
  const j = [...i, ...fieldsOf(1, 'j')]
  const types = objects.map((name, at) => {
    const implemented = at === 0 ? 'implements I & J' : at < 3 ? 'implements I' : ''
    const inherited = at === 0 ? j : at < 3 ? i : []
    return `type ${name} ${implemented} { ${[...inherited, ...fieldsOf(4 + random.below(3), '')].join(' ')} }`
  })
  return [
    'enum Color { RED GREEN BLUE }',
    'scalar Blob',
    `interface I { ${i.join(' ')} }`,
    `interface J implements I { ${j.join(' ')} }`,
    ...types,
    'union U = B | D',
    `type Query { ${composites.map((name) => `q${name}: ${wrap(random, name)}`).join(' ')} leaf: Int list: [[Color!]] }`,
  ].join('\n')
}

const conditions = [
  '',
  '',
  '',
  '',
  '',
  ' @include(if: $yes)',
  ' @include(if: $no)',
  ' @skip(if: $yes)',
  ' @skip(if: $no)',
  ' @skip(if: true)',
  ' @include(if: $late)',
]

function randomSelections(
  random: Chance,
  schema: GraphQLSchema,
  type: GraphQLCompositeType,
  depth: number,
  fragments: string[],
): string {
  const parts: string[] = []
  const count = 1 + random.below(5)
  for (let i = 0; i < count; i++) {
    const directive = random.oneOf(conditions)
    const kind = random.next()
    if (kind < 0.15) {
      parts.push(`${random.happens(0.3) ? 't: ' : ''}__typename${directive}`)
    } else if (kind < 0.35 && depth > 0) {
      const others = Object.values(schema.getTypeMap()).filter(
        (other): other is GraphQLCompositeType =>
          isCompositeType(other) && !other.name.startsWith('__') && overlaps(schema, type, other),
      )
      const on = random.oneOf(others)
      const selections = randomSelections(random, schema, on, depth - 1, fragments)
      if (random.happens(0.5)) {
        parts.push(`... on ${on.name}${directive} { ${selections} }`)
      } else {
        const name = `F${fragments.length}`
        fragments.push(`fragment ${name} on ${on.name} { ${selections} }`)
        parts.push(
          `...${name}${directive}`,
          random.happens(0.3) ? `...${name}${random.oneOf(conditions)}` : '',
        )
      }
    } else if (!isUnionType(type)) {
      const field = random.oneOf(Object.values(type.getFields()))
      const named = getNamedType(field.type)
      const alias = random.happens(0.2) ? `${random.oneOf(['x', 'y', 'valueOf'])}: ` : ''
      if (!isCompositeType(named)) parts.push(`${alias}${field.name}${directive}`)
      else if (depth > 0)
        parts.push(
          `${alias}${field.name}${directive} { ${randomSelections(random, schema, named, depth - 1, fragments)} }`,
        )
    }
  }
  return parts.length > 0 ? parts.join(' ') : '__typename'
}

function overlaps(schema: GraphQLSchema, a: GraphQLCompositeType, b: GraphQLCompositeType): boolean {
  const possible = (type: GraphQLCompositeType) =>
    isAbstractType(type) ? schema.getPossibleTypes(type) : [type]
  return possible(a).some((type) => possible(b).includes(type))
}

/** Data for a selection: mostly fitting, with nulls, absent fields, wrong values and wrong types in between. */
function randomData(random: Chance, on: Place, type: GraphQLCompositeType, sets: SelectionSetNode[]): Json {
  const { schema, document } = on
  const runtime = isAbstractType(type) ? random.oneOf(schema.getPossibleTypes(type)) : type
  const data: Json = {}
  // Plans ask for it where it matters. Without it Apollo Gateway loses an object's type within fragments.
  if (isAbstractType(type) || random.happens(0.3) || sets.some(asksTypename)) {
    data.__typename = type.name !== 'Query' && random.happens(0.02) ? 'Nothing' : runtime.name
  }
  const fields = new Map<string, { type: GraphQLOutputType; sets: SelectionSetNode[] }>()
  const visit = (set: SelectionSetNode, parent: GraphQLCompositeType): void => {
    for (const selection of set.selections) {
      if (selection.kind !== Kind.FIELD) {
        const fragment =
          selection.kind === Kind.INLINE_FRAGMENT ? selection : named(document, selection.name.value)
        const on = fragment.typeCondition ? schema.getType(fragment.typeCondition.name.value) : parent
        const fits = isObjectType(on)
          ? on === runtime
          : isAbstractType(on) && isObjectType(runtime) && schema.isSubType(on, runtime)
        if (fits) visit(fragment.selectionSet, on as GraphQLCompositeType)
      } else if (!isUnionType(parent) && selection.name.value !== '__typename') {
        const key = (selection.alias ?? selection.name).value
        const fieldType = parent.getFields()[selection.name.value]?.type as GraphQLOutputType
        const field = fields.get(key) ?? { type: fieldType, sets: [] }
        fields.set(key, field)
        if (selection.selectionSet) field.sets.push(selection.selectionSet)
      }
    }
  }
  for (const set of sets) visit(set, type)
  for (const [key, field] of fields) {
    if (!random.happens(0.03)) data[key] = randomValue(random, on, field.type, field.sets)
  }
  return data
}

interface Place {
  readonly schema: GraphQLSchema
  readonly document: DocumentNode
}

function named(document: DocumentNode, name: string): FragmentDefinitionNode {
  return document.definitions.find(
    (one) => one.kind === Kind.FRAGMENT_DEFINITION && one.name.value === name,
  ) as FragmentDefinitionNode
}

function asksTypename({ selections }: SelectionSetNode): boolean {
  return selections.some((one) => one.kind !== Kind.FIELD || one.name.value === '__typename')
}

function randomValue(random: Chance, on: Place, type: GraphQLOutputType, sets: SelectionSetNode[]): unknown {
  if (random.happens(0.05)) return null
  if (isNonNullType(type)) return randomValue(random, on, type.ofType, sets)
  if (isListType(type)) {
    return Array.from({ length: random.below(4) }, () => randomValue(random, on, type.ofType, sets))
  }
  if (isCompositeType(type)) return randomData(random, on, type, sets)
  const good: Json = {
    Int: random.below(100),
    Float: random.next(),
    String: 's',
    Boolean: random.happens(0.5),
    ID: random.happens(0.5) ? 'id' : random.below(9),
    Color: 'RED',
    Blob: { any: [1] },
  }
  if (random.happens(0.04)) return random.oneOf([1, 1.5, 1e30, 'x', true, 'PINK', { a: 1 }])
  return isEnumType(type) ? random.oneOf(['RED', 'BLUE']) : good[type.name]
}

/**
 * Data is compared exactly. Where an object becomes null, both stop reading it at the first reason, and fields that stand in
 * several fragments are read in another order: which reasons are found may differ, not whether there are any.
 */
const comparable = ({ data, errors }: Shaped): unknown => ({
  data: JSON.parse(JSON.stringify(data)),
  broken: errors.length > 0,
})

test('shapes as computeResponse does, on random schemas, operations and data', () => {
  let compared = 0
  let whole = 0
  for (let seed = 0; compared < 1_500; seed++) {
    const random = chance(seed)
    const sdl = randomSchema(random)
    const schema = buildSchema(sdl)
    const federationSchema = buildFederationSchema(sdl)
    const query = schema.getQueryType() as GraphQLCompositeType
    for (let i = 0; i < 10; i++) {
      const fragments: string[] = []
      const selections = randomSelections(random, schema, query, 5, fragments)
      const used = `query($yes: Boolean!, $no: Boolean!, $late: Boolean = true) { l1: leaf @skip(if: $yes) l2: leaf @skip(if: $no) l3: leaf @include(if: $late) ${selections} } ${fragments.join(' ')}`
      const document = parse(used)
      if (validate(schema, document).length > 0) continue
      const operation = document.definitions[0] as OperationDefinitionNode
      const shape = compileShape(schema, document, operation, { late: true })
      const stockOperation = operationFromDocument(federationSchema, document)
      for (let j = 0; j < 4; j++) {
        const data = randomData(random, { schema, document }, query, [operation.selectionSet])
        const variables = {
          yes: random.happens(0.7),
          no: random.happens(0.3),
          ...(random.happens(0.5) && { late: false }),
        }
        const expected = computeResponse({
          operation: stockOperation,
          variables,
          input: structuredClone(data),
          introspectionHandling: () => undefined,
        })
        const shaped = shape(data, variables)
        expect(comparable(shaped), `seed ${seed}: ${used}\n${JSON.stringify(data)}`).toEqual(
          comparable(expected as unknown as Shaped),
        )
        compared += 1
        if (shaped.data !== null && Object.keys(shaped.data).length > 3) whole += 1
      }
    }
  }
  // Else the comparison is of nulls with nulls.
  expect(whole / compared).toBeGreaterThan(0.3)
})

const sdl = `
  enum Role { ADMIN GUEST }
  interface Node { id: ID! }
  type User implements Node { id: ID! name: String! role: Role friends: [User!] best: User tags: [[Int!]] }
  type Post implements Node { id: ID! author: User }
  type Query { me: User! node: Node nodes: [Node]! }
`

function shapeOf(query: string, data: Json, variables: Json = {}): Shaped {
  const schema = buildSchema(sdl)
  const document = parse(query)
  expect(validate(schema, document)).toEqual([])
  return compileShape(
    schema,
    document,
    document.definitions[0] as OperationDefinitionNode,
    {},
  )(data, variables)
}

test('says where a null must not be, or a value does not fit', () => {
  const query =
    '{ me { name best { name } friends { name role } tags } nodes { ... on Post { author { name } } } }'
  const { data, errors } = shapeOf(query, {
    me: {
      name: 'ada',
      best: { name: null },
      friends: [{ name: 'bea', role: 'BOSS' }, { role: 'ADMIN' }],
      tags: [[1, null], [1], ['x']],
    },
    nodes: [{ __typename: 'Post', author: { name: 7 } }, null, { __typename: 'Ghost' }],
  })
  expect(data).toEqual({
    me: { name: 'ada', best: null, friends: null, tags: [null, [1], null] },
    nodes: [{ author: null }, null, null],
  })
  expect(errors.map(({ path, message }) => [path.join('.'), message])).toEqual([
    ['me.best.name', 'Cannot return null for non-nullable field User.name.'],
    ['me.friends.0.role', 'Invalid value found for field User.role.'],
    ['me.friends.1.name', 'Cannot return null for non-nullable field User.name.'],
    ['me.tags.0.1', 'Cannot return null for non-nullable array element of type Int at index 1.'],
    ['me.tags.2.0', 'Invalid value found for array element of type Int.'],
    ['nodes.0.author.name', 'Invalid value found for field User.name.'],
    ['nodes.2', 'Invalid __typename found for an object of type Node.'],
  ])
  expect(shapeOf('{ me { name } }', { me: { name: null } }).data).toBeNull()
})

test('holds what was asked for and nothing else, however fields are named', () => {
  const query =
    'query($a: Boolean!) { me { toString: name ...A @include(if: $a) best { id } } } fragment A on Node { id ... on User { best { name } } ...A2 } fragment A2 on User { constructor: role }'
  const me = {
    __typename: 'User',
    toString: 'ada',
    id: 'u0',
    secret: 1,
    best: { id: 'u1', name: 'bea' },
    constructor: 'ADMIN',
  }
  expect(shapeOf(query, { me, extra: 1 }, { a: true }).data).toEqual({
    me: { toString: 'ada', id: 'u0', best: { id: 'u1', name: 'bea' }, constructor: 'ADMIN' },
  })
  expect(shapeOf(query, { me }, { a: false }).data).toEqual({ me: { toString: 'ada', best: { id: 'u1' } } })
})
