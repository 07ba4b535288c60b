// What a gateway shows of itself in production, and what turns it on there.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { buildWeb } from '../deploy/local/web.mjs'
import { send } from './person.ts'
import { testEnvironment, testPlatform } from './platform.ts'
import { startProcess } from './system.ts'

const env = testEnvironment()
let stack: AsyncDisposableStack

beforeAll(async () => {
  // GraphiQL is a page of it.
  await buildWeb(() => {})
  ;({ stack } = await testPlatform({}, env))
}, 240_000)
afterAll(() => stack?.disposeAsync())

test.each([
  ['in development there are both', {}, true, true],
  ['in production there is neither', { NODE_ENV: 'production' }, false, false],
  ['in production there may be introspection', { NODE_ENV: 'production', INTROSPECTION: 'on' }, true, false],
  ['in production there may be GraphiQL', { NODE_ENV: 'production', GRAPHIQL: 'on' }, false, true],
])('of introspection and GraphiQL, %s', async (_what, switches, introspection, graphiql) => {
  const gateway = await startProcess('gateway/all-in-one.ts', { ...env, ...switches })
  try {
    const url = `http://127.0.0.1:${gateway.port}`
    const { data, errors } = await send<{ __schema: object }, object>(url, '{ __schema { __typename } }')
    expect(data).toEqual(introspection ? { __schema: { __typename: '__Schema' } } : null)
    const codes = errors.map(({ extensions }) => extensions?.code)
    expect(codes).toEqual(introspection ? [] : ['GRAPHQL_VALIDATION_FAILED'])
    for (const path of ['/graphiql', '/graphiql/', '/graphiql.html'])
      expect((await fetch(`${url}${path}`)).status, path).toBe(graphiql ? 200 : 404)
    expect(await send(url, '{ serverInfo { version } }')).toMatchObject({ errors: [] })
  } finally {
    await gateway.stop()
  }
})
