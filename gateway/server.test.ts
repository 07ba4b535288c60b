import { once } from 'node:events'
import type { Server } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signedOut } from '#platform/viewer.ts'
import { AppError } from '#schema/errors.ts'
import { createExecutor, type Executor } from './executor/executor.ts'
import { compose, type FixtureContext, localSources, subgraphs } from './executor/fixture.ts'
import { createGatewayServer } from './server.ts'

const viewer = signedOut()

let executor: Executor<FixtureContext>
let server: Server
let url: string
const missing: string[] = []

beforeAll(async () => {
  executor = createExecutor({
    supergraph: compose(subgraphs),
    sources: localSources(subgraphs),
  })
  server = createGatewayServer({
    executor,
    authentication: {
      authenticate: async (authorization) => {
        if (authorization) throw new AppError('UNAUTHENTICATED', 'no')
        return { viewer, expiresAt: null }
      },
    },
    scope: () => ({ calls: new Map() }),
    unready: async () => missing,
    log: pino({ level: 'silent' }),
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})

afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await executor.close()
})

const newType = 'application/graphql-response+json'
const json = { 'content-type': 'application/json' }
const post = (body: unknown, headers: Record<string, string> = {}) =>
  fetch(`${url}/graphql`, {
    method: 'POST',
    headers: { ...json, ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })

async function outcome(response: Response): Promise<unknown> {
  const type = response.headers.get('content-type')
  expect(type).toMatch(/^application\/(graphql-response\+)?json; charset=utf-8$/)
  const { data, errors } = (await response.json()) as {
    data?: unknown
    errors?: { extensions: { code: string } }[]
  }
  return [response.status, errors ? errors[0]?.extensions.code : data]
}

test('answers a query over POST and GET, in the type that is asked for', async () => {
  const answer = [200, { version: '1' }]
  expect(await outcome(await post({ query: '{ version }' }))).toEqual(answer)
  expect(
    await outcome(
      await post({ query: '{ version }' }, { 'content-type': 'application/json; charset=UTF-8' }),
    ),
  ).toEqual(answer)
  const get = `${url}/graphql?query=${encodeURIComponent('query($a: Boolean!) { version @include(if: $a) }')}&variables={"a":true}`
  expect(await outcome(await fetch(get))).toEqual(answer)
  for (const [accept, type] of [
    [undefined, 'application/json'],
    ['*/*', 'application/json'],
    ['application/json', 'application/json'],
    [newType, newType],
    [`application/json;q=0.5, ${newType}`, newType],
    [`application/json, ${newType};q=0.9`, 'application/json'],
    [`text/html, ${newType}, application/json`, newType],
  ] as const) {
    const response = await post({ query: '{ version }' }, accept ? { accept } : {})
    expect(response.headers.get('content-type')).toBe(`${type}; charset=utf-8`)
  }
})

// What the GraphQL-over-HTTP specification asks for: [what, body, status for application/json, status for the new type, code].
const refusals: [string, unknown, number, number, string][] = [
  ['no JSON', '{"query', 400, 400, 'BAD_REQUEST'],
  ['a list', [{ query: '{ version }' }], 400, 400, 'BAD_REQUEST'],
  ['no query', { notquery: 1 }, 400, 400, 'BAD_REQUEST'],
  ['a query that is no string', { query: { a: 1 } }, 400, 400, 'BAD_REQUEST'],
  [
    'an operation name that is no string',
    { query: '{ version }', operationName: 7 },
    400,
    400,
    'BAD_REQUEST',
  ],
  ['variables that are no object', { query: '{ version }', variables: [1] }, 400, 400, 'BAD_REQUEST'],
  ['extensions that are no object', { query: '{ version }', extensions: 'x' }, 400, 400, 'BAD_REQUEST'],
  ['an unknown operation', { query: 'query A { version }', operationName: 'B' }, 400, 400, 'BAD_REQUEST'],
  ['a parse error', { query: '{' }, 200, 400, 'GRAPHQL_PARSE_FAILED'],
  ['a validation error', { query: '{ nothing }' }, 200, 400, 'GRAPHQL_VALIDATION_FAILED'],
  [
    'a wrong variable',
    { query: 'query($r: Role) { echo(role: $r) }', variables: { r: 'X' } },
    200,
    400,
    'BAD_USER_INPUT',
  ],
  ['a subscription', { query: 'subscription { commentCount }' }, 400, 400, 'BAD_REQUEST'],
  ['too many tokens', { query: `{ ${'version '.repeat(8_000)} }` }, 200, 400, 'QUERY_TOO_COMPLEX'],
  [
    'too deep',
    { query: `{ users(ids: []) { ${'friends { '.repeat(30)}id${' }'.repeat(30)} } }` },
    200,
    400,
    'QUERY_TOO_COMPLEX',
  ],
  [
    'too many aliases',
    { query: `{ ${Array.from({ length: 100 }, (_, i) => `a${i}: version`).join(' ')} }` },
    200,
    400,
    'QUERY_TOO_COMPLEX',
  ],
]

test.each(refusals)('refuses with a code: %s', async (_what, body, legacy, modern, code) => {
  expect(await outcome(await post(body))).toEqual([legacy, code])
  expect(await outcome(await post(body, { accept: newType }))).toEqual([modern, code])
})

test('executes what fails in part with 200 in both types', async () => {
  for (const accept of ['application/json', newType]) {
    const response = await post({ query: '{ me(fail: SYNC) { id } version }' }, { accept })
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      data: { me: null, version: '1' },
      errors: [{ path: ['me'] }],
    })
  }
})

test('refuses forms, other encodings, GET mutations and other methods', async () => {
  for (const type of [
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'application/json; charset=latin1',
  ]) {
    expect(await outcome(await post('{"query":"{ version }"}', { 'content-type': type }))).toEqual([
      415,
      'BAD_REQUEST',
    ])
  }
  expect(await outcome(await post('x', { 'content-encoding': 'gzip' }))).toEqual([415, 'BAD_REQUEST'])
  const mutation = `${url}/graphql?query=${encodeURIComponent('mutation { publish(text: "x") { id } }')}`
  const refused = await fetch(mutation)
  expect(refused.headers.get('allow')).toBe('POST')
  expect(await outcome(refused)).toEqual([405, 'BAD_REQUEST'])
  expect(await outcome(await fetch(`${url}/graphql`, { method: 'PUT', body: 'x' }))).toEqual([
    405,
    'BAD_REQUEST',
  ])
  expect(await outcome(await post({ query: '{ version }' }, { accept: 'text/html' }))).toEqual([
    406,
    'BAD_REQUEST',
  ])
  expect(await outcome(await fetch(`${url}/graphql?query={version}&variables={`))).toEqual([
    400,
    'BAD_REQUEST',
  ])
  expect(await outcome(await fetch(`${url}/graphql`))).toEqual([400, 'BAD_REQUEST'])
})

test('refuses a token that is no good with 401', async () => {
  expect(await outcome(await post({ query: '{ version }' }, { authorization: 'Bearer x' }))).toEqual([
    401,
    'UNAUTHENTICATED',
  ])
})

test('refuses bytes that are no UTF-8, and bodies that are too large', async () => {
  const body = Buffer.concat([
    Buffer.from('{"query":"{ version }","x":"'),
    Buffer.from([0xff, 0xfe]),
    Buffer.from('"}'),
  ])
  expect(await outcome(await fetch(`${url}/graphql`, { method: 'POST', headers: json, body }))).toEqual([
    400,
    'BAD_REQUEST',
  ])
  expect(await outcome(await post(`{"query":"${'x'.repeat(1024 * 1024)}"}`))).toEqual([413, 'BAD_REQUEST'])
  expect(await outcome(await post('{"query":"{ version }\\u0000"}'))).toEqual([200, 'GRAPHQL_PARSE_FAILED'])
})

test('survives a client that leaves in the middle of its body', async () => {
  const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
  socket.write(
    'POST /graphql HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"query',
  )
  await once(socket, 'connect')
  socket.destroy()
  await once(socket, 'close')
  expect(await outcome(await post({ query: '{ version }' }))).toEqual([200, { version: '1' }])
})

test('messages tell nothing of the schema beyond what was asked', async () => {
  const response = await post({ query: '{ versio usr(id: 1) { nam } }' })
  expect(await response.text()).not.toContain('Did you mean')
})

test('says whether it lives and whether it is ready', async () => {
  expect((await fetch(`${url}/healthz`)).status).toBe(200)
  expect((await fetch(`${url}/readyz`)).status).toBe(200)
  missing.push('MongoDB')
  const unready = await fetch(`${url}/readyz`)
  expect([unready.status, await unready.json()]).toEqual([503, { status: 'unready', missing: ['MongoDB'] }])
  missing.pop()
  expect((await fetch(`${url}/nothing.txt`)).status).toBe(404)
})

test('any origin may ask, without cookies', async () => {
  const preflight = await fetch(`${url}/graphql`, { method: 'OPTIONS' })
  expect(preflight.status).toBe(204)
  expect(preflight.headers.get('access-control-allow-headers')).toContain('authorization')
  expect(preflight.headers.get('access-control-allow-credentials')).toBeNull()
})
