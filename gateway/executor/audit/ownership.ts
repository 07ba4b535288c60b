import { GraphQLError } from 'graphql'
import type { Subgraph } from '../fixture.ts'
import type { Json } from '../merge.ts'
import { type Feature, federation2, find } from './feature.ts'

const pieces = [
  { id: 'c1', name: 'Chair', price: 20, shelf: { id: 'h1', room: 'red', floor: 1 } },
  { id: 'c2', name: 'Table', price: 10, shelf: { id: 'h2', room: 'blue', floor: 2 } },
]
const shelfOf = (id: unknown) => pieces.find((piece) => piece.shelf.id === id)?.shelf

const never = (): never => {
  throw new GraphQLError('nobody asked for this')
}

const provides: Feature = {
  name: '@provides: on interfaces, on unions, nested, and no more than is asked for',
  subgraphs: [
    {
      name: 'pieces',
      sdl: `${federation2}
        type Query {
          piece: Piece @provides(fields: "name secret")
          things: [Thing] @provides(fields: "... on Piece { name }")
          stored: [Stored] @provides(fields: "shelf { room }")
          deep: Piece @provides(fields: "shelf { room }")
        }
        union Thing = Piece | Shelf
        interface Stored { shelf: Shelf }
        type Piece implements Stored @key(fields: "id") {
          id: ID!
          name: String! @external
          secret: String! @external
          shelf: Shelf @shareable
        }
        type Shelf @key(fields: "id") { id: ID! room: String @external }`,
      resolvers: {
        Query: {
          piece: () => pieces[0],
          things: () => [
            { __typename: 'Piece', ...pieces[0] },
            { __typename: 'Shelf', ...pieces[0]?.shelf },
          ],
          stored: () => pieces.map((piece) => ({ __typename: 'Piece', ...piece })),
          deep: () => pieces[0],
        },
        Piece: { secret: never },
      },
    },
    {
      name: 'owner',
      sdl: `${federation2}
        type Piece @key(fields: "id") { id: ID! name: String! @shareable secret: String! @shareable price: Int shelf: Shelf @shareable }
        type Shelf @key(fields: "id") { id: ID! room: String @shareable floor: Int }`,
      resolvers: {
        Piece: { __resolveReference: ({ id }: Json) => find(pieces, 'id', id), secret: never },
        Shelf: { __resolveReference: ({ id }: Json) => shelfOf(id) },
      },
    },
  ],
  expectations: [
    { query: '{ piece { id } }', data: { piece: { id: 'c1' } } },
    {
      query: '{ piece { n: name ... { price } ... on Piece @skip(if: true) { secret } } }',
      data: { piece: { n: 'Chair', price: 20 } },
    },
    {
      query: '{ things { ... on Piece { id name price } ... on Shelf { id room } } }',
      data: {
        things: [
          { id: 'c1', name: 'Chair', price: 20 },
          { id: 'h1', room: 'red' },
        ],
      },
    },
    {
      query: '{ stored { shelf { id room floor } ... on Piece { name } } deep { shelf { room } } }',
      data: {
        stored: pieces.map(({ shelf, name }) => ({ shelf, name })),
        deep: { shelf: { room: 'red' } },
      },
    },
  ],
}

const overrides: Feature = {
  name: "@override: of a field, of an interface's field, and from a subgraph that is not there",
  subgraphs: [
    {
      name: 'old',
      sdl: `${federation2}
        type Query { oldFeed: [Piece] items: [Item] @shareable }
        interface Item { id: ID! made: String }
        type Piece implements Item @key(fields: "id") { id: ID! made: String kept: String }`,
      resolvers: {
        Query: { oldFeed: () => pieces, items: () => pieces.map((one) => ({ __typename: 'Piece', ...one })) },
        Piece: {
          __resolveReference: ({ id }: Json) => find(pieces, 'id', id),
          made: never,
          kept: () => 'kept',
        },
      },
    },
    {
      name: 'new',
      sdl: `${federation2}
        type Query { newFeed: [Piece] items: [Item] @shareable }
        interface Item { id: ID! made: String }
        type Piece implements Item @key(fields: "id") {
          id: ID!
          made: String @override(from: "old")
          here: String @override(from: "nowhere")
        }`,
      resolvers: {
        Query: { newFeed: () => pieces, items: () => pieces.map((one) => ({ __typename: 'Piece', ...one })) },
        Piece: {
          __resolveReference: ({ id }: Json) => find(pieces, 'id', id),
          made: () => 'new',
          here: () => 'here',
        },
      },
    },
  ],
  expectations: [
    {
      query: '{ oldFeed { id made kept } newFeed { made kept here } items { id made } }',
      data: {
        oldFeed: ['c1', 'c2'].map((id) => ({ id, made: 'new', kept: 'kept' })),
        newFeed: [1, 2].map(() => ({ made: 'new', kept: 'kept', here: 'here' })),
        items: ['c1', 'c2'].map((id) => ({ id, made: 'new' })),
      },
    },
  ],
}

const users = [
  { id: 'u1', kind: 'REGULAR' },
  { id: 'u2', kind: 'GHOST' },
]

const hidden: Feature = {
  name: 'enums and input objects that differ between subgraphs, and @inaccessible',
  subgraphs: [
    {
      name: 'a',
      sdl: `${federation2}
        type Query { users: [User] byFilter(filter: Filter!): [User] }
        type User @key(fields: "id") { id: ID! kind: Kind @shareable }
        enum Kind { REGULAR }
        input Filter { first: Int! onlyA: Int }`,
      resolvers: {
        Query: { users: () => users, byFilter: (_: unknown, { filter }) => users.slice(0, filter.first) },
        User: { __resolveReference: ({ id }: Json) => find(users, 'id', id) },
      },
    },
    {
      name: 'b',
      sdl: `${federation2}
        type Query { usersB: [User] byKind(kind: Kind!): [User] byFilterB(filter: Filter!): [User] hiddenUsers: [User] @inaccessible
          kinds: [Kind] surely: Kind! things: [Thing] thing: Thing! }
        union Thing = Seen | Unseen
        type Seen { name: String }
        type Unseen @inaccessible { name: String }
        type User @key(fields: "id") { id: ID! kind: Kind @shareable secret: String @inaccessible open: String @requires(fields: "age") age: Int @external }
        enum Kind { REGULAR GHOST @inaccessible }
        input Filter { first: Int! onlyB: Int }`,
      resolvers: {
        Query: {
          usersB: () => users,
          byKind: (_: unknown, { kind }: Json) => users.filter((user) => user.kind === kind),
          byFilterB: (_: unknown, { filter }) => users.slice(0, filter.first),
          kinds: () => users.map(({ kind }) => kind),
          surely: () => 'GHOST',
          things: () => [
            { __typename: 'Seen', name: 'seen' },
            { __typename: 'Unseen', name: 'unseen' },
          ],
          thing: () => ({ __typename: 'Unseen' }),
        },
        User: {
          __resolveReference: (key: Json) => ({ ...find(users, 'id', key.id), ...key }),
          open: ({ age }: Json) => `is ${String(age)}`,
        },
      },
    },
    {
      name: 'c',
      sdl: `${federation2} type User @key(fields: "id") { id: ID! age: Int @inaccessible }`,
      resolvers: { User: { __resolveReference: ({ id }: Json) => ({ id, age: 7 }) } },
    },
  ],
  expectations: [
    { query: '{ users { id } }', data: { users: [{ id: 'u1' }, { id: 'u2' }] } },
    {
      query: '{ users { id kind } }',
      data: {
        users: [
          { id: 'u1', kind: 'REGULAR' },
          { id: 'u2', kind: null },
        ],
      },
      errors: true,
    },
    { query: '{ byKind(kind: REGULAR) { id kind } }', data: { byKind: [{ id: 'u1', kind: 'REGULAR' }] } },
    { query: '{ byKind(kind: GHOST) { id } }', data: null, errors: true },
    // A value or a type that clients do not see is null to them; it breaks the schema only where null may not be.
    {
      query: '{ usersB { id kind } }',
      data: {
        usersB: [
          { id: 'u1', kind: 'REGULAR' },
          { id: 'u2', kind: null },
        ],
      },
    },
    { query: '{ kinds }', data: { kinds: ['REGULAR', null] } },
    { query: '{ surely }', data: null, errors: true },
    {
      query: '{ things { __typename ... on Seen { name } } }',
      data: { things: [{ __typename: 'Seen', name: 'seen' }, null] },
    },
    { query: '{ thing { __typename } }', data: null, errors: true },
    {
      query: '{ byFilter(filter: { first: 1 }) { id } byFilterB(filter: { first: 2 }) { id } }',
      data: { byFilter: [{ id: 'u1' }], byFilterB: [{ id: 'u1' }, { id: 'u2' }] },
    },
    { query: '{ byFilter(filter: { first: 1, onlyA: 1 }) { id } }', data: null, errors: true },
    { query: '{ byFilter(filter: {}) { id } }', data: null, errors: true },
    { query: '{ users { secret } }', data: null, errors: true },
    { query: '{ hiddenUsers { id } }', data: null, errors: true },
    // What a field requires may be hidden from clients.
    { query: '{ users { open } }', data: { users: [{ open: 'is 7' }, { open: 'is 7' }] } },
  ],
}

/** A directive for documents; `scope` has a default in one of the two subgraphs. */
const marked = (name: string, scope: string): Subgraph => ({
  name,
  sdl: `extend schema
    @link(url: "https://specs.apollo.dev/federation/v2.1", import: ["@composeDirective"])
    @link(url: "https://directives.example/mark/v1.0", import: ["@mark"])
    @composeDirective(name: "@mark")
    directive @mark(as: ${scope}) on FIELD | INLINE_FRAGMENT
    enum Mark { GOOD BAD }
    type Query { ${name}: String }`,
  resolvers: { Query: { [name]: () => `of ${name}` } },
})

const composed: Feature = {
  name: 'directives of documents that subgraphs compose',
  subgraphs: [marked('a', 'Mark!'), marked('b', 'Mark! = GOOD')],
  expectations: [
    { query: '{ a @mark ... @mark(as: BAD) { b } }', data: { a: 'of a', b: 'of b' } },
    { query: '{ a @mark(as: UGLY) }', data: null, errors: true },
    { query: '{ a @unmarked }', data: null, errors: true },
  ],
}

const legacy: Feature = {
  name: 'subgraphs of Federation 1: extend type, @extends, @external keys',
  subgraphs: [
    {
      name: 'a',
      sdl: `type Query { firstUser: User }
        extend type User @key(fields: "id") @key(fields: "email") { id: ID! @external email: String! @external nick: String! }
        type Room @extends @key(fields: "id") { id: ID! @external seats: Int @external big: Boolean @requires(fields: "seats") }`,
      resolvers: {
        Query: { firstUser: () => ({ id: 'u1', email: 'u1@x' }) },
        User: {
          __resolveReference: (key: Json) => key,
          nick: ({ id, email }: Json) => `nick of ${String(id ?? email)}`,
        },
        Room: { __resolveReference: (key: Json) => key, big: ({ seats }) => seats > 10 },
      },
    },
    {
      name: 'b',
      sdl: `type Query { someUser: User providedUser: User @provides(fields: "email") room: Room }
        type User @key(fields: "id") { id: ID! email: String! name: String! }
        type Room @key(fields: "id") { id: ID! seats: Int }`,
      resolvers: {
        Query: {
          someUser: () => ({ id: 'u1', email: 'u1@x', name: 'Una' }),
          providedUser: () => ({ id: 'u1', email: 'u1@x', name: 'Una' }),
          room: () => ({ id: 'r1', seats: 12 }),
        },
        User: { __resolveReference: ({ id }: Json) => ({ id, email: 'u1@x', name: 'Una' }) },
        Room: { __resolveReference: ({ id }: Json) => ({ id, seats: 12 }) },
      },
    },
    {
      name: 'c',
      sdl: `${federation2}
        type Query { cheapest: Room }
        extend type Room @key(fields: "id") { id: ID! @external rent: Float }`,
      resolvers: {
        Query: { cheapest: () => ({ id: 'r1', rent: 5 }) },
        Room: { __resolveReference: ({ id }: Json) => ({ id, rent: 5 }) },
      },
    },
  ],
  expectations: [
    {
      query: '{ firstUser { id email name nick } someUser { id nick } providedUser { email nick } }',
      data: {
        firstUser: { id: 'u1', email: 'u1@x', name: 'Una', nick: 'nick of u1' },
        someUser: { id: 'u1', nick: 'nick of u1' },
        providedUser: { email: 'u1@x', nick: 'nick of u1' },
      },
    },
    { query: '{ room { big rent } }', data: { room: { big: true, rent: 5 } } },
    { query: '{ cheapest { id rent seats } }', data: { cheapest: { id: 'r1', rent: 5, seats: 12 } } },
  ],
}

const chats = [{ id: 'h1', accountId: 'a1', text: 'hello' }]
const nodeSubgraph = (name: 'a' | 'b', types: string, resolvers: Json): Subgraph => ({
  name,
  sdl: `${federation2}
    type Query { node(id: ID!): Node @shareable ${name === 'a' ? 'account(id: ID!): Account' : 'chat(id: ID!): Chat'} }
    interface Node { id: ID! }
    ${types}`,
  resolvers: {
    Query: {
      node: (_: unknown, { id }: Json) => {
        const isAccount = id === 'a1'
        // What is external here must not be asked for.
        return isAccount
          ? { __typename: 'Account', id: name === 'a' ? id : 'never' }
          : { __typename: 'Chat', id: name === 'b' ? id : 'never' }
      },
      ...(name === 'a'
        ? { account: (_: unknown, { id }: Json) => ({ id }) }
        : { chat: (_: unknown, { id }: Json) => find(chats, 'id', id) }),
    },
    ...resolvers,
  },
})

/** Each subgraph knows of one type that its `id` belongs to the other: `node { id }` is nobody's. */
const corruptedNode: Feature = {
  name: 'a shared interface field that no subgraph resolves for every type',
  subgraphs: [
    nodeSubgraph(
      'a',
      `type Account implements Node @key(fields: "id") { id: ID! username: String! }
       type Chat implements Node @key(fields: "id") { id: ID! @external account: Account! }`,
      {
        Account: {
          __resolveReference: (key: Json) => key,
          username: ({ id }: Json) => `name of ${String(id)}`,
        },
        Chat: { __resolveReference: ({ id }: Json) => find(chats, 'id', id), account: () => ({ id: 'a1' }) },
      },
    ),
    nodeSubgraph(
      'b',
      `type Account implements Node @key(fields: "id") { id: ID! @external chats: [Chat!]! }
       type Chat implements Node @key(fields: "id") { id: ID! text: String! }`,
      {
        Account: { __resolveReference: (key: Json) => key, chats: () => chats },
        Chat: { __resolveReference: ({ id }: Json) => find(chats, 'id', id), text: () => 'hello' },
      },
    ),
  ],
  expectations: [
    { query: '{ node(id: "a1") { id } }', data: null, errors: true },
    {
      query:
        '{ account: node(id: "a1") { __typename } chat: node(id: "h1") { __typename ... on Account { id } } }',
      data: { account: { __typename: 'Account' }, chat: { __typename: 'Chat' } },
    },
    {
      query:
        '{ account: node(id: "a1") { ... on Account { id username } } chat: node(id: "h1") { ... on Chat { id text } } }',
      data: { account: { id: 'a1', username: 'name of a1' }, chat: { id: 'h1', text: 'hello' } },
    },
    { query: '{ account: node(id: "a1") { ... on Chat { id } } }', data: { account: {} } },
    {
      query: '{ chat(id: "h1") { id text account { id username chats { id } } } }',
      data: {
        chat: {
          id: 'h1',
          text: 'hello',
          account: { id: 'a1', username: 'name of a1', chats: [{ id: 'h1' }] },
        },
      },
    },
  ],
}

const mutations: Feature = {
  name: 'mutations of several subgraphs, one after the other',
  subgraphs: ['a', 'b'].map((name) => ({
    name,
    sdl: `${federation2}
      type Query { ${name}Count: Int }
      type Mutation { ${name}Add(by: Int! = 1): Tally @shareable ${name === 'a' ? 'start(at: Int!): Tally' : ''} }
      type Tally @key(fields: "id") { id: ID! ${name}Sees: Int }`,
    resolvers: {
      Mutation: {
        [`${name}Add`]: (_: unknown, { by }: { by: number }) => {
          tally.total = tally.total * 10 + by
          return { id: String(tally.total) }
        },
        ...(name === 'a' && {
          start: (_: unknown, { at }: { at: number }) => {
            tally.total = at
            return { id: String(at) }
          },
        }),
      },
      Tally: { __resolveReference: (key: Json) => key, [`${name}Sees`]: ({ id }: Json) => Number(id) },
    },
  })),
  expectations: [
    {
      query:
        'mutation ($by: Int! = 2) { start(at: 0) { id } aAdd(by: $by) { aSees bSees } bAdd(by: 3) { id aSees } last: aAdd { bSees } }',
      data: {
        start: { id: '0' },
        aAdd: { aSees: 2, bSees: 2 },
        bAdd: { id: '23', aSees: 23 },
        last: { bSees: 231 },
      },
    },
  ],
}
const tally = { total: 0 }

const nodes: Feature = {
  name: 'a node field whose types are in other subgraphs',
  subgraphs: [
    {
      name: 'node',
      sdl: `${federation2}
        type Query { node: Node nodes: [Node] }
        interface Node { id: ID! }
        type Piece implements Node @key(fields: "id") { id: ID! }
        type Shelf implements Node @key(fields: "id") { id: ID! }`,
      resolvers: {
        Query: {
          node: () => ({ __typename: 'Piece', id: 'c2' }),
          nodes: () => [{ __typename: 'Shelf', id: 'h1' }, null, { __typename: 'Piece', id: 'c1' }],
        },
      },
    },
    {
      name: 'types',
      sdl: `${federation2}
        interface Node { id: ID! }
        type Piece implements Node @key(fields: "id") { id: ID! name: String! }
        type Shelf implements Node @key(fields: "id") { id: ID! room: String! }`,
      resolvers: {
        Piece: { __resolveReference: ({ id }: Json) => find(pieces, 'id', id) },
        Shelf: { __resolveReference: ({ id }: Json) => shelfOf(id) },
      },
    },
  ],
  expectations: [
    {
      query:
        '{ node { __typename id ... on Piece { name } } nodes { id ... on Shelf { room } ... on Piece { name } } }',
      data: {
        node: { __typename: 'Piece', id: 'c2', name: 'Table' },
        nodes: [{ id: 'h1', room: 'red' }, null, { id: 'c1', name: 'Chair' }],
      },
    },
  ],
}

export const ownershipFeatures = [
  provides,
  overrides,
  hidden,
  composed,
  legacy,
  corruptedNode,
  mutations,
  nodes,
]
