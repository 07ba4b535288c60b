import { buildSchema, type OperationDefinitionNode, parse, validate } from 'graphql'
import { expect, test } from 'vitest'
import type { Json } from './merge.ts'
import { compileNodeCount, UncountableError } from './node-count.ts'

const schema = buildSchema(`
  type Query {
    me: User
    users(first: Int, after: String, last: Int): UserConnection
    nodes(ids: [ID!]!): [Node]!
    node(id: ID!): Node
    search(first: Int = 5): [Result!]!
    grid: [[User!]!]!
    names: [String!]!
  }
  interface Node { id: ID! }
  union Result = User | Post
  type UserConnection { edges: [UserEdge!]! nodes: [User!]! pageInfo: PageInfo! totalCount: Int }
  type UserEdge { cursor: String! node: User! }
  type PageInfo { hasNextPage: Boolean! }
  type User implements Node { id: ID! posts(first: Int): PostConnection best: User tags: [String!]! }
  type PostConnection { nodes: [Post!]! }
  type Post implements Node { id: ID! author: User media: [Media!]! comments(first: Int = 2): [Comment!]! }
  type Media { sizes: [Size!]! }
  type Size { url: String }
  type Comment { id: ID! author: User }
  type Mutation { rename: User }
`)

function count(query: string, variables: Json = {}): number {
  const document = parse(query)
  expect(validate(schema, document)).toEqual([])
  const reading = compileNodeCount(schema, document, document.definitions[0] as OperationDefinitionNode)
  return typeof reading === 'number' ? reading : reading(variables)
}

const counted: [string, string, number, Json?][] = [
  ['no list', '{ me { id best { id } } __typename }', 0],
  ['a list of scalars', '{ names me { tags } }', 0],
  ['a list of unknown length', '{ grid { id } }', 100],
  ['a page', '{ users(first: 30) { nodes { id } } }', 30],
  ['a page of which nothing is taken', '{ users(first: 30) { totalCount } }', 30],
  ['edges and nodes of one page', '{ users(first: 30) { edges { cursor node { id } } nodes { id } } }', 30],
  ['the last ones', '{ users(last: 7) { nodes { id } } }', 7],
  ['neither first nor last', '{ users { nodes { id } } }', 10],
  ['an argument by default', '{ search { __typename } }', 5],
  ['a page within a page', '{ users(first: 10) { nodes { posts(first: 20) { nodes { id } } } } }', 10 + 200],
  [
    'both ways to a page within a page',
    '{ users(first: 10) { edges { node { posts(first: 20) { nodes { id } } } } nodes { posts(first: 20) { nodes { id } } } } }',
    10 + 200 + 200,
  ],
  [
    'lists in lists without a length',
    '{ me { posts(first: 4) { nodes { media { sizes { url } } comments { id } } } } }',
    4 * (1 + 10 * (1 + 10) + 2),
  ],
  ['ids', '{ nodes(ids: ["a", "b", "c"]) { id } }', 3],
  ['one id for a list', '{ nodes(ids: "a") { id } }', 1],
  ['ids in a variable', 'query($ids: [ID!]!) { nodes(ids: $ids) { id } }', 4, { ids: ['a', 'b', 'c', 'd'] }],
  [
    'a variable',
    'query($n: Int!) { users(first: $n) { nodes { posts(first: $n) { nodes { id } } } } }',
    72,
    { n: 8 },
  ],
  ["a variable's default", 'query($n: Int = 6) { users(first: $n) { nodes { id } } }', 6],
  ['a variable that is left out', 'query($n: Int) { users(first: $n) { nodes { id } } }', 10],
  [
    "a variable that is left out of an argument's default",
    'query($n: Int) { search(first: $n) { __typename } }',
    5,
  ],
  ['nothing below nothing', 'query($n: Int) { users(first: $n) { nodes { id } } }', 10, { n: -5 }],
  [
    'a page that is selected in several places, once',
    '{ me { posts(first: 9) { nodes { id } } ...A ... on Node { ...A } } } fragment A on User { posts(first: 9) { nodes { media { __typename } } } }',
    9 * (1 + 10),
  ],
  ['an alias, again', '{ a: users(first: 9) { totalCount } b: users(first: 9) { totalCount } }', 18],
  [
    'the larger of what excludes each other',
    '{ search(first: 10) { ... on User { posts(first: 3) { nodes { id } } } ... on Post { comments(first: 4) { id } ...A } } } fragment A on Node { ... on Post { media { __typename } } }',
    10 * (1 + 4 + 10),
  ],
  [
    'what is skipped',
    '{ users(first: 5) @skip(if: true) { totalCount } ... @include(if: false) { search { __typename } } }',
    0,
  ],
  [
    'what a variable includes',
    'query($a: Boolean!) { users(first: 5) @include(if: $a) { nodes { posts(first: 5) { nodes { id } } } } }',
    30,
    { a: true },
  ],
  ['what a variable skips', 'query($a: Boolean = true) { ... @skip(if: $a) { search { __typename } } }', 0],
  [
    'what one place includes and another skips',
    'query($a: Boolean!) { users(first: 5) @include(if: $a) { nodes { posts(first: 5) { nodes { id } } } } users(first: 5) { nodes { id } } }',
    5,
    { a: false },
  ],
]

test.each(counted)('counts %s', (_what, query, expected, variables) => {
  expect(count(query, variables)).toBe(expected)
})

test('gives up on a document that combines fragments without end', () => {
  const fragments = Array.from({ length: 20 }, (_, i) => {
    const next = `...F${i + 1} @include(if: $a) ...F${i + 1} @skip(if: $b)`
    return `fragment F${i} on Query { ${i === 19 ? 'names' : next} }`
  })
  const bomb = `query($a: Boolean!, $b: Boolean!) { ...F0 } ${fragments.join(' ')}`
  expect(() => count(bomb)).toThrow(UncountableError)
})
