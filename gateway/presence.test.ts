import { afterAll, beforeAll, expect, test } from 'vitest'
import { createPresence, type Presence } from '#platform/presence.ts'
import type { Platform } from '#platform/service.ts'
import { newId } from '#schema/ids.ts'
import { testPlatform } from '../tests/platform.ts'
import { createConnections } from './connections.ts'
import { withPresence } from './presence.ts'

let platform: Platform
let stack: AsyncDisposableStack
let presence: Presence

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
  presence = createPresence(platform.cache, platform.config.namespace)
})
afterAll(() => stack.disposeAsync())

const isOnline = async (userId: string) => (await presence.get([userId])).get(userId)?.isOnline

test('somebody is there from his first connection to his last, at any gateway', async () => {
  const told: string[] = []
  const live = { tell: (_name: string, { userId }: { userId: string }) => void told.push(userId) } as never
  const gateways = [1, 2].map(() => withPresence(createConnections(null), presence, live))
  const viewer = { userId: newId('user'), appId: null, ip: '' }
  const enter = (i: number) => gateways[i]?.connections.enter(viewer) ?? (() => {})
  const [one, two, elsewhere] = [enter(0), enter(0), enter(1)]
  await expect.poll(() => told.length).toBe(2)
  expect(await isOnline(viewer.userId)).toBe(true)
  one()
  one()
  elsewhere()
  await expect.poll(() => told.length).toBe(3)
  expect(await isOnline(viewer.userId)).toBe(true)
  two()
  await expect.poll(() => told.length).toBe(4)
  expect(await isOnline(viewer.userId)).toBe(false)
  for (const gateway of gateways) await gateway.stop()
})

test('signed-out connections are nobody’s, and a gateway that stops takes its people along', async () => {
  const live = { tell: () => {} } as never
  const gateway = withPresence(createConnections(null), presence, live)
  const userId = newId('user')
  gateway.connections.enter({ userId: null, appId: null, ip: '127.0.0.1' })
  gateway.connections.enter({ userId, appId: null, ip: '' })
  expect(gateway.connections.open).toBe(2)
  await expect.poll(() => isOnline(userId)).toBe(true)
  await gateway.stop()
  expect(await isOnline(userId)).toBe(false)
})

test('an app that holds a socket open for somebody does not make him appear to be there', async () => {
  const told: string[] = []
  const live = { tell: (_name: string, { userId }: { userId: string }) => void told.push(userId) } as never
  const gateway = withPresence(createConnections(null), presence, live)
  const userId = newId('user')
  const leaveApp = gateway.connections.enter({ userId, appId: 'app_1', ip: '' })
  const leave = gateway.connections.enter({ userId, appId: null, ip: '' })
  await expect.poll(() => told.length).toBe(1)
  expect(await isOnline(userId)).toBe(true)
  leave?.()
  await expect.poll(() => told.length).toBe(2)
  expect(await isOnline(userId)).toBe(false)
  leaveApp?.()
  await gateway.stop()
  expect(told).toEqual([userId, userId])
})
