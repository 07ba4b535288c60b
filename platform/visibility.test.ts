// The policy's loads: what a client makes up costs nothing that stays.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { newId } from '#schema/ids.ts'
import { testPlatform } from '../tests/platform.ts'
import type { Platform } from './service.ts'
import { createVisibility } from './visibility.ts'

let platform: Platform
let stack: AsyncDisposableStack

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
})
afterAll(() => stack.disposeAsync())

test('what is no id is absent, and leaves nothing in the cache', async () => {
  const visibility = createVisibility(platform.facts, newId('user'))
  for (const id of ['', '*', '>', 'a:b', '../x', newId('comment'), 'x'.repeat(100_000)]) {
    expect(await visibility.account(id)).toBeNull()
    expect(await visibility.content(id)).toBe(false)
    expect(await visibility.post(id)).toBeNull()
    expect(await visibility.relation(id)).toMatchObject({ follow: 'NONE', blocks: false })
  }
  expect(await platform.cache.keys(`${platform.config.namespace}:*`)).toEqual([])
})
