import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { composeServices } from '@apollo/composition'
import { ApolloGateway, LocalGraphQLDataSource } from '@apollo/gateway'
import { buildSubgraphSchema } from '@apollo/subgraph'
import type { GraphQLResolverMap } from '@apollo/subgraph/dist/schema-helper/resolverMap.js'
import { type ExecutionResult, GraphQLError, type GraphQLSchema, parse } from 'graphql'
import { createExecutor, formatResult } from '#platform/execution.ts'
import { type LocalSubgraph, localSource } from './local-source.ts'
import type { Json } from './merge.ts'
import type { DataSource } from './sources.ts'

// A small federated graph for tests, with a place for each feature that the executor has to know.

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [
  "@key", "@requires", "@provides", "@external", "@shareable", "@inaccessible", "@interfaceObject", "@override"
])`

/** A subgraph as it is composed, served in process, or served over HTTP. */
export interface Subgraph {
  readonly name: string
  readonly sdl: string
  // biome-ignore lint/suspicious/noExplicitAny: the library's own type asks for the context's type twice
  readonly resolvers: GraphQLResolverMap<any>
}

/** What the fixture's resolvers see; `calls` counts the resolved references by subgraph. */
export interface FixtureContext {
  readonly calls: Map<string, number>
  /** Who may not subscribe to `postAdded`. */
  readonly banned?: ReadonlySet<string>
}

/** Root value of the fixture's subscriptions. */
interface LiveRoot {
  readonly cursor: string | null
  readonly event: { readonly payload: Json } | null
}

const later = <T>(value: T, turns = 1): Promise<T> =>
  turns === 0 ? Promise.resolve(value) : Promise.resolve().then(() => later(value, turns - 1))

const coded = (message: string, code: string): GraphQLError =>
  new GraphQLError(message, { extensions: { code, retryAfterMs: 5 } })

const users = new Map(
  ['ada', 'bea', 'cyd', 'dan'].map((name, i) => [
    `u${i}`,
    { id: `u${i}`, name, role: ['ADMIN', 'GUEST', 'SECRET', 'GUEST'][i], tags: [`t${i}`, null, 'x'] },
  ]),
)

const accounts: Subgraph = {
  name: 'accounts',
  sdl: `${link}
    scalar Moment
    enum Role { ADMIN GUEST SECRET @inaccessible }
    interface Node { id: ID! }
    type Query {
      user(id: ID!): User
      users(ids: [ID!]!): [User]!
      strictUsers(ids: [ID!]!): [User!]
      me(fail: Failure): User
      node(id: ID!): Node
      echo(input: Echo, role: Role = GUEST, list: [[Int!]]): String
      boom: String!
    }
    input Echo { text: String!, nested: Echo, roles: [Role!] = [ADMIN] }
    enum Failure { SYNC ASYNC NULL UNCODED }
    type Mutation { rename(id: ID!, name: String!): User, fail(id: ID!): User! }
    type User implements Node @key(fields: "id") {
      id: ID!
      name: String @shareable
      strictName: String!
      role: Role
      tags: [String]
      born: Moment
      picture: Image @shareable
      hidden: String @inaccessible
      friends(first: Int = 2): [User!]
      brittle: String
    }
    type Image @shareable { url: String width: Int }
  `,
  resolvers: {
    Query: {
      user: (_, { id }) => users.get(id) ?? null,
      users: (_, { ids }) =>
        // The later an element stands in the list, the sooner it settles.
        ids.map((id: string, i: number) =>
          later(null, ids.length - i).then(() => {
            if (id.startsWith('bad')) throw coded(`no ${id}`, 'FORBIDDEN')
            return users.get(id)
          }),
        ),
      strictUsers: (_, { ids }) => later(ids.map((id: string) => users.get(id))),
      me: (_, { fail }) => {
        if (fail === 'SYNC') throw coded('not now', 'UNAUTHENTICATED')
        if (fail === 'ASYNC')
          return later(null).then(() => Promise.reject(coded('not now', 'UNAUTHENTICATED')))
        if (fail === 'UNCODED') throw new Error('at 10.0.0.1')
        return fail === 'NULL' ? null : later(users.get('u0'))
      },
      node: (_, { id }) => (id.startsWith('u') ? { __typename: 'User', ...users.get(id) } : null),
      echo: (_, args) => JSON.stringify(args),
      boom: () => {
        throw coded('boom', 'FORBIDDEN')
      },
    },
    Mutation: {
      rename: (_, { id, name }) => later({ ...users.get(id), name }),
      fail: () => {
        throw coded('refused', 'FORBIDDEN')
      },
    },
    User: {
      __resolveReference: (reference: Json, { calls }: FixtureContext) => {
        calls.set('accounts', (calls.get('accounts') ?? 0) + 1)
        const id = String(reference.id)
        if (id === 'u-gone') return null
        if (id === 'u-bad') return later(null).then(() => Promise.reject(coded('hidden', 'FORBIDDEN')))
        if (id === 'u-sync') throw coded('hidden', 'FORBIDDEN')
        return later(users.get(id) ?? null, 3 - (Number(id.slice(1)) % 3))
      },
      strictName: ({ name }) => (name === 'dan' ? null : later(name)),
      born: () => ({ year: 1990, parts: [1, 2] }),
      picture: ({ id }) => ({ url: `https://pictures/${id}`, width: 10 }),
      friends: ({ id }, { first }) => [...users.values()].filter((user) => user.id !== id).slice(0, first),
      brittle: ({ name }) => {
        if (name === 'bea') throw coded('brittle', 'FORBIDDEN')
        return later(`b-${name}`)
      },
    },
  },
}

const posts = Array.from({ length: 8 }, (_, i) => ({
  id: `p${i}`,
  text: `post ${i}`,
  authorId: ['u0', 'u1', 'u0', 'u-gone', 'u2', 'u0', 'u-bad', 'u3'][i] as string,
  media:
    i % 2 === 0 ? { __typename: 'Photo', id: `m${i}`, width: i } : { __typename: 'Clip', id: `m${i}`, ms: i },
}))

const content: Subgraph = {
  name: 'content',
  sdl: `${link}
    type Query { posts(first: Int): [Post!]! post(id: ID!): Post media(ids: [ID!]!): [Media] search: [Result] grid: [[Post]] version: String @shareable }
    type Mutation { publish(text: String!): Post }
    type Subscription { postAdded(by: ID, after: String): PostAdded commentCount: Int }
    type PostAdded { cursor: String! post: Post! }
    type Post @key(fields: "id") @key(fields: "slug { path }") {
      id: ID!
      slug: Slug!
      text: String
      author: User
      editors: [User!]
      coauthor: User @provides(fields: "name")
      media: Media
    }
    type Slug @shareable { path: String! }
    union Result = Post | User
    interface Media @key(fields: "id") { id: ID! owner: User }
    type Photo implements Media @key(fields: "id") { id: ID! owner: User width: Int }
    type Clip implements Media @key(fields: "id") { id: ID! owner: User ms: Int }
    type User @key(fields: "id") { id: ID! name: String @external picture: Image @shareable }
    type Image @shareable { url: String width: Int height: Int }
  `,
  resolvers: {
    Query: {
      posts: (_, { first }) => later(posts.slice(0, first ?? posts.length)),
      post: (_, { id }) =>
        id === 'p-sync' ? { id, authorId: 'u-sync' } : (posts.find((post) => post.id === id) ?? null),
      media: (_, { ids }) =>
        ids.map((id: string) => posts.find((post) => post.media.id === id)?.media ?? null),
      search: () =>
        [posts[0], { __typename: 'User', id: 'u1' }, null, posts[1]].map(
          (one) => one && { __typename: 'Post', ...one },
        ),
      grid: () => [posts.slice(0, 2), null, [null, posts[0]]],
      version: () => '1',
    },
    Mutation: { publish: (_, { text }) => later({ ...posts[0], text }) },
    Subscription: {
      postAdded: {
        subscribe: () => undefined,
        resolve: ({ cursor, event }: LiveRoot, { by }: { by?: string }, { banned }: FixtureContext) => {
          if (by && banned?.has(by)) throw coded('not for you', 'FORBIDDEN')
          return event && { cursor, ...event.payload }
        },
      },
      commentCount: { subscribe: () => undefined, resolve: ({ event }: Json) => event },
    },
    PostAdded: { post: ({ postId }: Json) => posts.find((post) => post.id === postId) },
    Post: {
      __resolveReference: (reference: Json) =>
        posts.find(
          (post) => post.id === reference.id || `/${post.id}` === (reference.slug as Json | undefined)?.path,
        ),
      slug: ({ id }) => ({ path: `/${id}` }),
      author: ({ authorId }) => ({ __typename: 'User', id: authorId }),
      editors: ({ authorId }) => [{ id: authorId }, { id: 'u1' }, { id: authorId }],
      coauthor: () => ({ id: 'u1', name: 'provided' }),
    },
    Media: {
      __resolveReference: ({ id }: Json) => posts.find((post) => post.media.id === id)?.media ?? null,
    },
    Photo: {
      __resolveReference: ({ id }: Json) => posts.find((post) => post.media.id === id)?.media ?? null,
      owner: ({ id }) => ({ id: id === 'm0' ? 'u0' : 'u1' }),
    },
    Clip: {
      __resolveReference: ({ id }: Json) => posts.find((post) => post.media.id === id)?.media ?? null,
      owner: () => null,
    },
    User: {
      __resolveReference: ({ id }: Json) => ({ id }),
      picture: ({ id }) => ({ url: `https://pictures/${id}`, width: 10, height: 20 }),
    },
  },
}

const social: Subgraph = {
  name: 'social',
  sdl: `${link}
    type Query { version: String @shareable top: [Post] }
    type Post @key(fields: "id") {
      id: ID!
      text: String @external
      author: User @external
      score: Int @requires(fields: "text author { id }")
      likers: [User]
      likeCount: Int!
    }
    type User @key(fields: "id") { id: ID! name: String @external shout: String @requires(fields: "name") isFollowed(by: ID): Boolean role2: Kind }
    enum Kind { A B }
    type Media @interfaceObject @key(fields: "id") { id: ID! likes: Int fans: [User] }
  `,
  resolvers: {
    Query: { version: () => '1', top: () => [{ id: 'p1' }, null, { id: 'p3' }, { id: 'p0' }] },
    Post: {
      __resolveReference: (reference: Json, { calls }: FixtureContext) => {
        calls.set('social', (calls.get('social') ?? 0) + 1)
        return reference
      },
      score: ({ text, author }) => (text?.length ?? 0) + (author?.id.length ?? 100),
      likers: ({ id }) => (id === 'p2' ? null : [{ id: 'u0' }, { id: 'u1' }, { id: 'u-gone' }]),
      likeCount: ({ id }) => (id === 'p5' ? null : 3),
    },
    User: {
      __resolveReference: (reference: Json) => later(reference),
      shout: ({ name }) => (name ? String(name).toUpperCase() : null),
      isFollowed: ({ id }, { by }) => id !== by,
      role2: () => 'A',
    },
    Media: {
      __resolveReference: (reference: Json) => reference,
      likes: ({ id }) => Number(String(id).slice(1)),
      fans: () => [{ id: 'u1' }, { id: 'u2' }],
    },
  },
}

export const subgraphs: readonly Subgraph[] = [accounts, content, social]

export const fixtureUrl = (name: string): string => `http://${name}.invalid/graphql`

/** Composes subgraphs; what does not compose is a fault of the test. */
export function compose(parts: readonly Subgraph[], url: (name: string) => string = fixtureUrl): string {
  const { supergraphSdl, errors } = composeServices(
    parts.map(({ name, sdl }) => ({ name, url: url(name), typeDefs: parse(sdl) })),
  )
  if (!supergraphSdl) throw new Error(errors?.map(({ message }) => message).join('\n'))
  return supergraphSdl
}

export function subgraphSchema({ sdl, resolvers }: Subgraph): GraphQLSchema {
  return buildSubgraphSchema([{ typeDefs: parse(sdl), resolvers }])
}

/** The subgraph in process, with the request as its context and its errors as they are. */
export function localSubgraph(part: Subgraph): LocalSubgraph<FixtureContext> {
  return {
    execute: createExecutor(subgraphSchema(part)),
    contextFor: (request) => request,
    format: (error) => error,
  }
}

/** All of some subgraphs in process, by their names. */
export function localSources(parts: readonly Subgraph[]): Map<string, DataSource<FixtureContext>> {
  return new Map(parts.map((part) => [part.name, localSource(localSubgraph(part))]))
}

export type RunOperation = (query: string, variables?: Json) => Promise<ExecutionResult>

/** Serves a subgraph over HTTP on a free port of the loopback. */
export async function serveSubgraph(
  part: Subgraph,
  contextFor: () => FixtureContext,
): Promise<{ url: string; requests: IncomingMessage[]; stop: () => Promise<unknown> }> {
  const { execute, format } = localSubgraph(part)
  const requests: IncomingMessage[] = []
  const server = createServer(async (request, response) => {
    requests.push(request)
    const body = JSON.parse(await text(request))
    const { variables, operationName } = body
    const document = parse(body.query)
    const rootValue = body.extensions?.live
    const result = await execute({ document, variables, operationName, rootValue, context: contextFor() })
    response
      .writeHead(200, { 'content-type': 'application/json' })
      .end(JSON.stringify(formatResult(result, format)))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    requests,
    stop: () => {
      server.closeAllConnections()
      return new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Apollo Gateway over the same subgraphs in process: what our executor is compared with. */
export async function stockGateway(
  parts: readonly Subgraph[],
  contextFor: () => object,
): Promise<{ run: RunOperation; stop: () => Promise<void> }> {
  const schemas = new Map(parts.map((part) => [part.name, subgraphSchema(part)]))
  const logger = { debug() {}, info() {}, warn() {}, error() {} }
  const gateway = new ApolloGateway({
    supergraphSdl: compose(parts),
    logger,
    buildService: ({ name }) => new LocalGraphQLDataSource(schemas.get(name) as GraphQLSchema),
  })
  const { executor } = await gateway.load()
  type Executor = Exclude<typeof executor, null>
  return {
    run: async (query, variables = {}) => {
      const requestContext = {
        document: parse(query),
        request: { query, variables },
        queryHash: query,
        context: contextFor(),
        logger,
        metrics: {},
      }
      const result = await (executor as Executor)(requestContext as unknown as Parameters<Executor>[0])
      return result as ExecutionResult
    },
    stop: () => gateway.stop(),
  }
}
