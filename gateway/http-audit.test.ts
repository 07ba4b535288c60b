// The audits of the GraphQL-over-HTTP specification, as npm `graphql-http` publishes them: all of them, not the MUSTs alone.
import { once } from 'node:events'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { serverAudits } from 'graphql-http'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { signedOut } from '#platform/viewer.ts'
import { createExecutor, type Executor } from './executor/executor.ts'
import { compose, type FixtureContext, localSources, subgraphs } from './executor/fixture.ts'
import { createGatewayServer } from './server.ts'

let executor: Executor<FixtureContext>
let server: Server

beforeAll(async () => {
  executor = createExecutor({
    supergraph: compose(subgraphs),
    sources: localSources(subgraphs),
  })
  const viewer = signedOut()
  server = createGatewayServer({
    executor,
    authentication: { authenticate: async () => ({ viewer, expiresAt: null }) },
    scope: () => ({ calls: new Map() }),
    unready: async () => [],
    log: pino({ level: 'silent' }),
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterAll(async () => {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
  await executor.close()
})

const url = () => `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`
const audits = serverAudits({ url })

test('all audits are here', () => {
  expect(audits.length).toBeGreaterThanOrEqual(60)
})

test.each(audits.map((audit) => [`${audit.id} ${audit.name}`, audit] as const))(
  '%s',
  async (_name, audit) => {
    const result = await audit.fn()
    expect(result.status === 'ok' ? 'ok' : result.reason).toBe('ok')
  },
)
