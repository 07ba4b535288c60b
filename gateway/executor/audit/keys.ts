import { type Feature, federation2, find } from './feature.ts'

const stars = [
  { id: 's1', catalogue: 'HD 1', name: 'Vega', hemisphere: { name: 'north', code: 'N' }, magnitude: 0.03 },
  {
    id: 's2',
    catalogue: 'HD 2',
    name: 'Canopus',
    hemisphere: { name: 'south', code: 'S' },
    magnitude: -0.74,
  },
]

const simpleKey: Feature = {
  name: 'an entity by its key',
  subgraphs: [
    {
      name: 'names',
      sdl: `${federation2}
        type Query { star: Star }
        type Star @key(fields: "id") { id: ID! catalogue: ID! @shareable }`,
      resolvers: { Query: { star: () => stars[0] } },
    },
    {
      name: 'catalogue',
      sdl: `${federation2} type Star @key(fields: "catalogue") @key(fields: "id") { id: ID! catalogue: ID! name: String }`,
      resolvers: {
        Star: {
          __resolveReference: (key) => find(stars, 'catalogue', key.catalogue) ?? find(stars, 'id', key.id),
        },
      },
    },
  ],
  expectations: [{ query: '{ star { id name } }', data: { star: { id: 's1', name: 'Vega' } } }],
}

const complexKey: Feature = {
  name: 'keys of several fields, nested, and through a third subgraph',
  subgraphs: [
    {
      name: 'survey',
      sdl: `${federation2}
        type Query { survey: Survey }
        type Survey @key(fields: "stars { id }") { stars: [Star!]! }
        type Star @key(fields: "id") { id: ID! }`,
      resolvers: { Query: { survey: () => ({ stars }) } },
    },
    {
      name: 'links',
      sdl: `${federation2} type Star @key(fields: "id") @key(fields: "id catalogue") { id: ID! catalogue: ID! }`,
      resolvers: { Star: { __resolveReference: ({ id }) => find(stars, 'id', id) } },
    },
    {
      name: 'sky',
      sdl: `${federation2}
        type Survey @key(fields: "stars { id catalogue }") { stars: [Star!]! brightest: Star }
        type Star @key(fields: "id catalogue") { id: ID! catalogue: ID! hemisphere: Hemisphere @shareable }
        type Hemisphere @key(fields: "code") { code: ID! }`,
      resolvers: {
        Survey: {
          __resolveReference: ({ stars: given }) => ({
            stars: given.map(({ catalogue }: { catalogue: string }) => find(stars, 'catalogue', catalogue)),
          }),
          brightest: ({ stars: given }) => given.at(-1),
        },
        Star: { __resolveReference: ({ catalogue }) => find(stars, 'catalogue', catalogue) },
      },
    },
    {
      name: 'light',
      sdl: `${federation2}
        type Star @key(fields: "id hemisphere { code }") { id: ID! hemisphere: Hemisphere @shareable magnitude: Float }
        type Hemisphere @key(fields: "code") { code: ID! name: String }`,
      resolvers: {
        Star: {
          __resolveReference: ({ id, hemisphere }) =>
            stars.find((star) => star.id === id && star.hemisphere.code === hemisphere.code),
        },
        Hemisphere: {
          __resolveReference: ({ code }) => stars.find((star) => star.hemisphere.code === code)?.hemisphere,
        },
      },
    },
  ],
  expectations: [
    {
      query: '{ survey { brightest { id magnitude hemisphere { name } } stars { magnitude } } }',
      data: {
        survey: {
          brightest: { id: 's2', magnitude: -0.74, hemisphere: { name: 'south' } },
          stars: [{ magnitude: 0.03 }, { magnitude: -0.74 }],
        },
      },
    },
  ],
}

const grid = { id: 'g1', tag: 't1', spot: { row: 1, column: 2, level: 3 } }

/** The way back to a subgraph is through a key that it resolves, whichever it declares first. */
const resolvableKeys: Feature = {
  name: 'keys of which only some are resolvable',
  subgraphs: [
    {
      name: 'labels',
      sdl: `${federation2}
        type Cell @key(fields: "id") @key(fields: "tag", resolvable: false)
          @key(fields: "spot { row column }", resolvable: false) @key(fields: "id spot { column level }", resolvable: false)
          { id: ID! tag: ID! spot: Spot! label: String! }
        type Spot { row: Int! column: Int! level: Int! }`,
      resolvers: {
        Cell: { __resolveReference: ({ id }) => (id === grid.id ? { ...grid, label: 'corner' } : null) },
      },
    },
    {
      name: 'board',
      sdl: `${federation2}
        type Query { board: Board }
        type Board @key(fields: "id") { id: ID! cells: [Cell!]! }
        type Cell @key(fields: "spot { row column }", resolvable: false) @key(fields: "id spot { column level }")
          @key(fields: "tag", resolvable: false) @key(fields: "id", resolvable: false)
          { id: ID! tag: ID! spot: Spot! label: String! @external shout: String! @requires(fields: "label") }
        type Spot { row: Int! column: Int! level: Int! }`,
      resolvers: {
        Query: { board: () => ({ id: 'b1', cells: [grid] }) },
        Cell: {
          __resolveReference: ({ id, spot, label }) => {
            if (id !== grid.id || spot.level !== grid.spot.level)
              throw new Error('not a key of this subgraph')
            return { ...grid, label }
          },
          shout: ({ label }) => label.toUpperCase(),
        },
      },
    },
  ],
  expectations: [
    {
      query: '{ board { id cells { id label shout } } }',
      data: { board: { id: 'b1', cells: [{ id: 'g1', label: 'corner', shout: 'CORNER' }] } },
    },
  ],
}

const books = [
  { id: '1', upc: 'b1', author: { name: 'Ann' } },
  { id: '2', upc: 'b2', author: { name: 'Bob' } },
  { id: '3', upc: 'b3', author: { name: 'Cyd' } },
]

const nullKeys: Feature = {
  name: 'an entity that the subgraph on the way does not have',
  subgraphs: [
    {
      name: 'shelf',
      sdl: `${federation2} type Query { shelf: [Slot] } type Slot { book: Book } type Book @key(fields: "upc") { upc: ID! }`,
      resolvers: { Query: { shelf: () => books.map(({ upc }) => ({ book: { upc } })) } },
    },
    {
      name: 'codes',
      sdl: `${federation2} type Book @key(fields: "id") @key(fields: "upc") { id: ID! upc: ID! }`,
      resolvers: {
        Book: {
          __resolveReference: (key) => {
            const book = 'id' in key ? find(books, 'id', key.id) : find(books, 'upc', key.upc)
            return book?.id === '3' ? null : book
          },
        },
      },
    },
    {
      name: 'authors',
      sdl: `${federation2} type Book @key(fields: "id") { id: ID! author: Author } type Author { name: String }`,
      resolvers: {
        Book: {
          __resolveReference: ({ id }) => {
            if (typeof id !== 'string') throw new Error('null is no key')
            return find(books, 'id', id)
          },
        },
      },
    },
  ],
  expectations: [
    {
      query: '{ shelf { book { upc author { name } } } }',
      data: {
        shelf: [
          { book: { upc: 'b1', author: { name: 'Ann' } } },
          { book: { upc: 'b2', author: { name: 'Bob' } } },
          { book: { upc: 'b3', author: null } },
        ],
      },
    },
  ],
}

/** `Shelfmark` is no entity: what the other subgraph knows of it is reached through the book. */
const parentEntity: Feature = {
  name: 'a value type whose fields are spread over subgraphs, through its parent',
  subgraphs: [
    {
      name: 'books',
      sdl: `${federation2}
        type Query { book: Book }
        type Book @key(fields: "id") { id: ID! mark: Shelfmark @shareable }
        type Shelfmark @shareable { room: String }`,
      resolvers: { Query: { book: () => ({ id: '1', mark: { room: 'red' } }) } },
    },
    {
      name: 'marks',
      sdl: `${federation2}
        type Book @key(fields: "id upc") { id: ID! upc: ID! mark: Shelfmark @shareable }
        type Shelfmark @shareable { room: String details: Details }
        type Details @shareable { height: Int }`,
      resolvers: {
        Book: {
          __resolveReference: ({ id }) => ({ id, upc: 'b1', mark: { room: 'red', details: { height: 2 } } }),
        },
      },
    },
    {
      name: 'upcs',
      sdl: `${federation2}
        type Book @key(fields: "id") @key(fields: "id upc") { id: ID! upc: ID! mark: Shelfmark @shareable }
        type Shelfmark @shareable { details: Details }
        type Details @shareable { width: Int }`,
      resolvers: {
        Book: {
          __resolveReference: ({ id }) => ({ ...find(books, 'id', id), mark: { details: { width: 1 } } }),
        },
      },
    },
  ],
  expectations: [
    {
      query: '{ book { id mark { room details { height width } } } }',
      data: { book: { id: '1', mark: { room: 'red', details: { height: 2, width: 1 } } } },
    },
  ],
}

const sharedRoot: Feature = {
  name: 'a root field that several subgraphs share, each with other fields',
  subgraphs: ['name', 'price', 'colour'].map((field) => ({
    name: field,
    sdl: `${federation2}
      type Query { lamp: Lamp @shareable lamps: [Lamp!]! @shareable }
      type Lamp @shareable { id: ID! ${field}: Facet }
      type Facet @shareable { value: String }`,
    resolvers: {
      Query: {
        lamp: () => ({ id: 'l1', [field]: { value: `${field} 1` } }),
        lamps: () => [1, 2].map((i) => ({ id: `l${i}`, [field]: { value: `${field} ${i}` } })),
      },
    },
  })),
  expectations: [
    {
      query: '{ lamp { id name { value } price { value } colour { value } } }',
      data: {
        lamp: {
          id: 'l1',
          name: { value: 'name 1' },
          price: { value: 'price 1' },
          colour: { value: 'colour 1' },
        },
      },
    },
    {
      query: '{ lamps { price { value } colour { value } } }',
      data: {
        lamps: [1, 2].map((i) => ({ price: { value: `price ${i}` }, colour: { value: `colour ${i}` } })),
      },
    },
  ],
}

const members = [
  { __typename: 'Reader', id: 'r1', name: 'Rae' },
  { __typename: 'Clerk', id: 'c1', name: 'Cle' },
]

/** `id` is nullable in one type and not in the other: one selection set of both is invalid GraphQL for a subgraph. */
const mismatchedChildren: Feature = {
  name: 'fields of one name whose types differ between the members of a union',
  subgraphs: [
    {
      name: 'readers',
      sdl: `${federation2} type Query { readers: [Reader!]! } type Reader { id: ID @shareable }`,
      resolvers: { Query: { readers: () => [{ id: 'r1' }] } },
    },
    {
      name: 'members',
      sdl: `${federation2}
        type Query { members: [Member!]! }
        union Member = Reader | Clerk
        type Reader @key(fields: "id") { id: ID! name: String peers: [Member!]! }
        type Clerk { id: ID name: String peers: [Member!]! }`,
      resolvers: {
        Query: { members: () => members },
        Reader: { __resolveReference: ({ id }) => find(members, 'id', id), peers: () => members },
        Clerk: { peers: () => members },
      },
    },
  ],
  expectations: [
    {
      query: `{ readers { id name } members { ... on Reader { id name peers { ...M } } ... on Clerk { id name peers { ...M } } } }
        fragment M on Member { ... on Reader { id name peers { ... on Reader { id } ... on Clerk { id } } } ... on Clerk { id name } }`,
      data: {
        readers: [{ id: 'r1', name: 'Rae' }],
        members: ['Rae', 'Cle'].map((name) => ({
          id: name === 'Rae' ? 'r1' : 'c1',
          name,
          peers: [
            { id: 'r1', name: 'Rae', peers: [{ id: 'r1' }, { id: 'c1' }] },
            { id: 'c1', name: 'Cle' },
          ],
        })),
      },
    },
  ],
}

export const keyFeatures = [
  simpleKey,
  complexKey,
  resolvableKeys,
  nullKeys,
  parentEntity,
  sharedRoot,
  mismatchedChildren,
]
