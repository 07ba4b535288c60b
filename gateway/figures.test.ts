import { afterAll, beforeAll, expect, test } from 'vitest'
import { createFigures } from '#platform/figures.ts'
import { createMetrics } from '#platform/metrics.ts'
import type { Platform } from '#platform/service.ts'
import { testPlatform } from '../tests/platform.ts'
import { showFigures } from './figures.ts'

let platform: Platform
let stack: AsyncDisposableStack

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
})
afterAll(() => stack.disposeAsync())

test('what another process measured is shown, the last that it told; without Redis, the rest is', async () => {
  const figures = createFigures(platform.cache, platform.config.namespace)
  const metrics = createMetrics()
  metrics.gauge('heliograph_connections', 'Open.', () => 3)
  const text = showFigures(metrics, figures)
  expect(await text()).not.toMatch(/^heliograph_review_backlog/m)
  await figures.tell({
    ...{ heliograph_review_backlog: 7, heliograph_review_overturn_rate: 0.25 },
    heliograph_review_latency_seconds: 90,
  })
  await figures.tell({ heliograph_review_backlog: 5 })
  const lines = (await text()).split('\n')
  expect(lines).toContain('heliograph_review_backlog 5')
  expect(lines).toContain('heliograph_review_overturn_rate 0.25')
  expect(lines).toContain('heliograph_review_latency_seconds 90')
  expect(lines).toContain('heliograph_connections 3')
  const away = showFigures(metrics, { read: () => Promise.reject(new Error('away')) })
  expect(await away()).toMatch(/^heliograph_connections 3$/m)
})
