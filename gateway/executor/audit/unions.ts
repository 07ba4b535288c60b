import type { Subgraph } from '../fixture.ts'
import type { Json } from '../merge.ts'
import { type Feature, federation2 } from './feature.ts'

const song = { __typename: 'Song', id: 'm1', title: 'Aria' }
const film = { __typename: 'Film', id: 'm2', title: 'Nosferatu' }
const poem = { __typename: 'Poem', id: 'm3', title: 'Dream' }

const owned = (name: string, only: string, row: Json): Subgraph => ({
  name,
  sdl: `${federation2}
    type Query { pick: Work @shareable ${name}Pick: Work viewer: Viewer @shareable }
    type Viewer { pick: Work @shareable ${name}Picks: [Work!]! }
    union Work = Poem | ${only}
    type Poem @key(fields: "id") { id: ID! title: String @shareable ${name}Note: String }
    type ${only} @key(fields: "id") { id: ID! title: String @shareable }`,
  resolvers: {
    Query: { pick: () => poem, [`${name}Pick`]: () => row, viewer: () => ({}) },
    Viewer: { pick: () => poem, [`${name}Picks`]: () => [poem, row] },
    Poem: {
      __resolveReference: ({ id }: Json) => ({ ...poem, id }),
      [`${name}Note`]: () => `${name} note`,
    },
  },
})

const unionIntersection: Feature = {
  name: 'a union that has other members in each subgraph',
  subgraphs: [owned('a', 'Song', song), owned('b', 'Film', film)],
  expectations: [
    { query: '{ pick { ... on Film { title } } }', data: { pick: {} } },
    {
      query: '{ pick { ... on Poem { title } ... on Film { title } ... on Song { title } } }',
      data: { pick: { title: 'Dream' } },
    },
    { query: '{ aPick { ... on Film { title } } }', data: { aPick: {} } },
    {
      query:
        '{ aPick { __typename ... on Song { title } ... on Poem { title aNote bNote } } bPick { __typename } }',
      data: { aPick: { __typename: 'Song', title: 'Aria' }, bPick: { __typename: 'Film' } },
    },
    {
      query:
        '{ viewer { pick { ... on Film { title } ... on Poem { aNote bNote } } aPicks { ...W } bPicks { ...W } } } fragment W on Work { __typename ... on Poem { id bNote aNote } ... on Film { id } }',
      data: {
        viewer: {
          pick: { aNote: 'a note', bNote: 'b note' },
          aPicks: [
            { __typename: 'Poem', id: 'm3', bNote: 'b note', aNote: 'a note' },
            { __typename: 'Song' },
          ],
          bPicks: [
            { __typename: 'Poem', id: 'm3', bNote: 'b note', aNote: 'a note' },
            { __typename: 'Film', id: 'm2' },
          ],
        },
      },
    },
  ],
}

/** `a` and `b` know the same albums; what they find on them is a poem, and something of their own. */
const albums = (name: 'a' | 'b', only: string, row: Json): Subgraph => ({
  name,
  sdl: `${federation2}
    type Query { ${name}: Album any: Album @shareable }
    type Album @key(fields: "id") { id: ID! front: Side @shareable ${name}Back: Side }
    type Side @shareable { works: [Work!]! }
    union Work = Poem | ${only}
    type Poem @shareable { title: String }
    type ${only} { title: String }`,
  resolvers: {
    Query: { [name]: () => ({ id: '1' }), any: () => ({ id: '1', works: [poem] }) },
    Album: {
      __resolveReference: ({ id }: Json) => ({ id }),
      front: ({ works = [poem, row] }: Json) => ({ works }),
      [`${name}Back`]: () => ({ works: [row] }),
    },
  },
})

const each = '{ works { __typename ... on Poem { title } ... on Song { title } ... on Film { title } } }'
const [poemFound, songFound, filmFound] = [poem, song, film].map(({ __typename, title }) => ({
  __typename,
  title,
}))

const partialUnion: Feature = {
  name: 'a union below a shareable field, that has other members in each subgraph',
  subgraphs: [albums('a', 'Song', song), albums('b', 'Film', film)],
  expectations: [
    { query: `{ a { front ${each} } }`, data: { a: { front: { works: [poemFound, songFound] } } } },
    { query: `{ b { front ${each} } }`, data: { b: { front: { works: [poemFound, filmFound] } } } },
    {
      query: '{ a { front { works { __typename ... on Film { title } } } } }',
      data: { a: { front: { works: [{ __typename: 'Poem' }, { __typename: 'Song' }] } } },
    },
    { query: `{ any { front ${each} } }`, data: { any: { front: { works: [poemFound] } } } },
    {
      query: `{ a { aBack ${each} bBack ${each} front ${each} } }`,
      data: {
        a: {
          aBack: { works: [songFound] },
          bBack: { works: [filmFound] },
          front: { works: [poemFound, songFound] },
        },
      },
    },
  ],
}

export const unionFeatures = [unionIntersection, partialUnion]
