import type { GraphQLError } from 'graphql'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createExecutor, type Executor } from './executor.ts'
import {
  compose,
  type FixtureContext,
  localSources,
  type RunOperation,
  serveSubgraph,
  stockGateway,
  subgraphs,
} from './fixture.ts'
import type { Json } from './merge.ts'
import { remoteSource } from './remote-source.ts'
import type { DataSource } from './sources.ts'

/** Operations, each with its variables, that every way of execution must answer alike. */
const corpus: [string, Json?][] = [
  ['{ user(id: "u0") { id name } }'],
  ['{ a: user(id: "u0") { x: id constructor: name toString: id } __typename }'],
  ['{ posts { id text author { id name strictName role tags born } } }'],
  ['{ posts(first: 3) { author { name picture { url width height } } } }'],
  ['{ posts { author { name shout isFollowed(by: "u0") } score likeCount } }'],
  ['{ posts { likers { name strictName } } }'],
  ['{ posts { editors { name friends { name role2 } } coauthor { id name role } } }'],
  [
    '{ posts(first: 5) { media { __typename id likes ... on Photo { width } ... on Clip { ms } owner { name } fans { name } } } }',
  ],
  ['{ media(ids: ["m0", "m1", "none"]) { id likes ... on Photo { w: width owner { name } } } }'],
  ['{ search { ... on Post { id author { name } } ... on User { name shout } __typename } }'],
  ['{ grid { id author { name } } }'],
  ['{ top { id text author { name } score } }'],
  ['{ users(ids: ["u0", "bad1", "u1", "bad2", "u2", "nobody"]) { name role shout } }'],
  ['{ users(ids: ["bad1", "u1", "u3"]) { name brittle strictName } }'],
  ['{ strictUsers(ids: ["u0", "u1"]) { name brittle } }'],
  ['{ strictUsers(ids: ["u0", "nobody"]) { name } user(id: "u1") { name } }'],
  ['{ me(fail: SYNC) { name shout } version }'],
  ['{ me(fail: ASYNC) { name shout } }'],
  ['{ me(fail: NULL) { name shout } }'],
  ['{ boom version }'],
  ['{ node(id: "u1") { id ... on User { name shout } } }'],
  ['{ node(id: "p1") { id } }'],
  [
    'query($a: Boolean!, $b: Boolean = false) { posts(first: 2) { id @include(if: $a) text @skip(if: $b) author @include(if: $b) { name } } }',
    { a: true },
  ],
  [
    'query($a: Boolean!, $b: Boolean = false) { posts(first: 2) { id @include(if: $a) text @skip(if: $b) author @include(if: $b) { name } } }',
    { a: false, b: true },
  ],
  [
    'query($a: Boolean!) { posts(first: 2) { ... @include(if: $a) { author { name } } author { id } ...F @skip(if: $a) } } fragment F on Post { score author { shout } }',
    { a: true },
  ],
  [
    'query($a: Boolean!) { posts(first: 2) { ... @include(if: $a) { author { name } } author { id } ...F @skip(if: $a) } } fragment F on Post { score author { shout } }',
    { a: false },
  ],
  [
    'query($e: Echo, $r: Role, $l: [[Int!]]) { echo(input: $e, role: $r, list: $l) }',
    { e: { text: 'x', nested: { text: 'y', roles: 'GUEST' } }, l: [[1], null] },
  ],
  ['{ echo(input: { text: "a" }, list: [1, 2]) other: echo }'],
  [
    'mutation { a: rename(id: "u0", name: "zoe") { name shout } publish(text: "hi") { text author { name } } b: rename(id: "u1", name: "y") { name } }',
  ],
  ['mutation { publish(text: "hi") { text } fail(id: "u0") { name } }'],
  ['{ __schema { queryType { name } } __type(name: "Role") { enumValues { name } } posts(first: 1) { id } }'],
  ['query($n: String!) { __type(name: $n) { name kind fields { name } } }', { n: 'User' }],
  [
    '{ ...Q } fragment Q on Query { version ...R } fragment R on Query { s: version __schema { types { name } } }',
  ],
]

const contextFor = (): FixtureContext => ({ calls: new Map() })

let local: Executor<FixtureContext>
let remote: Executor<FixtureContext>
let stock: Awaited<ReturnType<typeof stockGateway>>
let servers: Awaited<ReturnType<typeof serveSubgraph>>[]

beforeAll(async () => {
  stock = await stockGateway(subgraphs, contextFor)
  servers = await Promise.all(subgraphs.map((part) => serveSubgraph(part, contextFor)))
  const supergraph = compose(subgraphs)
  local = createExecutor({
    supergraph,
    sources: localSources(subgraphs),
  })
  remote = createExecutor({
    supergraph,
    sources: new Map(
      subgraphs.map(({ name }, i) => [
        name,
        remoteSource(servers[i]?.url as string, { headersFor: () => ({}) }),
      ]),
    ),
  })
})

afterAll(async () => {
  await Promise.all([stock.stop(), local.close(), remote.close()])
  await Promise.all(servers.map((server) => server.stop()))
})

const runOn =
  (executor: Executor<FixtureContext>): RunOperation =>
  async (query, variables = {}) => {
    const prepared = executor.prepare(query)
    const refused = prepared.checkVariables(variables)
    const answer = refused ? { errors: refused.errors } : executor.execute(prepared, variables, contextFor())
    return answer as ReturnType<RunOperation>
  }

/**
 * What must be equal: data, and each error's message, code and path, in any order. Two differences are meant. What has no
 * code of ours is no message for clients; and a null that breaks the schema is an error, which Apollo Gateway puts into
 * `extensions` when no subgraph gave one.
 */
function comparable({ data, errors, extensions }: Awaited<ReturnType<RunOperation>>): unknown {
  const broken = (extensions?.valueCompletion ?? []) as GraphQLError[]
  return {
    data: JSON.parse(JSON.stringify(data ?? null)),
    errors: [...(errors ?? []), ...broken]
      .map(({ message, path, extensions }) => {
        const known =
          extensions?.code !== 'DOWNSTREAM_SERVICE_ERROR' && extensions?.code !== 'INVALID_GRAPHQL'
        const code = known ? extensions?.code : 'INTERNAL'
        return JSON.stringify(code === 'INTERNAL' ? { path, code } : { message, path, code })
      })
      .sort(),
  }
}

test.each(corpus)(
  'is answered as by Apollo Gateway, interpreted, compiled and over HTTP: %s',
  async (query, variables) => {
    const expected = comparable(await stock.run(query, variables))
    for (let i = 0; i < 3; i++) expect(comparable(await runOn(local)(query, variables))).toEqual(expected)
    for (let i = 0; i < 3; i++) expect(comparable(await runOn(remote)(query, variables))).toEqual(expected)
  },
)

test('an entity that occurs often is asked for once, and each occurrence is its own object', async () => {
  const context = contextFor()
  const query = '{ posts { editors { name friends(first: 1) { name shout } } } }'
  const answer = await local.execute(local.prepare(query), {}, context)
  // Eight posts have two editors who are the author and one who is u1: 24 places, six people, one of them twice a post.
  expect(context.calls.get('accounts')).toBe(new Set(['u0', 'u1', 'u-gone', 'u2', 'u-bad', 'u3']).size)
  const { posts } = answer.data as { posts: { editors: Json[] }[] }
  expect(posts[0]?.editors[0]).toEqual(posts[0]?.editors[2])
})

test('a reference that throws fails alone, where it stands', async () => {
  const query =
    '{ a: post(id: "p0") { author { name } } b: post(id: "p-sync") { author { name } } top { author { name } } }'
  for (let i = 0; i < 3; i++) {
    const { data, errors } = await runOn(local)(query)
    expect(data).toMatchObject({ a: { author: { name: 'ada' } }, b: { author: { name: null } } })
    expect(errors).toEqual([
      { message: 'hidden', path: ['b', 'author'], extensions: { code: 'FORBIDDEN', retryAfterMs: 5 } },
    ])
  }
})

test('a subgraph that is down costs its own part only', async () => {
  const seen: string[] = []
  const executor = createExecutor<FixtureContext>({
    supergraph: compose(subgraphs),
    sources: new Map<string, DataSource<FixtureContext>>([
      ...localSources(subgraphs),
      ['accounts', remoteSource('http://127.0.0.1:9/graphql', { headersFor: () => ({}) })],
    ]),
    onError: (_, subgraph) => seen.push(subgraph),
  })
  const run = runOn(executor)
  const unavailable = expect.objectContaining({
    extensions: { code: 'SERVICE_UNAVAILABLE' },
    path: ['posts'],
  })
  expect(await run('{ posts(first: 2) { text author { name } } }')).toEqual({
    data: { posts: [0, 1].map((i) => ({ text: `post ${i}`, author: { name: null } })) },
    errors: [unavailable],
  })
  expect(await run('{ user(id: "u0") { name } }')).toMatchObject({
    data: { user: null },
    errors: [{ path: ['user'], extensions: { code: 'SERVICE_UNAVAILABLE' } }],
  })
  expect(seen).toEqual(['accounts', 'accounts'])
  await executor.close()
})

test.each(['local', 'remote'])(
  'an alias never takes the place of a key or of what is required: %s',
  async (where) => {
    const run = runOn(where === 'local' ? local : remote)
    const query = `{
    posts(first: 2) { id: text text: id score author: likeCount slug: author { id: name name: shout __typename: id strictName } }
    n: __typename
    name: user(id: "u-bad") { name }
  }`
    const { data, errors } = await run(query)
    expect(data).toEqual({
      posts: [
        {
          id: 'post 0',
          text: 'p0',
          score: 8,
          author: 3,
          slug: { id: 'ada', name: 'ADA', __typename: 'u0', strictName: 'ada' },
        },
        {
          id: 'post 1',
          text: 'p1',
          score: 8,
          author: 3,
          slug: { id: 'bea', name: 'BEA', __typename: 'u1', strictName: 'bea' },
        },
      ],
      n: 'Query',
      name: null,
    })
    expect(errors).toBeUndefined()
    // Paths are the client's, of subgraphs' errors and of our own.
    expect((await run('{ id: me(fail: SYNC) { name } }')).errors).toMatchObject([{ path: ['id'] }])
    expect((await run('{ posts(first: 8) { id: likeCount } }')).errors).toMatchObject([
      { path: ['posts', 5, 'id'] },
    ])
    expect((await run('{ __schema { types { name: kind } } }')).data).toMatchObject({
      __schema: { types: expect.arrayContaining([{ name: 'OBJECT' }]) },
    })
  },
)

test('errors tell clients nothing of our inside', async () => {
  const { errors } = await runOn(local)('{ me(fail: UNCODED) { name } }')
  expect(errors).toEqual([
    { message: 'Something went wrong.', path: ['me'], extensions: { code: 'INTERNAL' } },
  ])
})

test('variables that do not fit are refused before anything runs', async () => {
  const query = 'query($role: Role, $ids: [ID!]!) { echo(role: $role) users(ids: $ids) { id } }'
  const answer = await runOn(local)(query, { role: 'GUESS', ids: [null] })
  expect(answer).not.toHaveProperty('data')
  expect(answer.errors).toHaveLength(2)
  for (const { message, extensions } of answer.errors ?? []) {
    expect(extensions).toEqual({ code: 'BAD_USER_INPUT' })
    expect(message).not.toContain('Did you mean')
  }
})

test.each(['local', 'remote'])('resolves an event of a subscription across subgraphs: %s', async (where) => {
  const executor = where === 'local' ? local : remote
  const query =
    'subscription($by: ID) { added: postAdded(by: $by) { cursor post { text author { name shout } score } } }'
  const prepared = executor.prepare(query)
  expect(prepared.subscription).toMatchObject({
    field: 'postAdded',
    responseName: 'added',
    subgraph: 'content',
  })
  expect(prepared.subscription?.argumentsFor({ by: 'u0' })).toEqual({ by: 'u0' })
  for (let i = 0; i < 3; i++) {
    const root = { cursor: `c${i}`, event: { payload: { postId: 'p1' } } }
    expect(await executor.onEvent(prepared, root, { by: 'u0' }, contextFor())).toEqual({
      data: {
        added: { cursor: `c${i}`, post: { text: 'post 1', author: { name: 'bea', shout: 'BEA' }, score: 8 } },
      },
    })
  }
  const count = executor.prepare('subscription { ...S } fragment S on Subscription { commentCount }')
  expect(count.subscription).toMatchObject({ field: 'commentCount' })
  expect(await executor.onEvent(count, { event: 7 }, {}, contextFor())).toEqual({ data: { commentCount: 7 } })
})
