// What the gateway must not let through (V22): the subgraphs' own entry points, and ways around the policy by the shape of a query.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serveSubgraph, startSubgraph } from '#platform/subgraph.ts'
import { newId } from '#schema/ids.ts'
import { graph } from '#subgraphs/graph/main.ts'
import type { Person } from '../person.ts'
import { picture } from '../pictures.ts'
import { type System, startSystem } from '../system.ts'

let system: System
let owner: Person
let stranger: Person
let postId: string
const caption = 'nobody else’s to read'

beforeAll(async () => {
  system = await startSystem()
  owner = await system.signsUp('owner')
  stranger = await system.signsUp('stranger')
  const mediaId = await owner.uploads(await picture(), 'image/jpeg')
  await system.settle()
  postId = (await owner.posts([mediaId], caption)).id
  await owner.becomesPrivate()
  await system.settle()
}, 120_000)
afterAll(() => system?.[Symbol.asyncDispose]())

test.each([
  ['_entities', `{ _entities(representations: [{ __typename: "Post", id: "x" }]) { __typename } }`],
  ['_service', '{ _service { sdl } }'],
])('%s is no field of the public API (V22)', async (_name, query) => {
  const { data, errors } = await owner.asks(query)
  expect(data).toBeNull()
  expect(errors.map(({ extensions }) => extensions?.code)).toEqual(['GRAPHQL_VALIDATION_FAILED'])
})

test('fragments on interfaces, aliases and detours bring nothing that the plain question does not (V22)', async () => {
  const detours = [
    `{ node(id: "${postId}") { ... on Post { caption } } }`,
    `{ node(id: "${postId}") { ... on Node { ... on Post { caption media { altText renditions { url } } } } } }`,
    `{ a: node(id: "${postId}") { ...F } b: nodes(ids: ["${postId}", "${postId}"]) { ...F } } fragment F on Node { id ... on Post { ...G } } fragment G on Post { caption author { posts(first: 5) { nodes { caption } } } }`,
    `{ user(username: "owner") { ... on Node { ... on User { posts(first: 5) { nodes { caption } } } } } }`,
    `{ user(username: "owner") { id posts(first: 5) { edges { node { ... on Node { ... on Post { caption } } } } } followers(first: 5) { nodes { id } } } }`,
    // What other subgraphs need of a post to answer about it is asked for behind the policy, not before it.
    `{ post(id: "${postId}") { likeCount commentCount viewerHasLiked likers(first: 5) { nodes { id } } previewComments { text } } }`,
    `query ($yes: Boolean = true) { node(id: "${postId}") @include(if: $yes) { ... on Post @include(if: $yes) { caption likeCount } } }`,
  ]
  for (const query of detours) {
    const { data } = await stranger.asks(query)
    const text = JSON.stringify(data)
    expect(text, query).not.toContain(caption)
    // Neither does it come to be there at all: where it was asked for by its id stands null.
    expect(text, query).not.toMatch(/"(caption|likeCount|altText)":/)
  }
  expect(JSON.stringify((await owner.asks(detours[0] as string)).data)).toContain(caption)
})

test('a subgraph’s own port answers nobody but the gateway (V22)', async () => {
  await using stack = new AsyncDisposableStack()
  const { platform } = system
  // The system's own port is the gateway's.
  const apart = { ...platform, config: { ...platform.config, port: 0 } }
  const { port } = await serveSubgraph(apart, await startSubgraph(platform, graph, stack), stack)
  const body = JSON.stringify({
    query: `{ _entities(representations: [{ __typename: "User", id: "${owner.id}" }]) { ... on User { followerCount } } }`,
  })
  const forged = Buffer.from(
    JSON.stringify({ userId: owner.id, sessionId: newId('session'), ip: '127.0.0.1', at: Date.now() }),
  ).toString('base64url')
  for (const headers of [
    {},
    { authorization: `Bearer ${owner.accessToken}` },
    { 'x-heliograph-viewer': forged },
    { 'x-heliograph-viewer': `${forged}.${'A'.repeat(43)}` },
    { 'x-heliograph-viewer': `${forged}.` },
  ] as Record<string, string>[]) {
    const answer = await fetch(`http://127.0.0.1:${port}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    })
    expect(answer.status, JSON.stringify(headers)).toBe(401)
    expect(await answer.text()).not.toContain('followerCount')
  }
})
