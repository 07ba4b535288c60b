// Documents that apps register, and the modes in which they may ask.
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { createManifest } from '#schema/manifest.ts'
import type { Person } from './person.ts'
import { type System, startSystem } from './system.ts'
import { authorizes, type RegisteredApp, registersApp } from './third-party.ts'

let system: System
let developer: Person
let app: RegisteredApp
let token: string

beforeAll(async () => {
  system = await startSystem()
  developer = await system.signsUp('developer')
  app = await registersApp(developer)
  token = (await authorizes(developer, app)).access_token
})
afterAll(() => system[Symbol.asyncDispose]())

const who = 'query Who { viewer { username } }'
const person = 'query Person($id: ID!) { user(id: $id) { displayName } }'
const hash = (text: string, algorithm = 'sha256') => createHash(algorithm).update(text).digest('hex')

interface Published {
  manifest: { version: string; documentCount: number; documents: object[] } | null
  documentErrors: { documentId: string; name: string | null; code: string; message: string }[]
  userErrors: { code: string; field: string[] }[]
}

async function publishes(
  version: string,
  manifest: unknown,
  by = developer,
  appId = app.id,
): Promise<Published> {
  const { data, errors } = await by.asks<{ publishDocuments: Published }, object>(
    `mutation ($input: PublishDocumentsInput!) { publishDocuments(input: $input) {
      manifest { version documentCount documents { documentId name cost nodeCount } }
      documentErrors { documentId name code message } userErrors { code field } } }`,
    {
      input: { appId, version, manifest: typeof manifest === 'string' ? manifest : JSON.stringify(manifest) },
    },
  )
  if (!data) throw new Error(JSON.stringify(errors))
  return data.publishDocuments
}

/** Posts a request as the app; answers data, or the codes of its errors. */
async function asks(body: object, by = token): Promise<unknown> {
  const response = await fetch(`${system.url}/graphql`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${by}` },
    body: JSON.stringify(body),
  })
  const answer = (await response.json()) as { data?: unknown; errors?: { extensions: { code: string } }[] }
  return answer.data ?? answer.errors?.map(({ extensions }) => extensions.code)
}

async function setsMode(documentMode: string): Promise<void> {
  const { data } = await developer.asks<{ updateApp: { app: object; userErrors: object[] } }, object>(
    'mutation ($input: UpdateAppInput!) { updateApp(input: $input) { app { documentMode } userErrors { code } } }',
    { input: { appId: app.id, documentMode } },
  )
  expect(data?.updateApp).toEqual({ app: { documentMode }, userErrors: [] })
}

/** A change of mode and a new version count a moment later. */
const eventually = (answer: () => Promise<unknown>) => expect.poll(answer, { timeout: 20_000 })

const me = { viewer: { username: 'developer' } }

test('a version is published in each of the three forms, and its documents are found by id and by hash', async () => {
  const relay = await publishes('relay', { [hash(who, 'md5')]: who })
  expect(relay).toEqual({
    manifest: {
      version: 'relay',
      documentCount: 1,
      documents: [{ documentId: hash(who, 'md5'), name: 'Who', cost: 1, nodeCount: expect.any(Number) }],
    },
    documentErrors: [],
    userErrors: [],
  })
  const preset = await publishes('client-preset', { [hash(person, 'sha1')]: person })
  expect(preset.manifest?.documentCount).toBe(1)
  const operations = [{ id: 'by-its-name', name: 'Who', type: 'query', body: `${who} ` }]
  const apollo = await publishes('apollo', {
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations,
  })
  expect(apollo.manifest?.documentCount).toBe(1)

  await setsMode('REQUIRE_ID')
  await eventually(() => asks({ documentId: hash(who, 'md5') })).toEqual(me)
  await eventually(() => asks({ documentId: 'by-its-name' })).toEqual(me)
  const variables = { id: developer.id }
  await expect
    .poll(() => asks({ documentId: hash(person, 'sha1'), variables }))
    .toEqual({
      user: { displayName: 'Developer' },
    })
  expect(await asks({ documentId: `sha256:${hash(who)}` })).toEqual(me)
  expect(await asks({ extensions: { persistedQuery: { version: 1, sha256Hash: hash(who) } } })).toEqual(me)
})

test('under require_id a query that is sent is refused before anybody reads it (T2)', async () => {
  await setsMode('REQUIRE_ID')
  await eventually(() => asks({ query: '{{{ this is no query' })).toEqual(['PERSISTED_QUERY_REQUIRED'])
  expect(await asks({ query: who })).toEqual(['PERSISTED_QUERY_REQUIRED'])
  expect(await asks({ query: who, documentId: `sha256:${hash(who)}` })).toEqual(['PERSISTED_QUERY_REQUIRED'])
  const extensions = { persistedQuery: { version: 1, sha256Hash: hash('{ __typename }') } }
  expect(await asks({ query: '{ __typename }', extensions })).toEqual(['PERSISTED_QUERY_REQUIRED'])
  expect(await asks({ extensions })).toEqual(['PERSISTED_QUERY_NOT_FOUND'])
  expect(await asks({ documentId: 'unheard-of' })).toEqual(['PERSISTED_QUERY_NOT_FOUND'])
})

test('under safelist what is registered may be sent, and nothing else; under log anything', async () => {
  await setsMode('SAFELIST')
  await eventually(() => asks({ query: who })).toEqual(me)
  expect(await asks({ query: '{ viewer { username } }' })).toEqual(['PERSISTED_QUERY_REQUIRED'])
  await setsMode('LOG')
  await eventually(() => asks({ query: '{ viewer { username } }' })).toEqual(me)
})

test('another app does not know them', async () => {
  const other = await registersApp(developer, { name: 'Another' })
  const theirs = (await authorizes(developer, other)).access_token
  expect(await asks({ documentId: 'by-its-name' }, theirs)).toEqual(['PERSISTED_QUERY_NOT_FOUND'])
})

test('with one document that is bad nothing is published, and each is said what is wrong with it', async () => {
  const published = await publishes('bad', {
    good: who,
    unparsed: 'query {',
    unknown: 'query Typo { veiwer { username } }',
    forbidden: 'query Inbox { conversations(first: 1) { nodes { id } } }',
    costly: `query Costly { user(username: "x") { followers(first: 100) { nodes { following(first: 100) { nodes { followers(first: 100) { nodes { id } } } } } } } }`,
    several: 'query A { __typename } query B { __typename }',
  })
  expect(published.manifest).toBeNull()
  expect(published.userErrors).toEqual([{ code: 'INVALID', field: ['input', 'manifest'] }])
  expect(
    Object.fromEntries(published.documentErrors.map(({ documentId, code }) => [documentId, code])),
  ).toEqual({
    unparsed: 'GRAPHQL_PARSE_FAILED',
    unknown: 'GRAPHQL_VALIDATION_FAILED',
    forbidden: 'FORBIDDEN',
    costly: 'QUERY_TOO_COMPLEX',
    several: 'BAD_REQUEST',
  })
  expect(JSON.stringify(published.documentErrors)).toContain('messages:read')
  expect(JSON.stringify(published.documentErrors)).not.toContain('Did you mean')
  expect(await asks({ documentId: 'good' })).toEqual(['PERSISTED_QUERY_NOT_FOUND'])
})

test.each([
  ['no JSON', 'nonsense'],
  ['a list', '[]'],
  ['nothing', '{}'],
  ['a number for a document', '{"a":1}'],
  ['a format that is not known', '{"format":"other","version":1,"operations":[]}'],
  [
    'an operation without body',
    '{"format":"apollo-persisted-query-manifest","version":1,"operations":[{"id":"a"}]}',
  ],
  ['too many', JSON.stringify(Object.fromEntries(Array.from({ length: 1_001 }, (_, i) => [String(i), who])))],
])('a manifest of %s is refused', async (_name, manifest) => {
  const { userErrors } = await publishes('1', manifest)
  expect(userErrors).toEqual([{ code: 'INVALID', field: ['input', 'manifest'] }])
})

test('only its developer publishes for an app, and sees what it does', async () => {
  const stranger = await system.signsUp('stranger')
  expect((await publishes('1', { a: who }, stranger)).userErrors).toEqual([
    { code: 'NOT_FOUND', field: ['input', 'appId'] },
  ])
  const seen = `{ node(id: "${app.id}") { ... on App { manifests(first: 5) { version } usage(days: 2) { requests refused unregistered points } } } }`
  expect((await stranger.asks(seen)).data).toEqual({ node: { manifests: null, usage: null } })
  const { data } = await developer.asks<
    { node: { manifests: object[]; usage: Record<string, number>[] } },
    never
  >(seen)
  expect(data?.node.manifests).toEqual([
    { version: 'apollo' },
    { version: 'client-preset' },
    { version: 'relay' },
  ])
  const [today] = data?.node.usage ?? []
  for (const figure of ['requests', 'refused', 'unregistered', 'points'])
    expect(today?.[figure]).toBeGreaterThan(0)
})

test('in production our own web client is held to the names of its documents (T2)', async () => {
  await using production = await startSystem({ env: { NODE_ENV: 'production' } })
  const posts = async (body: object) => {
    const response = await fetch(`${production.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body, extensions: { client: 'web' } }),
    })
    const { data, errors } = (await response.json()) as {
      data?: { serverInfo: { version: string } }
      errors?: { extensions: { code: string } }[]
    }
    return data?.serverInfo.version ?? errors?.[0]?.extensions.code
  }
  const [entry] = createManifest().operations.filter(({ name }) => name === 'ServerInfo')
  expect(await posts({ query: entry?.body })).toBe('PERSISTED_QUERY_REQUIRED')
  expect(await posts({ query: '{{{' })).toBe('PERSISTED_QUERY_REQUIRED')
  expect(await posts({ documentId: `sha256:${hash('{ __typename }')}` })).toBe('PERSISTED_QUERY_NOT_FOUND')
  expect(await posts({ documentId: `sha256:${entry?.id}` })).toMatch(/^\d/)
})

test('what a page of an earlier release asks is still known, and is none of other apps’ business', async () => {
  const earlier = 'query Earlier { serverInfo { version } }'
  const row = {
    documentId: hash(earlier),
    hash: hash(earlier),
    name: 'Earlier',
    text: earlier,
    cost: 1,
    nodeCount: 0,
  }
  await system.platform
    .db('user')
    .collection<{ _id: string }>('documentManifests')
    .insertOne({
      _id: 'web:earlier',
      appId: 'web',
      version: 'earlier',
      publishedAt: new Date(0),
      documents: [row],
    } as never)
  const name = { documentId: `sha256:${hash(earlier)}` }
  const ask = async (body: object) =>
    (await fetch(`${system.url}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    }).then((response) => response.json())) as { data?: object }
  expect((await ask({ ...name, extensions: { client: 'web' } })).data).toEqual({
    serverInfo: { version: expect.any(String) },
  })
  expect((await ask(name)).data).toBeUndefined()
})
