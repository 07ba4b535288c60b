// Events on their way: from a transaction through the outbox and JetStream to a consumer.
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ConsumerName, events } from '#schema/events.ts'
import { testPlatform } from '../tests/platform.ts'
import { type ConsumerHandlers, claimEvents, each, prepareConsumers, startConsumers } from './bus.ts'
import type { LiveEvent } from './live.ts'
import { prepareOutbox, startRelay } from './outbox.ts'
import type { Platform } from './service.ts'

let platform: Platform
let stack: AsyncDisposableStack

beforeAll(async () => {
  ;({ platform, stack } = await testPlatform())
  await prepareOutbox(platform.db('engagement'))
  await prepareConsumers(platform.db('engagement'))
})
afterAll(() => stack.disposeAsync())

/** A promise for the moment when `count` calls were made, with their arguments. */
function calls<T>(count: number): { record: (value: T) => void; reached: Promise<T[]> } {
  const { promise, resolve } = Promise.withResolvers<T[]>()
  const seen: T[] = []
  return {
    record(value) {
      seen.push(value)
      if (seen.length === count) resolve(seen)
    },
    reached: promise,
  }
}

const ignore = async () => {}
const ignoring = (consumer: ConsumerName) => {
  const heard = Object.entries(events).filter(([, row]) =>
    (row.consumers as readonly string[]).includes(consumer),
  )
  return Object.fromEntries(heard.map(([name]) => [name, ignore]))
}
const engagement = (likes: ConsumerHandlers<'engagement'>['engagement.counters']['post.liked']) =>
  ({
    'engagement.counters': { ...ignoring('engagement.counters'), 'post.liked': likes },
    'engagement.notifications': ignoring('engagement.notifications'),
  }) as unknown as ConsumerHandlers<'engagement'>

test('an event is published if and only if its transaction commits', async () => {
  const transact = platform.transact('engagement')
  const outbox = platform.db('engagement').collection('outbox')
  await expect(
    transact(async (tx) => {
      tx.emit('post.liked', { postId: 'post_rolled_back', userId: 'user_1' })
      throw new Error('no')
    }),
  ).rejects.toThrow('no')
  await transact(async (tx) => tx.emit('post.liked', { postId: 'post_committed', userId: 'user_1' }))
  expect(await outbox.distinct('payload.postId')).toEqual(['post_committed'])
})

test('events reach a consumer and a live listener; a failing one is tried again and then set aside, others flow (X6)', async () => {
  const db = platform.db('engagement')
  const transact = platform.transact('engagement')
  const relay = startRelay(db, platform.jetstream, platform.config.namespace, platform.log)
  platform.onCommit('engagement', relay.wake)
  const good = calls<string>(3)
  const heard = calls<LiveEvent>(2)
  const consumers = await startConsumers<'engagement'>(
    { jetstream: platform.jetstream, db, namespace: platform.config.namespace, log: platform.log },
    engagement(
      each(async (event) => {
        if (event.payload.postId === 'post_poison') throw new Error('poison')
        good.record(event.payload.postId)
      }),
    ),
  )
  const live = await platform.live.attach(['events.engagement.post.liked.post_live'], heard.record)

  await transact(async (tx) => tx.emit('post.liked', { postId: 'post_poison', userId: 'user_1' }))
  await transact(async (tx) => tx.emit('post.liked', { postId: 'post_live', userId: 'user_1' }))
  await transact(async (tx) => tx.emit('post.liked', { postId: 'post_live', userId: 'user_2' }))
  expect(await good.reached).toEqual(['post_committed', 'post_live', 'post_live'])

  const events = await heard.reached
  const [first, second] = events
  expect(second?.sequence).toBeGreaterThan(first?.sequence ?? 0)
  const replayed = await platform.live.replay(
    ['events.engagement.post.liked.post_live'],
    first?.sequence ?? 0,
  )
  expect(replayed?.map((event) => event.event.id)).toEqual([second?.event.id])
  expect(await platform.live.replay(['events.engagement.post.liked.post_live'], 1_000_000)).toBeNull()
  const again = (id?: string) =>
    platform.live.replay(['events.engagement.post.liked.post_live'], first?.sequence ?? 0, id)
  expect(await again(first?.event.id)).toHaveLength(1)
  // Whoever has gone while all lanes were taken is not replayed.
  let isThere = true
  const others = Array.from({ length: 16 }, () => again())
  const gone = platform.live.replay(
    ['events.engagement.post.liked.post_live'],
    first?.sequence ?? 0,
    undefined,
    () => isThere,
  )
  isThere = false
  expect(await gone).toEqual([])
  for (const replay of await Promise.all(others)) expect(replay).toHaveLength(1)
  // Another event stands where the listener's last one stood, so the stream was lost and counts anew: the outbox is read, from
  // a moment before that event on.
  const ids = (replay: LiveEvent[] | null) => replay?.map(({ sequence, event }) => [sequence, event.id])
  expect(ids(await again(second?.event.id))).toEqual([[0, first?.event.id]])
  expect(await again('event_unknown')).toBeNull()
  const held = await platform.streams.consumers.list(`${platform.config.namespace}_events_engagement`).next()
  expect(held.filter((consumer) => consumer.config.ack_policy === 'none')).toEqual([])

  const deadLetters = db.collection('deadLetters')
  await expect.poll(() => deadLetters.countDocuments(), { timeout: 30_000 }).toBe(1)
  expect(await deadLetters.findOne()).toMatchObject({ consumer: 'engagement.counters', reason: 'poison' })

  live.detach()
  await consumers.stop()
  await relay.stop()
})

test('bytes that are no event hold up no consumer (X6)', async () => {
  const db = platform.db('engagement')
  const { jetstream, log, config } = platform
  const deps = { jetstream, db, namespace: config.namespace, log: log.child({}, { level: 'silent' }) }
  await jetstream.publish(`${config.namespace}.events.engagement.post.liked.post_broken`, 'no event')
  const good = calls<string>(1)
  const record = each<'post.liked'>(async (event) => good.record(event.payload.postId))
  const consumers = await startConsumers<'engagement'>(deps, engagement(record))
  const event = {
    id: 'event_2',
    name: 'post.liked',
    at: new Date(),
    payload: { postId: 'post_2', userId: 'u' },
  }
  await jetstream.publish(`${config.namespace}.events.engagement.post.liked.post_2`, JSON.stringify(event))
  expect(await good.reached).toEqual(['post_2'])
  await consumers.stop()
})

test('an event that meets an outage is not given up (X3)', async () => {
  const db = platform.db('engagement')
  const { jetstream, log, config } = platform
  const deps = { jetstream, db, namespace: config.namespace, log: log.child({}, { level: 'silent' }) }
  const tries = calls<string>(6)
  const before = await db.collection('deadLetters').countDocuments()
  const consumers = await startConsumers<'engagement'>(
    deps,
    engagement(
      each(async () => {
        tries.record('again')
        throw Object.assign(new Error('Redis is away'), { name: 'MaxRetriesPerRequestError' })
      }),
    ),
  )
  const event = {
    id: 'event_3',
    name: 'post.liked',
    at: new Date(),
    payload: { postId: 'post_3', userId: 'u' },
  }
  await jetstream.publish(`${config.namespace}.events.engagement.post.liked.post_3`, JSON.stringify(event))
  await tries.reached
  await consumers.stop()
  expect(await db.collection('deadLetters').countDocuments()).toBe(before)
})

test('a claimed event is new once, also when two claim it at the same moment', async () => {
  const db = platform.db('engagement')
  const transact = platform.transact('engagement')
  const event = {
    id: 'event_1',
    name: 'post.liked',
    at: new Date(),
    payload: { postId: 'post_1', userId: 'user_1' },
  } as const
  const claims = await Promise.all(
    Array.from({ length: 10 }, () =>
      transact((tx) => claimEvents(tx, db, 'engagement.counters', [event, event])).catch(() => []),
    ),
  )
  const again = await transact((tx) => claimEvents(tx, db, 'engagement.counters', [event]))
  expect(claims.flat()).toHaveLength(1)
  expect(again).toEqual([])
})
