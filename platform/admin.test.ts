import { afterAll, beforeAll, expect, test } from 'vitest'
import { testPlatform } from '../tests/platform.ts'
import { buildRoad } from '../tests/road.ts'
import { missingServers, missingToWorkers, serveAdmin } from './admin.ts'
import { createMetrics } from './metrics.ts'
import { connectNats } from './nats.ts'

const stack = new AsyncDisposableStack()
const metrics = createMetrics()
const missing: string[] = []
let url: string
beforeAll(async () => {
  const options = { host: '127.0.0.1', port: 0, metrics: metrics.text, unready: async () => missing }
  url = await serveAdmin(options, stack)
})
afterAll(() => stack.disposeAsync())

const get = async (path: string) => {
  const response = await fetch(`${url}${path}`)
  return [response.status, await response.text()] as const
}

test('counts by labels, reads gauges when asked, in the text format of Prometheus', async () => {
  let open = 1
  metrics.gauge('heliograph_connections', 'Open.', () => open)
  metrics.gauge('heliograph_subgraph_away', 'Away.', () => [[{ subgraph: 'user' }, 1]])
  metrics.count('heliograph_refused_total', { code: 'RATE_LIMITED' })
  metrics.count('heliograph_refused_total', { code: 'RATE_LIMITED' })
  metrics.count('heliograph_cost_points_total', {}, 7)
  const [status, text] = await get('/metrics')
  expect(status).toBe(200)
  for (const line of [
    '# TYPE heliograph_refused_total counter',
    'heliograph_refused_total{code="RATE_LIMITED"} 2',
    'heliograph_cost_points_total 7',
    '# TYPE heliograph_connections gauge',
    'heliograph_connections 1',
    'heliograph_subgraph_away{subgraph="user"} 1',
  ])
    expect(text.split('\n')).toContain(line)
  open = 0
  expect((await get('/metrics'))[1]).toContain('heliograph_connections 0')
})

test('says whether it is ready, and knows nothing else', async () => {
  expect(await get('/readyz')).toEqual([200, '{"status":"ok","missing":[]}'])
  missing.push('NATS')
  expect(await get('/readyz')).toEqual([503, '{"status":"unready","missing":["NATS"]}'])
  expect((await get('/healthz'))[0]).toBe(200)
  expect((await get('/graphql'))[0]).toBe(404)
})

test('workers are not ready while NATS is away, and are again afterwards; who answers requests is (X2)', async () => {
  const { platform, stack: servers } = await testPlatform()
  await using own = servers
  const road = await buildRoad(platform.config.natsUrl)
  const nats = await connectNats(road.url, 'worker')
  own.defer(() => nats.close())
  own.defer(() => road.close())
  const worker = { mongo: platform.mongo, nats }
  expect(await missingToWorkers(worker)).toEqual([])
  road.cut()
  await expect.poll(() => missingToWorkers(worker), { timeout: 20_000 }).toEqual(['NATS'])
  expect(await missingServers(worker)).toEqual([])
  road.mend()
  await expect.poll(() => missingToWorkers(worker), { timeout: 20_000 }).toEqual([])
})
