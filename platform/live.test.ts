import { randomUUID } from 'node:crypto'
import { Events } from 'nats'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { testEnvironment, testPlatform } from '../tests/platform.ts'
import { readConfig } from './config.ts'
import type { LiveEvent } from './live.ts'
import { eventStream } from './nats.ts'
import { type Platform, startPlatform } from './service.ts'

let platform: Platform
/** Somebody else's connection, for what happens while the platform's own is lost. */
let other: Platform
let stack: AsyncDisposableStack

beforeAll(async () => {
  const env = testEnvironment()
  ;({ platform, stack } = await testPlatform({}, env))
  other = await startPlatform(readConfig(env), 'other', stack)
})
afterAll(() => stack.disposeAsync())

const topicOf = (postId: string) => `events.engagement.post.liked.${postId}`

async function publish(postId: string, userId: string): Promise<void> {
  const event = { id: randomUUID(), name: 'post.liked', at: new Date(), payload: { postId, userId } }
  await other.jetstream.publish(`${platform.config.namespace}.${topicOf(postId)}`, JSON.stringify(event))
}

async function listen(...topics: string[]) {
  const heard: LiveEvent[] = []
  let gaps = 0
  const { detach } = await platform.live.attach(
    topics,
    (live) => heard.push(live),
    () => {
      gaps += 1
    },
  )
  return {
    heard,
    gaps: () => gaps,
    users: () => heard.map(({ event }) => (event.payload as { userId: string }).userId),
    detach,
  }
}

/** Loses the connection, and does something before it is back. */
async function whileLost(work: () => Promise<void>): Promise<void> {
  const { promise: lost, resolve } = Promise.withResolvers<void>()
  const watch = (async () => {
    for await (const { type } of platform.nats.status()) {
      if (type === Events.Disconnect) resolve()
      if (type === Events.Reconnect) return
    }
  })()
  await platform.nats.reconnect()
  await lost
  await work()
  await watch
}

test('all who listen to a topic hear the same object, and the last one to leave turns it off', async () => {
  const one = await listen(topicOf('a'))
  const two = await listen(topicOf('a'), topicOf('b'))
  await publish('a', 'u1')
  await publish('b', 'u2')
  await expect.poll(two.users).toEqual(['u1', 'u2'])
  expect(one.heard[0]).toBe(two.heard[0])
  one.detach()
  await publish('a', 'u3')
  await expect.poll(two.users).toEqual(['u1', 'u2', 'u3'])
  expect(one.users()).toEqual(['u1'])
  two.detach()
})

test('what happens while the connection is lost is heard when it is back, in order and once', async () => {
  await publish('a', 'before')
  const listening = await listen(topicOf('a'))
  const all = await listen('events.engagement.post.liked.*')
  await publish('a', 'u1')
  await expect.poll(listening.users).toEqual(['u1'])
  await whileLost(async () => {
    for (const userId of ['u2', 'u3']) await publish('a', userId)
    await publish('other', 'u4')
  })
  await publish('a', 'u5')
  await expect.poll(listening.users).toEqual(['u1', 'u2', 'u3', 'u5'])
  await expect.poll(all.users).toEqual(['u1', 'u2', 'u3', 'u4', 'u5'])
  expect([listening.gaps(), all.gaps()]).toEqual([0, 0])
  const sequences = all.heard.map(({ sequence }) => sequence)
  expect(sequences).toEqual(sequences.toSorted((a, b) => a - b))
  listening.detach()
  all.detach()
})

test('says so when what was missed cannot be had any more', async () => {
  const listening = await listen(topicOf('a'))
  await whileLost(async () => {
    for (const userId of ['u1', 'u2']) await publish('a', userId)
    await other.streams.streams.purge(eventStream(platform.config.namespace, 'engagement'))
    await publish('a', 'u3')
  })
  await expect.poll(listening.gaps).toBe(1)
  await publish('a', 'u4')
  await expect.poll(() => listening.users().at(-1)).toBe('u4')
  listening.detach()
})
