// What becomes of events when NATS loses all that it holds, under processes that run.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JetStreamClient } from 'nats'
import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { type ConsumerName, consumers as consumerUnits } from '#schema/events.ts'
import { newId } from '#schema/ids.ts'
import type { SubgraphName } from '#schema/sdl.ts'
import { provide } from '../deploy/local/provide.mjs'
import { ignoring } from '../tests/consumers.ts'
import { testEnvironment, testPlatform } from '../tests/platform.ts'
import { freePort } from '../tests/system.ts'
import {
  type ConsumerHandlers,
  claimEvents,
  ensureConsumers,
  prepareConsumers,
  startConsumers,
} from './bus.ts'
import { readConfig } from './config.ts'
import { createStreamCare } from './lost-stream.ts'
import type { OutboxRow } from './mongo.ts'
import { connectNats, ensureStreams, eventStream } from './nats.ts'
import { prepareOutbox, startRelay } from './outbox.ts'
import { type Platform, startPlatform } from './service.ts'

const stack = new AsyncDisposableStack()
/** Two processes of a subgraph. */
let platform: Platform
let other: Platform
let server: ChildProcess
let program: string
let store: string
let port: number

beforeAll(async () => {
  const { nats } = await provide({ log() {}, useEnv: false })
  program = nats?.files?.['nats-server'] ?? ''
  store = await mkdtemp(join(tmpdir(), 'heliograph-nats-'))
  stack.defer(() => rm(store, { recursive: true, force: true }))
  port = await freePort()
  stack.defer(stopServer)
  await startServer()
  const env = testEnvironment({ NATS_URL: `nats://127.0.0.1:${port}` })
  const started = await testPlatform({}, env)
  stack.use(started.stack)
  platform = started.platform
  other = await startPlatform(readConfig(env), 'other', stack)
  await Promise.all([prepareOutbox(engagement()), prepareConsumers(engagement())])
})
afterAll(() => stack.disposeAsync())

const engagement = () => platform.db('engagement')
const stream = (publisher: SubgraphName) => eventStream(platform.config.namespace, publisher)
const streams = () => platform.streams.streams
const quiet = () => {
  const { jetstream, config, metrics, log } = platform
  const silent = log.child({}, { level: 'silent' })
  return { jetstream, db: engagement(), namespace: config.namespace, log: silent, metrics }
}

/** Every consumer, each of which ignores all, but for likes that are counted. */
const hearing = (likes: ConsumerHandlers<'engagement'>['engagement.counters']['post.liked']) => {
  const names = Object.keys(consumerUnits) as ConsumerName[]
  const handlers = Object.fromEntries(names.map((name) => [name, ignoring(name)]))
  Object.assign(handlers['engagement.counters'] ?? {}, { 'post.liked': likes })
  return handlers as unknown as ConsumerHandlers<'engagement'>
}

async function startServer(): Promise<void> {
  const args = ['--addr', '127.0.0.1', '--port', String(port), '--jetstream', '--store_dir', store]
  server = spawn(program, args, { stdio: 'ignore' })
  const connect = async () => {
    const nats = await connectNats(`nats://127.0.0.1:${port}`, 'probe')
    await nats.jetstreamManager().finally(() => nats.close())
  }
  await vi.waitFor(connect, { timeout: 30_000 })
}

async function stopServer(): Promise<void> {
  const ended = once(server, 'exit')
  server.kill('SIGKILL')
  await ended
}

test('JetStream loses everything under running processes: what was sent and not handled, sent meanwhile and sent later takes effect once (X7)', async () => {
  const db = engagement()
  const effects = db.collection<{ _id: string; count: number }>('effects')
  const deliveries: string[] = []
  let isAway = false
  const everyone = hearing(async (batch) => {
    if (isAway) throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' })
    deliveries.push(...batch.map(({ payload }) => payload.postId))
    await platform.transact('engagement')(async (tx) => {
      for (const { payload } of await claimEvents(tx, db, 'engagement.counters', batch)) {
        const options = { upsert: true, session: tx.session }
        await effects.updateOne({ _id: payload.postId }, { $inc: { count: 1 } }, options)
      }
    })
  })
  await using own = new AsyncDisposableStack()
  const consumers = await startConsumers(quiet(), everyone)
  own.defer(() => consumers.stop())
  for (const one of [platform, other]) {
    const relay = startRelay({ ...one, log: quiet().log }, 'engagement')
    one.onCommit('engagement', relay.wake)
    own.defer(() => relay.stop())
  }
  const like = (one: Platform, postId: string) =>
    one.transact('engagement')(async (tx) => tx.emit('post.liked', { postId, userId: 'user_1' }))
  const outbox = db.collection('outbox')
  const isSent = async (postId: string) =>
    (await outbox.countDocuments({ 'payload.postId': postId, sentAt: { $ne: null } })) === 1
  const heard: string[] = []
  const live = await platform.live.attach(['events.engagement.post.liked.post_lost'], ({ event }) =>
    heard.push(event.id),
  )

  await like(platform, 'post_old')
  const now = new Date()
  const handledUntil = async () =>
    (await db.collection('streams').findOne<{ handledUntil?: Date }>({}))?.handledUntil ?? new Date(0)
  await expect.poll(handledUntil, { timeout: 60_000 }).toSatisfy((until: Date) => until > now)
  // As if it had been an hour ago.
  await outbox.updateOne(
    { 'payload.postId': 'post_old' },
    { $set: { sentAt: new Date(Date.now() - 3_600_000) } },
  )

  isAway = true
  await like(platform, 'post_lost')
  await like(other, 'post_lost_too')
  for (const postId of ['post_lost', 'post_lost_too'])
    await expect.poll(() => isSent(postId), { timeout: 30_000 }).toBe(true)
  await stopServer()
  await rm(store, { recursive: true, force: true })
  await like(platform, 'post_meanwhile')
  await startServer()
  await like(other, 'post_later')
  isAway = false

  const counts = async () =>
    Object.fromEntries((await effects.find().toArray()).map(({ _id, count }) => [_id, count]))
  const all = ['post_old', 'post_lost', 'post_lost_too', 'post_meanwhile', 'post_later']
  const once = Object.fromEntries(all.map((postId) => [postId, 1]))
  await expect.poll(counts, { timeout: 60_000 }).toEqual(once)
  expect(deliveries.filter((postId) => postId === 'post_old')).toHaveLength(1)
  expect(heard).toHaveLength(1)

  // Once more, with nothing but the stream.
  isAway = true
  await like(platform, 'post_again')
  await expect.poll(() => isSent('post_again'), { timeout: 30_000 }).toBe(true)
  await streams().delete(stream('engagement'))
  isAway = false
  await expect.poll(counts, { timeout: 60_000 }).toEqual({ ...once, post_again: 1 })
  live.detach()
}, 180_000)

test('what a worker acknowledges late, of a stream that is lost by then, is nothing of the next one (X7)', async () => {
  const { jetstream, config } = platform
  const data = JSON.stringify({
    ...{ id: newId('event'), name: 'post.liked', at: new Date() },
    payload: { postId: 'post_held', userId: 'user_1' },
  })
  /** Makes the stream anew, with this event as its first. */
  const publishFirst = async () => {
    await streams().delete(stream('engagement'))
    await ensureStreams(platform.streams, config.namespace, config.eventsMaxBytes)
    await ensureConsumers(platform.streams, config.namespace)
    await jetstream.publish(`${config.namespace}.events.engagement.post.liked.post_held`, data)
  }
  const begun = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  await publishFirst()
  const slow = await startConsumers(
    quiet(),
    hearing(async () => {
      begun.resolve()
      await held.promise
    }),
  )
  await begun.promise
  const stopped = slow.stop()
  await publishFirst()
  let tries = 0
  const quick = await startConsumers(
    quiet(),
    hearing(async () => {
      if (++tries > 1) return
      held.resolve()
      await stopped
      await platform.nats.flush()
      throw new Error('not yet')
    }),
  )
  await expect.poll(() => tries, { timeout: 20_000 }).toBe(2)
  await quick.stop()
})

/** Has Graph's stream lose so many events that had been sent. */
async function loseSent(count: number) {
  const outbox = platform.db('graph').collection<OutboxRow>('outbox')
  await outbox.deleteMany()
  const sent = Array.from({ length: count }, (_, at): OutboxRow => {
    const payload = { followerId: 'user_1', followeeId: `user_${at}` }
    const sentAt = new Date(Date.now() - 60_000 + at)
    return { _id: newId('event'), name: 'follow.created', key: 'user_1', payload, at: sentAt, sentAt }
  })
  await outbox.insertMany(sent)
  /** A process that looks after the stream, and what it has published; `onPublish` hears of each event before. */
  const careOf = (onPublish: (id: string) => void = () => {}, signal = new AbortController().signal) => {
    const published: string[] = []
    const jetstream: JetStreamClient = Object.create(platform.jetstream)
    jetstream.publish = async (subject, data, options) => {
      const id = options?.msgID ?? ''
      onPublish(id)
      published.push(id)
      return platform.jetstream.publish(subject, data, options)
    }
    const care = createStreamCare({ ...platform, jetstream, log: quiet().log }, 'graph', signal)
    return { care, published }
  }
  await careOf().care()
  await streams().delete(stream('graph'))
  return { ids: sent.map(({ _id }) => _id), careOf }
}

const countHeld = async () => (await streams().info(stream('graph'))).state.messages

test('publishing again goes on where it failed (X7)', async () => {
  const { ids, careOf } = await loseSent(1_200)
  let isAway = true
  const { care, published } = careOf((id) => {
    if (isAway && id === ids[700]) throw new Error('away')
  })
  await expect(care()).rejects.toThrow('away')
  expect(published).toEqual([...ids.slice(0, 700), ...ids.slice(701, 1_000)])
  isAway = false
  published.length = 0
  await care()
  // The last one of what was whole comes once more: another may be of its millisecond.
  expect(published).toEqual(ids.slice(499))
  expect(await countHeld()).toBe(1_200)
})

test('who stops publishes no more than the batch at hand again, and leaves the rest to others (X7)', async () => {
  const { ids, careOf } = await loseSent(1_200)
  const stopping = new AbortController()
  const going = careOf(() => stopping.abort(new Error('stopped')), stopping.signal)
  await expect(going.care()).rejects.toThrow('stopped')
  expect(going.published).toEqual(ids.slice(0, 500))
  const other = careOf()
  await other.care()
  expect(other.published).toEqual(ids)
  expect(await countHeld()).toBe(1_200)
})
