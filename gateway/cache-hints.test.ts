// What the product's own SDL lets caches keep.
import { parse } from 'graphql'
import { expect, test } from 'vitest'
import { readSchemaFile, schemaParts, subgraphSdl } from '#schema/sdl.ts'
import { cacheHints, sharedMaxAge } from './cache-policy.ts'
import { loadSupergraph } from './executor/supergraph.ts'

const { schema } = loadSupergraph(readSchemaFile('supergraph.graphql'))
const hints = cacheHints(schemaParts.map(subgraphSdl))

test.each([
  // Somebody may delete, hide or block at any moment: caches ask anew each time (V14, F13).
  ['query ($id: ID!) { post(id: $id) { caption author { username } likeCount media { id } } }', 0],
  ['query ($name: String) { user(username: $name) { username bio posts { nodes { caption } } } }', 0],
  ['query ($name: String!) { hashtag(name: $name) { name } }', 0],
  ['query ($id: ID!) { place(id: $id) { name } }', 0],
  ['{ placesNear(latitude: 47, longitude: 8) { name } }', 0],
  ['{ serverInfo { version } }', 60],
  ['{ transparencyReport { __typename } }', 300],
  // What is a person's own, or costs as it comes, is nobody else's.
  ['{ viewer { username } }', null],
  ['{ rateLimit { remaining } }', null],
  ['query ($id: ID!) { post(id: $id) { caption } viewer { username } }', null],
  ['query ($id: ID!) { node(id: $id) { id } }', null],
])('%s: %s', (query, seconds) => {
  expect(sharedMaxAge(schema, parse(query), hints)).toBe(seconds)
})

test('no root field but these may be kept', () => {
  const kept = [...hints].filter(([name]) => name.startsWith('Query.')).map(([name]) => name.slice(6))
  expect(kept.toSorted()).toEqual([
    ...['hashtag', 'place', 'placesNear', 'post', 'serverInfo', 'transparencyReport', 'user'],
  ])
})
