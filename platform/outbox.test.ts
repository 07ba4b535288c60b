// Events on their way: from a transaction through the outbox and JetStream to a consumer.
import { S3ServiceException } from '@aws-sdk/client-s3'
import { MongoServerError } from 'mongodb'
import { AckPolicy, NatsError, nanos } from 'nats'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { ignoring } from '../tests/consumers.ts'
import { testPlatform } from '../tests/platform.ts'
import {
  type ConsumerHandlers,
  claimEvents,
  durableName,
  each,
  prepareConsumers,
  startConsumers,
} from './bus.ts'
import type { LiveEvent } from './live.ts'
import { eventStream } from './nats.ts'
import { isOutage, Outage, outageMs } from './outage.ts'
import { prepareOutbox, startRelay } from './outbox.ts'
import { connectCache } from './redis.ts'
import { SearchOutage } from './search/engine.ts'
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
  const relay = startRelay(platform, 'engagement')
  platform.onCommit('engagement', relay.wake)
  const good = calls<string>(3)
  const heard = calls<LiveEvent>(2)
  const consumers = await startConsumers<'engagement'>(
    {
      jetstream: platform.jetstream,
      db,
      namespace: platform.config.namespace,
      log: platform.log.child({}, { level: 'silent' }),
      metrics: platform.metrics,
    },
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
  const later = (second?.sequence ?? 0) + 1_000_000
  expect(await platform.live.replay(['events.engagement.post.liked.post_live'], later)).toBeNull()
  const again = (id?: string) =>
    platform.live.replay(['events.engagement.post.liked.post_live'], first?.sequence ?? 0, id)
  expect(await again(first?.event.id)).toHaveLength(1)
  // Whoever has gone while all lanes were taken is not replayed.
  let isThere = true
  const topics = ['events.engagement.post.liked.post_live']
  const others = Array.from({ length: 16 }, () => again())
  const gone = [
    platform.live.replay(topics, first?.sequence ?? 0, undefined, () => isThere),
    platform.live.recall(topics, new Date(0), undefined, () => isThere),
  ]
  isThere = false
  expect(await Promise.all(gone)).toEqual([[], []])
  for (const replay of await Promise.all(others)) expect(replay).toHaveLength(1)
  // Another event stands where the listener's last one stood, so the stream was lost and counts anew: the outbox is read, from
  // a moment before that event on.
  const ids = (replay: LiveEvent[] | null) => replay?.map(({ sequence, event }) => [sequence, event.id])
  expect(ids(await again(second?.event.id))).toEqual([[0, first?.event.id]])
  // Who goes before that has none of it read.
  let asked = 0
  const leaving = () => asked++ === 0
  expect(await platform.live.replay(topics, first?.sequence ?? 0, second?.event.id, leaving)).toEqual([])
  // Who goes while it is read is given no part of it as if it were all.
  asked = 0
  const going = () => asked++ < 2
  expect(await platform.live.replay(topics, first?.sequence ?? 0, undefined, going)).toEqual([])
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
  const { jetstream, config } = platform
  await jetstream.publish(`${config.namespace}.events.engagement.post.liked.post_broken`, 'no event')
  const good = calls<string>(1)
  const record = each<'post.liked'>(async (event) => good.record(event.payload.postId))
  const consumers = await startConsumers<'engagement'>(quiet(), engagement(record))
  await publishLike('post_2')
  expect(await good.reached).toEqual(['post_2'])
  await consumers.stop()
})

/** What says that a server is away, as its client says it. */
async function outages(): Promise<Record<string, Error>> {
  const silent = platform.log.child({}, { level: 'silent' })
  const cluster = connectCache('redis://127.0.0.1:1,redis://127.0.0.1:2', silent)
  const ofCluster = await cluster.get('key').then(
    () => new Error('it answers'),
    (error: Error) => error,
  )
  cluster.disconnect()
  const named = (name: string, message: string) => Object.assign(new Error(message), { name })
  return {
    'a cluster of Redis that is not there': ofCluster,
    'a Redis that is not there': named(
      'MaxRetriesPerRequestError',
      'Reached the max retries per request limit',
    ),
    'a cluster of Redis that turns': new Error('Too many Cluster redirections. Last error: MOVED'),
    'a cluster of Redis without a master': named('ReplyError', 'CLUSTERDOWN The cluster is down'),
    'a Redis that starts': named('ReplyError', 'LOADING Redis is loading the dataset in memory'),
    'a Redis that follows': named('ReplyError', "READONLY You can't write against a read only replica."),
    'a primary that steps down': new MongoServerError({ message: 'PrimarySteppedDown', code: 189 }),
    'a primary no more': new MongoServerError({ message: 'not primary', code: 10_107 }),
    'a MongoDB that stops': new MongoServerError({ message: 'interrupted at shutdown', code: 11_600 }),
    'NATS that does not answer': new NatsError('TIMEOUT', 'TIMEOUT'),
    'an S3 that cannot serve': new S3ServiceException({
      ...{ name: 'InternalError', $fault: 'server', message: 'again later' },
      $metadata: { httpStatusCode: 503 },
    }),
    'an S3 that is not there': Object.assign(new Error('connect'), { code: 'ECONNREFUSED' }),
    'a search engine': new SearchOutage('OpenSearch does not answer'),
    'what one of them caused': new Error('no picture', { cause: ofCluster }),
  }
}

/** Puts a like among the events, as the relay would. */
async function publishLike(postId: string): Promise<void> {
  const { jetstream, config } = platform
  const payload = { postId, userId: 'user_1' }
  const event = { id: `event_of_${postId}`, name: 'post.liked', at: new Date(), payload }
  await jetstream.publish(`${config.namespace}.events.engagement.post.liked.${postId}`, JSON.stringify(event))
}

/** What a consumer works with; what it refuses is the test's own doing, and not worth a line. */
const quiet = () => {
  const { jetstream, log, config, metrics } = platform
  const silent = log.child({}, { level: 'silent' })
  return { jetstream, db: platform.db('engagement'), namespace: config.namespace, log: silent, metrics }
}
const setAside = (postId: string) =>
  platform.db('engagement').collection('deadLetters').countDocuments({ 'event.payload.postId': postId })

test('an event that meets an outage is not given up, whatever is away, nor at its first failure afterwards (X3, X6)', async () => {
  const entries = Object.entries(await outages())
  const errors = new Map(entries.map(([name, error]) => [`post_${name.replaceAll(' ', '_')}`, error]))
  const tries = new Map<string, number>()
  const consumers = await startConsumers<'engagement'>(
    quiet(),
    engagement(
      each(async ({ payload: { postId } }) => {
        const count = (tries.get(postId) ?? 0) + 1
        tries.set(postId, count)
        const error = errors.get(postId)
        if (error && count <= 5) throw error
        if (error && count === 6) throw new Error('not yet')
      }),
    ),
  )
  for (const postId of errors.keys()) await publishLike(postId)
  const tried = () => Object.fromEntries([...errors.keys()].map((postId) => [postId, tries.get(postId)]))
  const all = Object.fromEntries([...errors.keys()].map((postId) => [postId, 7]))
  await expect.poll(tried, { timeout: 30_000 }).toEqual(all)
  await consumers.stop()
  for (const postId of errors.keys()) expect(await setAside(postId)).toBe(0)
})

test("what looks like an outage for more than a day is the event's own fault, and is set aside (X6)", async () => {
  let tries = 0
  const later = Date.now() + 2 * outageMs
  const clock = vi.spyOn(Date, 'now')
  const failing = each<'post.liked'>(async () => {
    // The second comes more than a day later.
    if (++tries === 2) clock.mockReturnValue(later)
    throw new Outage('it never comes')
  })
  const consumers = await startConsumers<'engagement'>(quiet(), engagement(failing))
  try {
    await publishLike('post_never')
    await expect.poll(() => setAside('post_never'), { timeout: 30_000 }).toBe(1)
    expect(tries).toBe(6)
  } finally {
    clock.mockRestore()
    await consumers.stop()
  }
})

test('in an outage a batch is not tried event by event to its end; nothing of it is lost (X3)', async () => {
  const { streams, config } = platform
  const stream = eventStream(config.namespace, 'engagement')
  const durable = durableName('engagement.counters')
  const all = Array.from({ length: 60 }, (_, at) => `post_away_${at}`)
  const delivered = Promise.withResolvers<void>()
  const sizes: number[] = []
  const done = new Set<string>()
  let isBack = false
  const consumers = await startConsumers<'engagement'>(
    quiet(),
    engagement(async (batch) => {
      if (isBack) for (const { payload } of batch) done.add(payload.postId)
      if (isBack) return
      sizes.push(batch.length)
      await delivered.promise
      throw new Outage('it is away')
    }),
  )
  for (const postId of all) await publishLike(postId)
  await expect
    .poll(async () => (await streams.consumers.info(stream, durable)).num_ack_pending, { timeout: 20_000 })
    .toBe(all.length)
  delivered.resolve()
  const isLarge = (size: number) => size > all.length / 2
  // One batch, and after it, which comes a second later, another.
  await expect.poll(() => sizes.filter((size) => size > 1).length, { timeout: 20_000 }).toBeGreaterThan(1)
  const first = sizes.findIndex(isLarge)
  const next = sizes.findIndex((size, at) => at > first && size > 1)
  expect(first).toBeGreaterThanOrEqual(0)
  expect(next - first).toBeLessThan(all.length / 2)
  isBack = true
  await expect.poll(() => done.size, { timeout: 30_000 }).toBe(all.length)
  await consumers.stop()
})

test.each<[string, unknown]>([
  [
    'a name that is taken',
    new MongoServerError({ message: 'dup key: { tag: "ECONNREFUSED" }', code: 11_000 }),
  ],
  [
    'a question that Redis does not understand',
    Object.assign(new Error('ERR syntax'), { name: 'ReplyError' }),
  ],
  ['a key that is there', Object.assign(new Error('BUSYKEY Target key exists'), { name: 'ReplyError' })],
  ['an object that is not there', Object.assign(new Error(), { $metadata: { httpStatusCode: 404 } })],
  ['an error of ours', new TypeError('Cannot read properties of undefined')],
  ['what is no error', 'ECONNREFUSED'],
])('%s is no outage (X6)', (_, error) => {
  expect(isOutage(error)).toBe(false)
})

test('what waits behind a slow batch is not delivered again meanwhile (O3)', async () => {
  const { jetstream, streams, config } = platform
  const stream = eventStream(config.namespace, 'engagement')
  const durable = durableName('engagement.counters')
  // Both as impatient: when the one that gives no sign of life has it for the third time, the other one's would have come again.
  const ack_wait = nanos(4_000)
  await streams.consumers.update(stream, durable, { ack_wait })
  const witness = await streams.consumers.add(stream, {
    ack_policy: AckPolicy.Explicit,
    filter_subject: `${config.namespace}.events.engagement.post.liked.post_slow`,
    ack_wait,
  })
  const slow = Promise.withResolvers<void>()
  const seen: string[] = []
  const consumers = await startConsumers<'engagement'>(
    quiet(),
    engagement(
      each(async ({ payload: { postId } }) => {
        seen.push(postId)
        if (postId === 'post_slow') await slow.promise
      }),
    ),
  )
  await publishLike('post_slow')
  await expect.poll(() => seen).toEqual(['post_slow'])
  await publishLike('post_behind')
  const silent = await jetstream.consumers.get(stream, witness.name)
  for await (const message of await silent.consume()) if (message.info.deliveryCount === 3) break
  slow.resolve()
  const held = async () => (await streams.consumers.info(stream, durable)).num_ack_pending
  await expect.poll(held, { timeout: 20_000 }).toBe(0)
  await consumers.stop()
  expect(seen).toEqual(['post_slow', 'post_behind'])
  await streams.consumers.update(stream, durable, { ack_wait: nanos(30_000) })
})

test('an event that only a newer version knows waits until that has come (X6)', async () => {
  const stream = eventStream(platform.config.namespace, 'engagement')
  const durable = durableName('engagement.counters')
  const { 'post.liked': _, ...known } = ignoring('engagement.counters')
  const older = { 'engagement.counters': known } as unknown as ConsumerHandlers<'engagement'>
  const old = await startConsumers<'engagement'>(quiet(), older)
  const deliveries = async () =>
    (await platform.streams.consumers.info(stream, durable)).delivered.consumer_seq
  const before = await deliveries()
  await publishLike('post_new')
  await expect.poll(deliveries, { timeout: 20_000 }).toBeGreaterThan(before + 5)
  await old.stop()
  const good = calls<string>(1)
  const newer = await startConsumers<'engagement'>(
    quiet(),
    engagement(each(async ({ payload }) => good.record(payload.postId))),
  )
  expect(await good.reached).toEqual(['post_new'])
  await newer.stop()
  expect(await setAside('post_new')).toBe(0)
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
