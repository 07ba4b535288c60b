import type { Json } from '../merge.ts'
import { type Feature, federation2, find } from './feature.ts'

const films = [
  { __typename: 'Film', id: 'f1', title: 'Nosferatu' },
  { __typename: 'Short', id: 's2', title: 'Ballet' },
]

const stills = (_: unknown, { first }: { first: number }) => Array.from({ length: first }, (_still, i) => i)

/** `prints` knows no types: what is selected on either of them is selected of one object there. */
const calls: Feature = {
  name: 'different calls under one name, on types that one subgraph knows as an @interfaceObject',
  subgraphs: [
    {
      name: 'films',
      sdl: `${federation2}
        type Query { reels: [Reel!]! }
        interface Reel @key(fields: "id") { id: ID! title: String }
        type Film implements Reel @key(fields: "id") { id: ID! title: String }
        type Short implements Reel @key(fields: "id") { id: ID! title: String }`,
      resolvers: {
        Query: { reels: () => films },
        Reel: { __resolveReference: ({ id }: Json) => find(films, 'id', id) },
        Film: { __resolveReference: ({ id }: Json) => find(films, 'id', id) },
        Short: { __resolveReference: ({ id }: Json) => find(films, 'id', id) },
      },
    },
    {
      name: 'prints',
      sdl: `${federation2}
        type Query { shelf: [Reel] }
        type Reel @interfaceObject @key(fields: "id") {
          id: ID!
          title: String @external
          stills(first: Int = 1): [Int!]
          frames(first: Int = 1): [Int!]
          box(size: Int): Box
          label(mark: String): String @requires(fields: "title")
        }
        type Box { size(unit: String): String }`,
      resolvers: {
        Query: { shelf: () => [{ id: 's2' }, null, { id: 'f1' }] },
        Reel: {
          __resolveReference: (key: Json) => key,
          stills,
          frames: (...given: Parameters<typeof stills>) => stills(...given).map((i) => i + 100),
          box: (_: unknown, { size }: Json) => ({ size }),
          label: ({ title }: Json, { mark }: Json) => `${String(mark)} ${String(title)}`,
        },
        Box: { size: ({ size }: Json, { unit }: Json) => `${String(size)} ${String(unit)}` },
      },
    },
  ],
  expectations: [
    {
      query: '{ reels { ... on Film { stills(first: 2) } ... on Short { stills(first: 3) } } }',
      data: { reels: [{ stills: [0, 1] }, { stills: [0, 1, 2] }] },
    },
    {
      query:
        '{ reels { ...F ...S } } fragment F on Film { n: stills } fragment S on Short { n: frames(first: 2) }',
      data: { reels: [{ n: [0] }, { n: [100, 101] }] },
    },
    {
      query: `query ($cm: String!) { shelf {
        ... on Film { box(size: 2) { size(unit: "mm") } }
        ... on Short { id box(size: 2) { size(unit: $cm) } } } }`,
      variables: { cm: 'cm' },
      data: { shelf: [{ id: 's2', box: { size: '2 cm' } }, null, { box: { size: '2 mm' } }] },
    },
    {
      query: `{ reels {
        ... on Film { title: label(mark: "a") }
        ... on Short { id title label(mark: "b") } } }`,
      data: {
        reels: [{ title: 'a Nosferatu' }, { id: 's2', title: 'Ballet', label: 'b Ballet' }],
      },
    },
  ],
}

/** A type of an interface gets a field from a subgraph that does not know the interface. */
const indirect: Feature = {
  name: 'a type of an interface that a third subgraph extends, beside an @interfaceObject',
  subgraphs: [
    {
      name: 'films',
      sdl: `${federation2}
        type Query { reel: Reel }
        interface Reel @key(fields: "id") { id: ID! title: String }
        type Film implements Reel @key(fields: "id") { id: ID! title: String minutes: Int }
        type Short implements Reel @key(fields: "id") { id: ID! title: String seconds: Int }`,
      resolvers: {
        Query: { reel: () => ({ ...films[0], minutes: 94 }) },
        Reel: { __resolveReference: ({ id }: Json) => ({ ...find(films, 'id', id), minutes: 94 }) },
        Film: { __resolveReference: ({ id }: Json) => ({ ...find(films, 'id', id), minutes: 94 }) },
        Short: { __resolveReference: ({ id }: Json) => ({ ...find(films, 'id', id), seconds: 50 }) },
      },
    },
    {
      name: 'makers',
      sdl: `${federation2}
        type Query { maker: Maker }
        type Maker @key(fields: "id") { id: ID! name: String }
        extend type Film @key(fields: "id") { id: ID! makerName: String }`,
      resolvers: {
        Query: { maker: () => ({ id: 'm1', name: 'Prana' }) },
        Film: { __resolveReference: (key: Json) => key, makerName: () => 'Prana' },
      },
    },
    {
      name: 'lists',
      sdl: `${federation2}
        type Query { list: List }
        type List @key(fields: "id") { id: ID! reel: Reel }
        type Reel @interfaceObject @key(fields: "id") { id: ID! }`,
      resolvers: {
        Query: { list: () => ({ id: 'l1', reel: { id: 'f1' } }) },
        Reel: { __resolveReference: (key: Json) => key },
      },
    },
  ],
  expectations: [
    {
      query: `{
        reel { id title ... on Film { minutes makerName } ... on Short { seconds } }
        maker { id name }
        list { id reel { id ... on Film { minutes } } } }`,
      data: {
        reel: { id: 'f1', title: 'Nosferatu', minutes: 94, makerName: 'Prana' },
        maker: { id: 'm1', name: 'Prana' },
        list: { id: 'l1', reel: { id: 'f1', minutes: 94 } },
      },
    },
    {
      query: '{ list { reel { ... on Film { makerName title } } } }',
      data: { list: { reel: { makerName: 'Prana', title: 'Nosferatu' } } },
    },
  ],
}

export const siblingFeatures = [calls, indirect]
