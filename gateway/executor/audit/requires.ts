import type { Json } from '../merge.ts'
import { type Feature, federation2, find } from './feature.ts'

const wares = [
  { id: 'w1', name: 'kettle', price: 10, weight: 2, case: { size: 1 } },
  { id: 'w2', name: 'anvil', price: 30, weight: 5, case: { size: 4 } },
]

const rate = (currency: unknown): number => {
  if (currency === 'USD') return 1
  if (currency === 'EUR') return 2
  throw new Error(`no rate for ${String(currency)}`)
}

/** What a subgraph that computes got: the key, and what it requires. */
const given = (key: Json): Json => key

const shop = {
  name: 'shop',
  sdl: `${federation2}
    type Query { wares: [Ware] ware: Ware }
    type Ware @key(fields: "id") {
      id: ID!
      name: String
      price(currency: String! = "EUR"): Int
      weight: Int
      case: Case
      parts(first: Int!): [Part]
    }
    type Case { size(unit: String!): Int }
    type Part @key(fields: "id") { id: ID! }`,
  resolvers: {
    Query: { wares: () => wares, ware: () => wares[0] },
    Ware: {
      __resolveReference: ({ id }: Json) => find(wares, 'id', id),
      price: ({ price }: { price: number }, { currency }: Json) => price * rate(currency),
      parts: ({ id }: Json, { first }: { first: number }) =>
        Array.from({ length: first }, (_, i) => ({ id: `${String(id)}-${i}` })),
    },
    Case: { size: ({ size }: { size: number }, { unit }: Json) => (unit === 'mm' ? size * 10 : size) },
  },
}

const post = {
  name: 'post',
  sdl: `${federation2}
    type Ware @key(fields: "id") {
      id: ID!
      weight: Int @external
      price(currency: String! = "EUR"): Int @external
      case: Case @external
      parts(first: Int!): [Part] @external
      postage: Int @requires(fields: "price(currency: \\"USD\\") weight")
      postageEur: Int @requires(fields: "price(currency: \\"EUR\\") weight")
      label(prefix: String): String @requires(fields: "weight")
      bulky: Boolean @requires(fields: "case { size(unit: \\"mm\\") }")
      tiny: Boolean @requires(fields: "case { size(unit: \\"cm\\") }")
      plain: Int @requires(fields: "price")
      partCodes: [String] @requires(fields: "parts(first: 3) { id code }")
    }
    type Case @external { size(unit: String!): Int }
    type Part @key(fields: "id") { id: ID! code: String @external }`,
  resolvers: {
    Ware: {
      __resolveReference: given,
      postage: ({ price, weight }: Record<string, number>) => (price as number) * (weight as number),
      postageEur: ({ price, weight }: Record<string, number>) => (price as number) * (weight as number),
      label: ({ weight }: Json, { prefix }: Json) => `${String(prefix ?? 'kg')} ${String(weight)}`,
      bulky: ({ case: box }: { case: { size: number } }) => box.size >= 40,
      tiny: ({ case: box }: { case: { size: number } }) => box.size <= 1,
      plain: ({ price }: Json) => price,
      partCodes: ({ parts }: { parts: { id: string; code: string }[] }) =>
        parts.map(({ id, code }) => `${id}=${code}`),
    },
  },
}

const codes = {
  name: 'codes',
  sdl: `${federation2} type Part @key(fields: "id") { id: ID! code: String }`,
  resolvers: { Part: { __resolveReference: ({ id }: Json) => ({ id, code: `c-${String(id)}` }) } },
}

const withArguments: Feature = {
  name: '@requires with arguments, which clients and other fields select otherwise',
  subgraphs: [shop, post, codes],
  expectations: [
    {
      query: '{ wares { id name postage } }',
      data: {
        wares: [
          { id: 'w1', name: 'kettle', postage: 20 },
          { id: 'w2', name: 'anvil', postage: 150 },
        ],
      },
    },
    {
      query: '{ wares { price(currency: "EUR") postage } }',
      data: {
        wares: [
          { price: 20, postage: 20 },
          { price: 60, postage: 150 },
        ],
      },
    },
    {
      query: '{ wares { postage postageEur bulky tiny } }',
      data: {
        wares: [
          { postage: 20, postageEur: 40, bulky: false, tiny: true },
          { postage: 150, postageEur: 300, bulky: true, tiny: false },
        ],
      },
    },
    {
      query:
        'query ($c: String! = "USD", $p: String) { ware { price(currency: $c) plain postageEur l: label(prefix: $p) postage } }',
      variables: { p: 'lb' },
      data: { ware: { price: 10, plain: 20, postageEur: 40, l: 'lb 2', postage: 20 } },
    },
    {
      query: '{ ware { parts(first: 1) { id } partCodes } }',
      data: { ware: { parts: [{ id: 'w1-0' }], partCodes: ['w1-0=c-w1-0', 'w1-1=c-w1-1', 'w1-2=c-w1-2'] } },
    },
    {
      query: `query ($n: Int = 1) { ware { partCodes ...A ...B } }
        fragment A on Ware { parts(first: $n) { id } } fragment B on Ware { parts(first: $n) { code } }`,
      data: {
        ware: {
          partCodes: ['w1-0=c-w1-0', 'w1-1=c-w1-1', 'w1-2=c-w1-2'],
          parts: [{ id: 'w1-0', code: 'c-w1-0' }],
        },
      },
    },
    {
      query: '{ ware { case { size(unit: "cm") } bulky } }',
      data: { ware: { case: { size: 1 }, bulky: false } },
    },
  ],
}

/** The argument is bound two levels down, on an entity that is reached from another. */
const deepArguments: Feature = {
  name: '@requires with arguments deep inside, and in the own subgraph',
  subgraphs: [
    {
      name: 'feed',
      sdl: `${federation2}
        type Query { threads: [Thread] }
        type Thread @key(fields: "id") { id: ID! replies(limit: Int!): [Reply] @external }
        type Reply @key(fields: "id") {
          id: ID!
          author: ID
          copies: [Thread] @external
          spam: Boolean @requires(fields: "copies { replies(limit: 9) { id } }")
        }`,
      resolvers: {
        Query: { threads: () => [{ id: 't1' }, { id: 't2' }] },
        Thread: { __resolveReference: given },
        Reply: {
          __resolveReference: ({ id, copies }) => ({ id, author: `a-${String(id)}`, copies }),
          spam: ({ copies }) => copies.some(({ replies }: { replies: object[] }) => replies.length === 9),
        },
      },
    },
    {
      name: 'replies',
      sdl: `${federation2}
        type Thread @key(fields: "id") {
          id: ID!
          last: Person @requires(fields: "replies(limit: 3) { author }")
          replies(limit: Int!): [Reply]
        }
        type Reply @key(fields: "id") { id: ID! author: ID @external copies: [Thread] }
        type Person { id: ID! }`,
      resolvers: {
        Thread: {
          __resolveReference: given,
          last: ({ replies }) => ({ id: replies[2].author }),
          replies: ({ id }, { limit }) => Array.from({ length: limit }, (_, i) => ({ id: `${id}r${i}` })),
        },
        Reply: {
          __resolveReference: given,
          copies: ({ id }) => (String(id).endsWith('r0') ? [{ id: 't2' }] : []),
        },
      },
    },
  ],
  expectations: [
    {
      query: '{ threads { last { id } } }',
      data: { threads: [{ last: { id: 'a-t1r2' } }, { last: { id: 'a-t2r2' } }] },
    },
    {
      query: 'query ($n: Int = 1) { threads { last { id } replies(limit: $n) { id } } }',
      data: {
        threads: [1, 2].map((i) => ({ last: { id: `a-t${i}r2` }, replies: [{ id: `t${i}r0` }] })),
      },
    },
    {
      query: '{ threads { replies(limit: 2) { spam } last { id } } }',
      data: {
        threads: [1, 2].map((i) => ({
          replies: [{ spam: true }, { spam: false }],
          last: { id: `a-t${i}r2` },
        })),
      },
    },
  ],
}

const chain: Feature = {
  name: '@requires of what is required itself, twice over and in a circle of subgraphs',
  subgraphs: [
    {
      name: 'a',
      sdl: `${federation2}
        type Query { ware: Ware }
        type Ware @key(fields: "id") {
          id: ID!
          net: Int @external
          taxed: Int @external
          total: Int @requires(fields: "taxed")
          cheap: Boolean @requires(fields: "net")
        }`,
      resolvers: {
        Query: { ware: () => ({ id: 'w1' }) },
        Ware: { __resolveReference: given, total: ({ taxed }) => taxed + 1, cheap: ({ net }) => net < 50 },
      },
    },
    {
      name: 'b',
      sdl: `${federation2}
        type Ware @key(fields: "id") { id: ID! cheap: Boolean @external net: Int verdict: String @requires(fields: "cheap") }`,
      resolvers: {
        Ware: {
          __resolveReference: (key) => ({ net: 40, ...key }),
          verdict: ({ cheap }) => (cheap ? 'buy' : 'wait'),
        },
      },
    },
    {
      name: 'c',
      sdl: `${federation2} type Ware @key(fields: "id") { id: ID! net: Int @external taxed: Int @requires(fields: "net") }`,
      resolvers: { Ware: { __resolveReference: given, taxed: ({ net }) => net * 2 } },
    },
  ],
  expectations: [
    { query: '{ ware { total } }', data: { ware: { total: 81 } } },
    { query: '{ ware { verdict } }', data: { ware: { verdict: 'buy' } } },
    {
      query: '{ ware { id verdict total cheap net taxed } }',
      data: { ware: { id: 'w1', verdict: 'buy', total: 81, cheap: true, net: 40, taxed: 80 } },
    },
  ],
}

const circle: Feature = {
  name: '@requires between two subgraphs in both directions',
  subgraphs: [
    {
      name: 'reviews',
      sdl: `${federation2}
        type Query { notes: [Note] }
        type Note @key(fields: "id") { id: ID! novice: Boolean! @external expert: Boolean! @requires(fields: "novice") }
        type Author @key(fields: "id") { id: ID! years: Int! }`,
      resolvers: {
        Query: { notes: () => [{ id: 'n1' }, { id: 'n2' }] },
        Note: { __resolveReference: given, expert: ({ novice }) => !novice },
        Author: { __resolveReference: ({ id }) => ({ id, years: id === 'a1' ? 1 : 20 }) },
      },
    },
    {
      name: 'authors',
      sdl: `${federation2}
        type Note @key(fields: "id") { id: ID! author: Author! novice: Boolean! @requires(fields: "author { years }") }
        type Author @key(fields: "id") { id: ID! years: Int! @external }`,
      resolvers: {
        Note: {
          __resolveReference: (key) => ({
            ...key,
            author: { id: key.id === 'n1' ? 'a1' : 'a2', ...key.author },
          }),
          novice: ({ author }) => author.years < 10,
        },
        Author: { __resolveReference: given },
      },
    },
  ],
  expectations: [
    { query: '{ notes { novice } }', data: { notes: [{ novice: true }, { novice: false }] } },
    { query: '{ notes { expert } }', data: { notes: [{ expert: false }, { expert: true }] } },
  ],
}

const vehicles = [
  { __typename: 'Car', id: 'v1', doors: 4 },
  { __typename: 'Boat', id: 'v2', masts: 2 },
]

const throughFragments: Feature = {
  name: '@requires through interfaces and fragments',
  subgraphs: [
    {
      name: 'owners',
      sdl: `${federation2}
        type Query { owner: Owner }
        type Owner @key(fields: "id") { id: ID! rides: [Vehicle!]! main: Vehicle }
        interface Vehicle { id: ID! maker: Maker }
        type Car implements Vehicle { id: ID! maker: Maker doors: Int }
        type Boat implements Vehicle { id: ID! maker: Maker masts: Int }
        interface Maker { id: ID! }
        type Factory implements Maker @key(fields: "id") { id: ID! }`,
      resolvers: {
        Query: { owner: () => ({ id: 'o1' }) },
        Owner: {
          __resolveReference: given,
          rides: () => vehicles.map((one) => ({ ...one, maker: { __typename: 'Factory', id: 'f1' } })),
          main: () => vehicles[1],
        },
      },
    },
    {
      name: 'toll',
      sdl: `${federation2}
        type Owner @key(fields: "id") {
          id: ID!
          rides: [Vehicle!]! @external
          main: Vehicle @external
          toll: Int @requires(fields: "rides { ... on Car { id doors } ... on Boat { masts } }")
          makers: [ID] @requires(fields: "rides { maker { id } }")
          kind: String @requires(fields: "main { __typename id ... on Boat { masts } }")
        }
        interface Vehicle { id: ID! maker: Maker }
        type Car implements Vehicle @external { id: ID! maker: Maker doors: Int }
        type Boat implements Vehicle @external { id: ID! maker: Maker masts: Int }
        interface Maker { id: ID! }
        type Factory implements Maker @key(fields: "id", resolvable: false) { id: ID! }`,
      resolvers: {
        Owner: {
          __resolveReference: given,
          toll: ({ rides }) =>
            rides.reduce(
              (sum: number, one: Json) => sum + Number(one.doors ?? 0) + Number(one.masts ?? 0),
              0,
            ),
          makers: ({ rides }) => rides.map(({ maker }: { maker: { id: string } }) => maker.id),
          kind: ({ main }) => `${main.__typename} ${main.id} ${main.masts}`,
        },
      },
    },
  ],
  expectations: [
    { query: '{ owner { toll } }', data: { owner: { toll: 6 } } },
    {
      query: '{ owner { toll makers kind rides { __typename ... on Boat { id } } } }',
      data: {
        owner: {
          toll: 6,
          makers: ['f1', 'f1'],
          kind: 'Boat v2 2',
          rides: [{ __typename: 'Car' }, { __typename: 'Boat', id: 'v2' }],
        },
      },
    },
  ],
}

const overridden: Feature = {
  name: '@requires of a field that another subgraph overrides',
  subgraphs: [
    {
      name: 'old',
      sdl: `${federation2}
        type Query { ware: Ware }
        type Ware @key(fields: "id") { id: ID! name: String sign: String @requires(fields: "colour") colour: String @external }`,
      resolvers: {
        Query: { ware: () => ({ id: 'w1', name: 'old name' }) },
        Ware: {
          __resolveReference: (key) => ({ name: 'old name', ...key }),
          sign: ({ colour }) => `in ${colour}`,
        },
      },
    },
    {
      name: 'new',
      sdl: `${federation2}
        type Ware @key(fields: "id") {
          id: ID!
          name: String @override(from: "old")
          colour: String
          caption: String @requires(fields: "sign")
          sign: String @external
        }`,
      resolvers: {
        Ware: {
          __resolveReference: (key) => ({ name: 'new name', colour: 'red', ...key }),
          caption: ({ sign }) => `a kettle ${sign}`,
        },
      },
    },
  ],
  expectations: [
    {
      query: '{ ware { name sign caption } }',
      data: { ware: { name: 'new name', sign: 'in red', caption: 'a kettle in red' } },
    },
  ],
}

export const requiresFeatures = [withArguments, deepArguments, chain, circle, throughFragments, overridden]
