import type { Subgraph } from '../fixture.ts'
import type { Json } from '../merge.ts'
import { type Feature, federation2, find } from './feature.ts'

const ovens = [
  { __typename: 'Oven', id: '1', model: 'O', warranty: 2 },
  { __typename: 'Toaster', id: '2', model: 'T', warranty: 3 },
]

const appliances: Subgraph[] = [
  {
    name: 'list',
    sdl: `${federation2}
      type Query { any: Appliance all: [Device!]! cooks: [Cook!]! maker: Maker }
      union Appliance = Oven | Toaster
      interface Device { id: ID! }
      interface Cook { id: ID! }
      type Oven implements Device & Cook @key(fields: "id") { id: ID! }
      type Toaster implements Device @key(fields: "id") { id: ID! }
      type Maker @key(fields: "id") { id: ID! device: Device }`,
    resolvers: {
      Query: { any: () => ovens[0], all: () => ovens, cooks: () => [ovens[0]], maker: () => ({ id: 'k1' }) },
      Maker: { device: () => ovens[1] },
    },
  },
  {
    name: 'details',
    sdl: `${federation2}
      interface Device { id: ID! warranty: Int }
      type Oven implements Device @key(fields: "id") { id: ID! warranty: Int model: String }
      type Toaster implements Device @key(fields: "id") { id: ID! warranty: Int model: String }`,
    resolvers: {
      Oven: { __resolveReference: ({ id }: Json) => find(ovens, 'id', id) },
      Toaster: { __resolveReference: ({ id }: Json) => find(ovens, 'id', id) },
    },
  },
]

const distributed: Feature = {
  name: 'interfaces and unions whose fields are in another subgraph, __typename, @skip and @include',
  subgraphs: appliances,
  expectations: [
    { query: '{ any { __typename kind: __typename } }', data: { any: { __typename: 'Oven', kind: 'Oven' } } },
    {
      query:
        '{ all { t: __typename id ... on Oven { n: __typename } ... on Toaster { n: __typename } } __typename }',
      data: {
        all: [
          { t: 'Oven', id: '1', n: 'Oven' },
          { t: 'Toaster', id: '2', n: 'Toaster' },
        ],
        __typename: 'Query',
      },
    },
    { query: '{ all { warranty } }', data: { all: [{ warranty: 2 }, { warranty: 3 }] } },
    {
      query:
        '{ all { ... on Oven { model } ... on Toaster { model warranty } ... on Cook { id } } cooks { ... on Device { warranty } } }',
      data: {
        all: [
          { model: 'O', id: '1' },
          { model: 'T', warranty: 3 },
        ],
        cooks: [{ warranty: 2 }],
      },
    },
    {
      query:
        '{ any { ... on Device { id warranty } ... on Cook { __typename } } maker { device { ... on Cook { id } ... on Device { warranty } } } }',
      data: { any: { id: '1', warranty: 2, __typename: 'Oven' }, maker: { device: { warranty: 3 } } },
    },
    ...[true, false].map((yes) => ({
      query: `query ($yes: Boolean = ${String(yes)}) { all {
        id
        ... on Oven @include(if: $yes) { model ... on Oven @skip(if: $yes) { warranty } }
        ... on Toaster @skip(if: $yes) { model }
        w: warranty @include(if: $yes) @skip(if: true)
      } any @skip(if: $yes) { __typename } }`,
      data: yes
        ? { all: [{ id: '1', model: 'O' }, { id: '2' }] }
        : { all: [{ id: '1' }, { id: '2', model: 'T' }], any: { __typename: 'Oven' } },
    })),
    { query: '{ any @include(if: false) { __typename } }', data: {} },
    { query: '{ all @skip(if: false) { id @include(if: false) } }', data: { all: [{}, {}] } },
  ],
}

const circularInterface: Feature = {
  name: 'an interface that leads back to itself, narrowed in its type',
  subgraphs: [
    {
      name: 'a',
      sdl: `${federation2}
        type Query { item: Item }
        interface Item { twin: Item }
        type Book implements Item @key(fields: "id") { id: ID! twin: Book @provides(fields: "price") price: Float @external }`,
      resolvers: {
        Query: { item: () => ({ __typename: 'Book', id: '1', price: 5 }) },
        Book: { twin: ({ id }: Json) => ({ id: id === '1' ? '2' : '1', price: 5 }) },
      },
    },
    {
      name: 'b',
      sdl: `${federation2} type Book @key(fields: "id") { id: ID! price: Float @shareable }`,
      resolvers: { Book: { __resolveReference: ({ id }: Json) => ({ id, price: 5 }) } },
    },
  ],
  expectations: [
    {
      query: '{ item { twin { ... on Item { twin { __typename } } } } }',
      data: { item: { twin: { twin: { __typename: 'Book' } } } },
    },
    {
      query:
        '{ item { __typename twin { ... on Book { id } twin { ... on Book { id } } } ... on Book { id price twin { price } } } }',
      data: {
        item: { __typename: 'Book', id: '1', price: 5, twin: { id: '2', price: 5, twin: { id: '1' } } },
      },
    },
  ],
}

const accounts = [
  { __typename: 'Person', id: 'p1', name: 'Pat', age: 30 },
  { __typename: 'Robot', id: 'x2', name: 'Rob', age: 3 },
]

const interfaceObject: Feature = {
  name: '@interfaceObject: fields for every type of an interface, with @requires, and from a subgraph that knows no types',
  subgraphs: [
    {
      name: 'accounts',
      sdl: `${federation2}
        type Query { accounts: [Account!]! }
        interface Account @key(fields: "id") { id: ID! name: String }
        type Person implements Account @key(fields: "id") { id: ID! name: String age: Int }
        type Robot implements Account @key(fields: "id") { id: ID! name: String }`,
      resolvers: {
        Query: { accounts: () => accounts },
        Account: { __resolveReference: ({ id }: Json) => find(accounts, 'id', id) },
        Person: { __resolveReference: ({ id }: Json) => find(accounts, 'id', id) },
        Robot: { __resolveReference: ({ id }: Json) => find(accounts, 'id', id) },
      },
    },
    {
      name: 'posts',
      sdl: `${federation2}
        type Query { recent: [Account] page: Page }
        type Page @key(fields: "id") { id: ID! owner: Account }
        type Account @interfaceObject @key(fields: "id") {
          id: ID!
          name: String @external
          greeting: String @requires(fields: "name")
          posts(first: Int = 1): [Int!]
        }`,
      resolvers: {
        Query: {
          recent: () => [{ id: 'x2' }, null, { id: 'p1' }],
          page: () => ({ id: 'g1', owner: { id: 'p1' } }),
        },
        Account: {
          __resolveReference: (key: Json) => key,
          greeting: ({ name }: Json) => `I am ${String(name)}`,
          posts: (_: unknown, { first }: { first: number }) => Array.from({ length: first }, (_, i) => i),
        },
      },
    },
    {
      name: 'badges',
      sdl: `${federation2} type Person @key(fields: "id") { id: ID! badge: String }`,
      resolvers: {
        Person: { __resolveReference: (key: Json) => key, badge: ({ id }: Json) => `badge ${String(id)}` },
      },
    },
  ],
  expectations: [
    {
      query: '{ recent { id posts } }',
      data: { recent: [{ id: 'x2', posts: [0] }, null, { id: 'p1', posts: [0] }] },
    },
    {
      query: '{ recent { __typename name } }',
      data: { recent: [{ __typename: 'Robot', name: 'Rob' }, null, { __typename: 'Person', name: 'Pat' }] },
    },
    {
      query:
        '{ accounts { id greeting ... on Person { age two: posts(first: 2) badge } ... on Robot { posts } } }',
      data: {
        accounts: [
          { id: 'p1', greeting: 'I am Pat', age: 30, two: [0, 1], badge: 'badge p1' },
          { id: 'x2', greeting: 'I am Rob', posts: [0] },
        ],
      },
    },
    {
      query:
        '{ recent { ... on Person { greeting badge } } page { id owner { id ... on Person { age greeting } } } }',
      data: {
        recent: [{}, null, { greeting: 'I am Pat', badge: 'badge p1' }],
        page: { id: 'g1', owner: { id: 'p1', age: 30, greeting: 'I am Pat' } },
      },
    },
  ],
}

/** No type implements `Root` where `a` is, so nothing can be selected of it; `b` answers for it without types. */
const unresolvable: Feature = {
  name: '@interfaceObject with keys that are not resolvable',
  subgraphs: [
    {
      name: 'a',
      sdl: `${federation2}
        type Query { a: Root good: Good }
        interface Root @key(fields: "id") { id: ID! }
        type Good @interfaceObject @key(fields: "id", resolvable: false) { id: ID! }`,
      resolvers: {
        Query: { a: () => ({ __typename: 'Root', id: 'r1' }), good: () => ({ id: 'g1' }) },
        Root: { __resolveReference: (key: Json) => key },
      },
    },
    {
      name: 'b',
      sdl: `${federation2}
        type Query { b: Root }
        type Root @interfaceObject @key(fields: "id", resolvable: false) { id: ID! extra: String }
        interface Good @key(fields: "id") { id: ID! }
        type Bread implements Good @key(fields: "id") { id: ID! name: String! }`,
      resolvers: {
        Query: { b: () => ({ id: 'r1' }) },
        Root: { extra: () => 'more' },
        Good: { __resolveReference: ({ id }: Json) => ({ __typename: 'Bread', id, name: 'rye' }) },
        Bread: { __resolveReference: ({ id }: Json) => ({ id, name: 'rye' }) },
      },
    },
  ],
  expectations: [
    { query: '{ b { id extra } }', data: { b: { id: 'r1', extra: 'more' } } },
    { query: '{ a { extra } }', data: null, errors: true },
    { query: '{ b { id } a { extra } }', data: null, errors: true },
    {
      query: 'query ($no: Boolean = false) { ...F } fragment F on Query { a @include(if: $no) { extra } }',
      data: null,
      errors: true,
    },
    { query: '{ b { id } a @skip(if: true) { extra } }', data: { b: { id: 'r1' } } },
    { query: '{ a { id } }', data: { a: null }, errors: true },
    { query: '{ good { id } }', data: { good: { id: 'g1' } } },
    { query: '{ good { id name } }', data: null, errors: true },
    { query: '{ good { ... on Bread { id name } } }', data: { good: { id: 'g1', name: 'rye' } } },
  ],
}

export const abstractFeatures = [distributed, circularInterface, interfaceObject, unresolvable]
